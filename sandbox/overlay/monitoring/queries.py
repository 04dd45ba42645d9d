# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""GetMetricData and GetMetricStatistics of metrics that services of AWS publish.

They begin with the first alarm about a metric of the region, or with the first question for one.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from moto.cloudwatch.responses import CloudWatchResponse

from sandbox.overlay.base import Call, corrects
from sandbox.overlay.monitoring.alarms import Watch
from sandbox.overlay.monitoring.gauges import NAMESPACES
from sandbox.overlay.monitoring.series import Key, statistic

# Its newest value is that of `sandbox.overlay.route53.metrics`.
_ELSEWHERE = ("AWS/Route53", "HealthCheckStatus")


@corrects(CloudWatchResponse, "GetMetricData")
def get_data(call: Call) -> Any:
    """GetMetricData. Expressions over these metrics are not calculated."""
    found = dict(_found(call))
    answer = call.proceed()
    for result in answer["MetricDataResults"]:
        if result["id"] in found:
            newest_first = call.get("ScanBy") != "TimestampAscending"
            periods = sorted(found[result["id"]].items(), reverse=newest_first)
            result.update(
                timestamps=[_moment(start) for start, _value in periods], values=[value for _start, value in periods]
            )
    return answer


@corrects(CloudWatchResponse, "GetMetricStatistics")
def get_statistics(call: Call) -> Any:
    """GetMetricStatistics."""
    key = Key.of(call.get("Namespace"), call.get("MetricName"), call.get("Dimensions") or [])
    if key.namespace not in NAMESPACES:
        return call.proceed()
    plain, extended = call.get("Statistics") or [], call.get("ExtendedStatistics") or []
    points = []
    for start, values in _periods(call, key, int(call.get("Period"))).items():
        point: dict[str, Any] = {"Timestamp": _moment(start), **{name: statistic(name, values) for name in plain}}
        points.append({**point, "ExtendedStatistics": {name: statistic(name, values) for name in extended}})
    return {"Label": key.name, "Datapoints": points}


def _found(call: Call) -> Iterator[tuple[str, dict[float, float]]]:
    for query in call.get("MetricDataQueries") or []:
        stat = query.get("MetricStat") or {}
        metric = stat.get("Metric") or {}
        key = Key.of(metric.get("Namespace", ""), metric.get("MetricName", ""), metric.get("Dimensions") or [])
        if key.namespace in NAMESPACES and (key.namespace, key.name) != _ELSEWHERE:
            periods = _periods(call, key, int(stat["Period"]))
            yield query["Id"], {start: statistic(stat["Stat"], values) for start, values in periods.items()}


def _periods(call: Call, key: Key, period: int) -> dict[float, list[float]]:
    """Values by the beginning of each period, in seconds since the epoch."""
    watch = Watch(call.world, call.account, call.region)
    watch.ask(key)
    seconds = period / call.world.timings.speed
    first, last = (call.get(name).replace(tzinfo=UTC).timestamp() for name in ("StartTime", "EndTime"))
    found: dict[float, list[float]] = {}
    for point in watch.series.points.get(key, ()):
        if first <= point.end <= last:
            found.setdefault(point.end // seconds * seconds, []).extend(point.values)
    return found


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
