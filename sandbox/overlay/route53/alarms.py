# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""CloudWatch alarms as health checks see them: settings copied once, data points followed.

From the Developer Guide, "Monitoring a CloudWatch alarm": Route 53 watches the metric's data
stream, not the alarm's state; of an alarm it takes standard resolution, one metric, one of five
statistics, and all data points of the evaluation periods.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from moto.cloudwatch.models import cloudwatch_backends

from sandbox.overlay.base import AwsError
from sandbox.overlay.cloudwatch import BREACHES, arrival_of, time_of

_STANDARD_RESOLUTION = 60
_STATISTICS = ("Average", "Minimum", "Maximum", "Sum", "SampleCount")
# Values of one period, each with how often it was seen.
_Values = list[tuple[float, float, float, float]]


def copy_alarm(account: str, settings: Mapping[str, Any]) -> dict[str, Any] | None:
    """The CloudWatchAlarmConfiguration of a metric check, None of others.

    Raises AwsError InvalidInput for an alarm that does not exist or cannot be followed.
    """
    if settings["Type"] != "CLOUDWATCH_METRIC":
        return None
    place = settings["AlarmIdentifier"]
    alarm = cloudwatch_backends[account][place["Region"]].alarms.get(place["Name"])
    if alarm is None:
        raise AwsError("InvalidInput", f"The CloudWatch alarm {place['Name']} in {place['Region']} does not exist.")
    problems = list(_unusable(alarm))
    if problems:
        raise AwsError("InvalidInput", f"The CloudWatch alarm {alarm.name} cannot be used: {'; '.join(problems)}.")
    return {
        "EvaluationPeriods": int(alarm.evaluation_periods),
        "Threshold": float(alarm.threshold),
        "ComparisonOperator": alarm.comparison_operator,
        "Period": int(alarm.period),
        "MetricName": alarm.metric_name,
        "Namespace": alarm.namespace,
        "Statistic": alarm.statistic,
        "Dimensions": [{"Name": item.name, "Value": item.value} for item in alarm.dimensions],
    }


def _unusable(alarm: Any) -> Iterator[str]:
    if alarm.rule or alarm.metric_data_queries:
        yield "it is composite, or uses metric math"
        return
    if int(alarm.period) < _STANDARD_RESOLUTION:
        yield "its metric is not of standard resolution"
    if alarm.statistic not in _STATISTICS:
        yield "its statistic is not one of " + ", ".join(_STATISTICS)
    if alarm.comparison_operator not in BREACHES:
        yield "it compares with something else than a threshold"
    if alarm.datapoints_to_alarm and int(alarm.datapoints_to_alarm) != int(alarm.evaluation_periods):
        yield "it alarms at M out of N data points"


@dataclass(frozen=True, slots=True)
class Stream:
    """The data points of an account's region as Route 53 gets them at `now`, in seconds since the epoch.

    That is `delay` seconds after CloudWatch got them. `speed` divides the length of a period. Data older than `memory`
    seconds is forgotten, and with it the last known status: AWS calls it a temporary one, and advises against it where
    data is missing for more than a few hours (Developer Guide, "Values that you specify when you create or update
    health checks", Health check status). How many these are AWS does not say.
    """

    account: str
    region: str
    now: float
    memory: float
    delay: float = 0.0
    speed: float = 1.0


def follows_data(stream: Stream, alarm: Mapping[str, Any], insufficient: str) -> bool:
    """Whether the data points of the alarm's metric are well."""
    period, wanted = alarm["Period"] / stream.speed, alarm["EvaluationPeriods"]
    periods = _periods(stream, alarm, period)
    # The period that is not over counts as soon as it has data: what it says can be known now.
    recent = [start for start in sorted(periods) if start > stream.now - stream.delay - (wanted + 1) * period]
    if len(recent) < wanted and insufficient != "LastKnownStatus":
        return insufficient != "Unhealthy"
    last = sorted(periods)[-wanted:]
    if len(last) < wanted:
        return True
    breaches = BREACHES[alarm["ComparisonOperator"]]
    return not all(breaches(_statistic(alarm["Statistic"], periods[start]), alarm["Threshold"]) for start in last)


def _periods(stream: Stream, alarm: Mapping[str, Any], period: float) -> dict[float, _Values]:
    dimensions = {(item["Name"], item["Value"]) for item in alarm["Dimensions"]}
    found: dict[float, _Values] = defaultdict(list)
    for point in cloudwatch_backends[stream.account][stream.region].metric_data:
        same = (point.namespace, point.name) == (alarm["Namespace"], alarm["MetricName"])
        known = same and arrival_of(point) <= stream.now - stream.delay
        if known and {(item.name, item.value) for item in point.dimensions} == dimensions:
            start = time_of(point) // period * period
            if start > stream.now - stream.delay - period - stream.memory:
                found[start].append(_values(point))
    return found


def _values(point: Any) -> tuple[float, float, float, float]:
    """Minimum, maximum, sum and count of a data point or of a statistic set."""
    if hasattr(point, "value"):
        value = float(point.value)
        return value, value, value, 1.0
    return float(point.min), float(point.max), float(point.sum), float(point.sample_count)


def _statistic(name: str, values: _Values) -> float:
    lowest, highest, sums, counts = zip(*values, strict=True)
    by_name: dict[str, float] = {
        "Minimum": min(lowest),
        "Maximum": max(highest),
        "Sum": sum(sums),
        "SampleCount": sum(counts),
        "Average": sum(sums) / sum(counts),
    }
    return by_name[name]
