# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Corrections of CloudWatch: alarms that keep state and tags, values that AWS takes."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from moto.cloudwatch import models
from moto.cloudwatch.responses import CloudWatchResponse

from sandbox.overlay.base import AwsError, Call, World, corrects

# ComparisonOperator → whether a value breaches the threshold
BREACHES: dict[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": operator.ge,
    "GreaterThanThreshold": operator.gt,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}
_HIGH_RESOLUTION = (10, 20, 30)
_MISSING_DATA = ("breaching", "notBreaching", "ignore", "missing")
_LONGEST = 86400
_EVALUATED_SECONDS = 600.0
_OLDEST, _NEWEST = timedelta(days=14), timedelta(hours=2)
# Unchanged by an update: "its state is left unchanged" (PutMetricAlarm)
_STATE = ("state_value", "state_reason", "state_reason_data", "state_updated_timestamp", "history")


@corrects(CloudWatchResponse, "PutMetricAlarm")
def put_alarm(call: Call) -> Any:
    """PutMetricAlarm: an update keeps state and tags, whatever tags it names."""
    _check_alarm(call)
    backend, name = call.backend, call.get("AlarmName")
    former = backend.alarms.get(name)
    if former is not None:
        call.params.pop("Tags", None)
    call.params.setdefault("TreatMissingData", "missing")
    result = call.proceed()
    alarm = backend.alarms[name]
    if former is None:
        alarm.state_value = "INSUFFICIENT_DATA"
    else:
        for attribute in _STATE:
            setattr(alarm, attribute, getattr(former, attribute))
    return result


def _check_alarm(call: Call) -> None:
    period, evaluations = int(call.get("Period") or 60), int(call.get("EvaluationPeriods") or 1)
    if period not in _HIGH_RESOLUTION and period % 60:
        raise _invalid("Period must be 10, 20, 30 or a multiple of 60")
    if period * evaluations > _LONGEST:
        raise _invalid("Metrics cannot be checked across more than a day (EvaluationPeriods * Period must be <= 86400)")
    if int(call.get("DatapointsToAlarm") or evaluations) > evaluations:
        raise _invalid("DatapointsToAlarm must be less than or equal to EvaluationPeriods")
    missing = call.get("TreatMissingData")
    if missing is not None and missing not in _MISSING_DATA:
        raise _invalid(f"Option {missing} is not supported for parameter TreatMissingData")


def _invalid(message: str) -> AwsError:
    return AwsError("ValidationError", message)


@corrects(CloudWatchResponse, "DeleteAlarms")
def delete_alarms(call: Call) -> Any:
    """DeleteAlarms deletes tags too, and nothing if one of the alarms is unknown."""
    backend, names = call.backend, call.get("AlarmNames") or []
    missing = [name for name in names if name not in backend.alarms]
    if missing:
        raise AwsError("ResourceNotFound", f"Alarm(s) not found: {', '.join(missing)}")
    for name in names:
        backend.tagger.delete_all_tags_for_resource(backend.alarms[name].alarm_arn)
    return call.proceed()


@corrects(CloudWatchResponse, "PutMetricData")
def put_data(call: Call) -> Any:
    """PutMetricData: namespaces of AWS are AWS's, and a point belongs to the last two weeks."""
    namespace = call.get("Namespace") or ""
    if namespace.startswith("AWS/"):
        raise AwsError("InvalidParameterValue", f"The value {namespace} for parameter Namespace is invalid.")
    now = _now(call.world)
    for number, datum in enumerate(call.get("MetricData") or [], start=1):
        moment = datum.setdefault("Timestamp", now).replace(tzinfo=None)
        if not now - _OLDEST <= moment <= now + _NEWEST:
            raise AwsError(
                "InvalidParameterValue",
                f"The parameter MetricData.member.{number}.Timestamp must specify a time within the past two weeks "
                "and no more than two hours in the future.",
            )
    known = len(call.backend.metric_data)
    result = call.proceed()
    _arrive(call.world, call.backend, known)
    return result


def publish(world: World, account: str, region: str, request: Mapping[str, Any]) -> None:
    """PutMetricData, called by a service of AWS in the account's region."""
    backend = models.cloudwatch_backends[account][region]
    now, known = _now(world), len(backend.metric_data)
    backend.put_metric_data(request["Namespace"], [{"Timestamp": now, **datum} for datum in request["MetricData"]])
    _arrive(world, backend, known)


def _arrive(world: World, backend: Any, known: int) -> None:
    """Evaluate alarms with the points behind the first `known` ones, and delete those older than CloudWatch keeps."""
    points, now = backend.metric_data, world.wall()
    for point in points[known:]:
        point.arrived = now
        # An alarm reads only the last few periods ("evaluation range", CloudWatch User Guide).
        if now - time_of(point) < _EVALUATED_SECONDS:
            for alarm in backend.alarms.values():
                _evaluate(alarm, point)
    kept = world.timings.of("metric_retention")
    while points and arrival_of(points[0]) < now - kept:
        del points[0]


def get_data(call: Call, speed: float) -> Any:
    """GetMetricData: a period is as long as for an alarm at this speed."""
    for query in call.get("MetricDataQueries") or []:
        metric = query.get("MetricStat") or {}
        if metric:
            metric["Period"] = max(1, round(int(metric["Period"]) / speed))
    return call.proceed()


@corrects(CloudWatchResponse, "GetMetricData")
def _get_data(call: Call) -> Any:
    return get_data(call, call.world.timings.speed)


def _evaluate(alarm: Any, point: Any) -> None:
    """Set the state of an alarm over one period by a point of its metric.

    On AWS that takes up to a minute, and the state goes back to INSUFFICIENT_DATA when no more data comes. Alarms over
    several periods or metric math, and states set by SetAlarmState, do not change.
    """
    if (alarm.namespace, alarm.metric_name) != (point.namespace, point.name) or int(alarm.evaluation_periods) != 1:
        return
    if alarm.comparison_operator not in BREACHES or not _same_dimensions(alarm.dimensions, point.dimensions):
        return
    value, threshold = float(getattr(point, "value", getattr(point, "max", 0.0))), float(alarm.threshold)
    breached = BREACHES[alarm.comparison_operator](value, threshold)
    words = "was" if breached else "was not"
    reason = f"Threshold Crossed: 1 datapoint [{value}] {words} beyond the threshold ({threshold})."
    alarm.update_state(reason, "{}", "ALARM" if breached else "OK")


def _now(world: World) -> datetime:
    """In UTC and without saying so, as moto keeps time stamps."""
    return datetime.fromtimestamp(world.wall(), UTC).replace(tzinfo=None)


def time_of(point: Any) -> float:
    """Its time stamp, in seconds since the epoch."""
    seconds: float = point.timestamp.replace(tzinfo=UTC).timestamp()
    return seconds


def arrival_of(point: Any) -> float:
    """When CloudWatch received a data point, in seconds since the epoch; 0 for AWS's own."""
    return float(getattr(point, "arrived", 0.0))


def _same_dimensions(first: Iterable[Any], second: Iterable[Any]) -> bool:
    """Whether two lists name the same dimensions."""
    return {(known.name, known.value) for known in first} == {(known.name, known.value) for known in second}


def patch() -> None:
    """moto compares lists of one dimension at most."""
    models.are_dimensions_same = _same_dimensions
