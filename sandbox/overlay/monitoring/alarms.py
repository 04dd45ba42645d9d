# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Alarms on metrics of AWS's services, evaluated once a minute of the sandbox's time.

A region without such alarms and without queries of metrics measures nothing. Alarms on other metrics are evaluated with
each data point: `sandbox.overlay.cloudwatch`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from moto.cloudwatch.models import cloudwatch_backends
from moto.cloudwatch.responses import CloudWatchResponse

from sandbox.overlay.base import Call, World, corrects
from sandbox.overlay.cloudwatch import BREACHES
from sandbox.overlay.composite_alarms import rings
from sandbox.overlay.monitoring import notices
from sandbox.overlay.monitoring.evaluation import MORE_PERIODS, Rule, evaluate
from sandbox.overlay.monitoring.expressions import calculate
from sandbox.overlay.monitoring.gauges import NAMESPACES, measure
from sandbox.overlay.monitoring.series import Key, Point, Series


@dataclass(slots=True)
class _State:
    """Whether the region is watched, and for each composite alarm its last rule and states."""

    on: bool = False
    judged: dict[str, tuple[str, dict[str, str]]] = field(default_factory=dict)
    history: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric of an alarm or a query."""

    id: str
    key: Key
    statistic: str
    period: float


@dataclass(frozen=True, slots=True)
class Watch:
    """Evaluates the alarms of an account's region."""

    world: World
    account: str
    region: str

    def begin(self) -> None:
        """Evaluate once a minute from now on. Idempotent."""
        if not self._state.on:
            self._state.on = True
            self.world.traffic.watch(self.account, self.region)
            self.world.again(self.world.timings.of("metric_minute"), self._look)

    def ask(self, key: Key) -> None:
        """Measure this metric, now and each minute."""
        if key not in self.series.wanted:
            self.series.wanted.add(key)
            self._keep(key, measure(self.world, self.account, self.region, key))
        self.begin()

    @property
    def series(self) -> Series:
        """The region's metrics."""
        return self.world.store(Series, "monitoring", self.account, self.region)

    @property
    def history(self) -> list[dict[str, Any]]:
        """The history of alarms, the newest last."""
        return self._state.history

    def change(self, alarm: Any, state: str, reason: str, data: str = "{}") -> None:
        """Set an alarm's state, and run its actions if the state changes."""
        before = alarm.state_value
        alarm.update_state(reason, data, state)
        if state == before:
            return
        self.history.append(
            {
                "AlarmName": alarm.name,
                "AlarmType": "CompositeAlarm" if alarm.rule else "MetricAlarm",
                "Timestamp": alarm.state_updated_timestamp,
                "HistoryItemType": "StateUpdate",
                "HistorySummary": f"Alarm updated from {before} to {state}",
                "HistoryData": json.dumps({"oldState": {"stateValue": before}, "newState": {"stateValue": state}}),
            }
        )
        notices.tell(self.account, self.region, alarm, before)
        self.judge_composites(alarm.name)

    def judge_composites(self, changed: str = "") -> None:
        """Evaluate composite alarms whose rule names the changed alarm; without a name, all."""
        alarms = self._alarms
        for alarm in [alarm for alarm in alarms.values() if alarm.rule and changed in alarm.rule]:
            states = {
                name: each.state_value for name, each in alarms.items() if name != alarm.name and name in alarm.rule
            }
            if self._state.judged.get(alarm.name) == (alarm.rule, states):
                continue
            self._state.judged[alarm.name] = (alarm.rule, states)
            state = "ALARM" if rings(alarm.rule, states) else "OK"
            if state != alarm.state_value:
                self.change(alarm, state, f"{alarm.alarm_arn} transitioned to {state}")

    def _look(self) -> None:
        watched = [alarm for alarm in self._alarms.values() if is_followed(alarm)]
        self._measure(watched)
        # A region that is cut off runs no actions.
        if self.world.outages.of(self.region) != "cut":
            for alarm in watched:
                self._evaluate(alarm)
            self.judge_composites()
        self.world.again(self.world.timings.of("metric_minute"), self._look)

    def _measure(self, alarms: list[Any]) -> None:
        for key in self.series.wanted.union(metric.key for alarm in alarms for metric in metrics_of(alarm)):
            self._keep(key, measure(self.world, self.account, self.region, key))
        for (name, balancer, group), values in self.world.traffic.take(self.account, self.region).items():
            dimensions = {("LoadBalancer", balancer), *([("TargetGroup", group)] if group else [])}
            self._keep(Key("AWS/ApplicationELB", name, frozenset(dimensions)), tuple(values))

    def _keep(self, key: Key, values: tuple[float, ...]) -> None:
        if values:
            self.series.add(key, Point(self.world.wall(), values))

    def _evaluate(self, alarm: Any) -> None:
        breaches, threshold = BREACHES[alarm.comparison_operator], float(alarm.threshold)
        periods = int(alarm.evaluation_periods)
        wanted = int(alarm.datapoints_to_alarm or periods)
        rule = Rule(lambda value: breaches(value, threshold), periods, wanted, alarm.treat_missing_data or "missing")
        values = list(self._values(alarm, periods + MORE_PERIODS))
        state = evaluate(rule, values, alarm.state_value)
        if state != alarm.state_value:
            real = [value for value in values if value is not None][-periods:]
            self.change(alarm, state, _reason(alarm, real, periods - len(real)))

    def _values(self, alarm: Any, periods: int) -> Iterator[float | None]:
        """The compared values of the last periods, the oldest first."""
        metrics = metrics_of(alarm)
        seconds = metrics[0].period / self.world.timings.speed
        now = self.world.wall()
        ends = [now - number * seconds for number in reversed(range(periods))]
        known = {each.id: self.series.periods(each.key, each.statistic, ends, seconds) for each in metrics}
        for query in alarm.metric_data_queries:
            if query.expression:
                known[query.id] = calculate(query.expression, known, ends)
        compared = next((query.id for query in alarm.metric_data_queries if _is_returned(query)), metrics[0].id)
        return (known[compared].get(end) for end in ends)

    @property
    def _alarms(self) -> dict[str, Any]:
        alarms: dict[str, Any] = cloudwatch_backends[self.account][self.region].alarms
        return alarms

    @property
    def _state(self) -> _State:
        return self.world.store(_State, "watch", self.account, self.region)


def metrics_of(alarm: Any) -> list[Metric]:
    """The metrics of an alarm."""
    if not alarm.metric_data_queries:
        key = Key.of(alarm.namespace, alarm.metric_name, alarm.dimensions)
        return [Metric("m", key, alarm.statistic or alarm.extended_statistic, float(alarm.period))]
    stats = [(query.id, query.metric_stat) for query in alarm.metric_data_queries if query.metric_stat]
    return [
        Metric(
            name,
            Key.of(each.metric.namespace, each.metric.metric_name, each.metric.dimensions),
            each.stat,
            float(each.period),
        )
        for name, each in stats
    ]


def is_followed(alarm: Any) -> bool:
    """Whether all of its metrics are those of AWS's services."""
    if alarm.rule or alarm.comparison_operator not in BREACHES:
        return False
    metrics = metrics_of(alarm)
    return bool(metrics) and all(metric.key.namespace in NAMESPACES for metric in metrics)


def _is_returned(query: Any) -> bool:
    return str(query.return_data).lower() != "false"


def _reason(alarm: Any, real: list[float], missing: int) -> str:
    treated = (
        f", and {missing} missing ones were treated as [{alarm.treat_missing_data or 'missing'}]" if missing else ""
    )
    return (
        f"Threshold Crossed: {len(real)} datapoints {real} were compared with the threshold ({float(alarm.threshold)}) "
        f"by {alarm.comparison_operator}{treated}."
    )


def _watch(call: Call) -> Watch:
    return Watch(call.world, call.account, call.region)


@corrects(CloudWatchResponse, "PutMetricAlarm")
def _put(call: Call) -> Any:
    result = call.proceed()
    if is_followed(call.backend.alarms[call.get("AlarmName")]):
        _watch(call).begin()
    return result


@corrects(CloudWatchResponse, "SetAlarmState")
def set_state(call: Call) -> Any:
    """SetAlarmState: holds until the next evaluation."""
    alarm, state = call.backend.alarms.get(call.get("AlarmName")), call.get("StateValue")
    if alarm is None or state not in ("OK", "ALARM", "INSUFFICIENT_DATA"):
        return call.proceed()
    _watch(call).change(alarm, state, call.get("StateReason"), call.get("StateReasonData") or "{}")
    return {}


@corrects(CloudWatchResponse, "DescribeAlarmHistory")
def history(call: Call) -> Any:
    """DescribeAlarmHistory: changes of states, by default the newest first."""
    name, items = call.get("AlarmName"), _watch(call).history
    found = [item for item in items if name in (None, item["AlarmName"])]
    return {"AlarmHistoryItems": found if call.get("ScanBy") == "TimestampAscending" else found[::-1]}
