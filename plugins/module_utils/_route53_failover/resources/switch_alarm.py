# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The alarms behind the switches: in every region of the chain one for each other region.

Route 53 follows the metric's data points, with the alarm's settings from when the health check was made. It requires
standard resolution, no metric math and no M out of N (Route 53 Developer Guide, "How Route 53 determines the status of
health checks that monitor CloudWatch alarms").
"""

from __future__ import annotations

import dataclasses
import typing as t

from ..._aws.owner import Owner
from ..._aws.stack_names import switch_alarm, switch_namespace
from ..._engine import field
from ..._engine.changes import create, delete, update
from ..._engine.errors import ConflictError
from ..._engine.field import Answer, Field, parameter
from ..._engine.plan import Change
from ..._engine.resource import Resource
from ..._failover_chain import health_checks, switches
from ..._resources.metric_alarm import COPIED, EVALUATION, KIND
from ..._resources.metric_alarm import mark as mark_of
from ..selection import is_removed, select, switch_pairs
from ..snapshot import Alarm, Snapshot
from ..spec import Spec
from .record_set import FAILOVER, INSYNC


def _dimensions(answer: Answer) -> dict[str, str]:
    return {item["Name"]: item["Value"] for item in answer.get("Dimensions", ())}


FIELDS: t.Final = (
    parameter("namespace", "Namespace", traits=COPIED),
    parameter("metric_name", "MetricName", traits=COPIED),
    Field(
        name="dimensions",
        read=_dimensions,
        write=lambda value: {"Dimensions": [{"Name": key, "Value": item} for key, item in value.items()]},
        traits=COPIED,
    ),
    parameter("statistic", "Statistic", traits=COPIED),
    parameter("period", "Period", traits=COPIED),
    *EVALUATION,
    parameter("unit", "Unit", None),
    parameter("extended_statistic", "ExtendedStatistic", None),
)
# Settings that others may have changed, with their values at creation. PutMetricAlarm replaces everything, so a change
# repeats them.
ACTIONS: t.Final[t.Mapping[str, t.Any]] = {
    "ActionsEnabled": True,
    "AlarmActions": [],
    "OKActions": [],
    "InsufficientDataActions": [],
}


@dataclasses.dataclass(frozen=True, kw_only=True)
class AlarmData:
    """What the calls need for an alarm.

    :param settings: the parameters of PutMetricAlarm besides its name; empty if none differs.
    :param tags: those to set.
    :param arn: of an existing alarm, which needs TagResource, since PutMetricAlarm tags only new ones.
    :param first: the value of the first data point of a new metric; None for an existing one.
    """

    owner: Owner
    name: str
    seat: str
    evicted: str
    settings: t.Mapping[str, t.Any]
    tags: t.Mapping[str, str]
    arn: str = ""
    first: float | None = None


def address(evicted: str, seat: str) -> str:
    """The plan's address of the alarm in ``seat`` that evicts ``evicted``."""
    return f"{KIND}/{evicted}-{health_checks.switch(seat)}"


def mark(owner: Owner, evicted: str, seat: str) -> str:
    """The part of the description that says whose alarm it is."""
    return mark_of(owner, f"{evicted}/{health_checks.switch(seat)}")


def wanted_copy(owner: Owner, evicted: str) -> dict[str, t.Any]:
    """The wanted settings that Route 53 copies from the alarm; see read_copy."""
    return {
        "namespace": switch_namespace(owner),
        "metric_name": switches.METRIC,
        "dimensions": _dimensions({"Dimensions": switches.metric_dimensions(owner, evicted)}),
        "statistic": "Maximum",
        "period": 60,
        "evaluation_periods": 1,
        "threshold": 1.0,
        "comparison_operator": "GreaterThanOrEqualToThreshold",
    }


def read_copy(configuration: Answer) -> dict[str, t.Any]:
    """The settings in a health check's CloudWatchAlarmConfiguration."""
    return field.read([each for each in FIELDS if each.traits >= COPIED], configuration)


def plan(spec: Spec, snapshot: Snapshot) -> t.Iterator[Change | None]:
    """The changes that converge the alarms. Raises ConflictError for others' alarm with such a name."""
    if spec.absent:
        yield from _deletions(spec, snapshot)
        return
    for evicted, seat in switch_pairs(snapshot, select(spec, snapshot).regions):
        if seat in snapshot.alarms:
            yield _converge(spec, snapshot, evicted, seat)


def _converge(spec: Spec, snapshot: Snapshot, evicted: str, seat: str) -> Change | None:
    name, place = switch_alarm(spec.owner, evicted), address(evicted, seat)
    found = next((alarm for alarm in snapshot.alarms[seat] if alarm.name == name), None)
    wanted = {**_wanted(spec.owner, evicted, seat), "tags": spec.owner.tags(place)}
    # A removal finds the regions of alarms through their health checks.
    needs = frozenset({health_checks.address(seat, health_checks.ENDPOINT)})
    data = AlarmData(
        owner=spec.owner,
        name=name,
        seat=seat,
        evicted=evicted,
        settings=field.write_new(FIELDS, wanted),
        tags=wanted["tags"],
        # A switch that evicts continues to do so with a new metric.
        first=switches.EVICT if (evicted, seat) in snapshot.pulled else switches.RELEASE,
    )
    if found is None:
        return create(place, {"name": name, **wanted}, data=data, needs=needs)
    if not found.owned:
        raise ConflictError(
            f"the CloudWatch alarm {name} in {seat} is not this stack's. Delete it, or use another stack name."
        )
    differs = field.differing(FIELDS, found.settings, wanted)
    data = dataclasses.replace(
        data,
        settings={**data.settings, **found.actions} if differs else {},
        tags=spec.owner.tag_drift(found.tags, place),
        arn=found.arn,
        first=data.first if "namespace" in differs else None,
    )
    before = {**found.settings, "tags": {key: found.tags.get(key) for key in wanted["tags"]}}
    return update(place, before, wanted, data=data, needs=needs)


def _wanted(owner: Owner, evicted: str, seat: str) -> dict[str, t.Any]:
    return {
        **wanted_copy(owner, evicted),
        "treat_missing_data": "missing",
        "unit": None,
        "extended_statistic": None,
        "datapoints_to_alarm": 1,
        "description": (
            f"Switch of {evicted} for {owner.stack} {owner.environment}: 1 takes its traffic away, 0 gives it back to "
            f"health. {mark(owner, evicted, seat)}"
        ),
    }


def _deletions(spec: Spec, snapshot: Snapshot) -> t.Iterator[Change]:
    """Delete alarms after every CALCULATED check that has their switch."""
    calculated = (check for check in snapshot.checks if check.role == health_checks.CALCULATED)
    needs = frozenset({INSYNC, FAILOVER, *(snapshot.address_of(check) for check in calculated)})
    for alarm in (alarm for found in snapshot.alarms.values() for alarm in found):
        if alarm.owned and is_removed(spec, alarm.evicted, alarm.seat):
            before = {"name": alarm.name, **alarm.settings}
            reason = f"no longer needed in {alarm.seat}"
            yield delete(address(alarm.evicted, alarm.seat), before, data=alarm, needs=needs, reason=reason)


def attached_by_others(snapshot: Snapshot) -> t.Iterator[str]:
    """One sentence a region about actions that are left alone, because Route 53 follows only an alarm's data."""
    for seat, found in sorted(snapshot.alarms.items()):
        attached = {alarm.evicted: words for alarm in found if alarm.owned and (words := _attached(alarm))}
        if attached:
            listed = ", ".join(f"{address(evicted, seat)} ({words})" for evicted, words in sorted(attached.items()))
            yield f"alarms in {seat} have settings of actions that this stack did not give them: {listed}."


def _attached(alarm: Alarm) -> str:
    differ = {key: value for key, value in alarm.actions.items() if value != ACTIONS[key]}
    return "; ".join(
        f"{key}: {', '.join(value) if isinstance(value, list) else value}" for key, value in differ.items()
    )


RESOURCE: t.Final[Resource[Spec, Snapshot]] = Resource(kind=KIND, plan=plan)
