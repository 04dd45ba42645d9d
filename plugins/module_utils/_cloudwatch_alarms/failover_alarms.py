# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The alarms of the environment, on Route 53's health checks of its regions. Pure.

Metrics: Route 53 Developer Guide, "Monitoring health checks using CloudWatch". They are in us-east-1 only, and so is
the composite alarm, which cannot refer to alarms in other regions.
"""

from __future__ import annotations

import typing as t

from .alarms import AlarmSpec, Metric, metric
from .spec import Region, Spec

_NAMESPACE: t.Final = "AWS/Route53"
# No data means a new check, or a problem in CloudWatch: the alarm keeps its state.
_IGNORE: t.Final = "ignore"


def metric_alarms(spec: Spec) -> t.Iterator[AlarmSpec]:
    """The alarms of each region that the options enable."""
    if not spec.notifies or spec.thresholds is None:
        return
    for region in spec.failover_regions or ():
        if spec.thresholds.route53_health or spec.thresholds.no_standby:
            yield _health(region, quiet=not spec.thresholds.route53_health)
        if spec.thresholds.route53_checkers:
            yield _checkers(region, spec.thresholds.route53_checkers)


def health(region: str) -> str:
    """The name of the alarm on a region's health within the layer."""
    return f"{region}-health"


def fewer_than_two(names: t.Sequence[str]) -> str:
    """The AlarmRule of "at most one of these is not in ALARM".

    In one half, all are in ALARM. A rule with all pairs of 14 regions would be longer than 10,240 characters.
    """
    if len(names) <= 1:
        return "TRUE"
    half = len(names) // 2
    halves = names[:half], names[half:]
    ways = (_both(_all(one), fewer_than_two(other)) for one, other in (halves, halves[::-1]))
    return f"({' OR '.join(ways)})"


def _all(names: t.Iterable[str]) -> str:
    return " AND ".join(f'ALARM("{name}")' for name in names)


def _both(first: str, second: str) -> str:
    return first if second == "TRUE" else f"({first} AND {second})"


def _health(region: Region, *, quiet: bool) -> AlarmSpec:
    """The status of the region's record's health check, which is also unhealthy while a switch evicts the region."""
    return AlarmSpec(
        what=health(region.name),
        metrics=(_of(region.health_check_id, "HealthCheckStatus", "Minimum"),),
        comparison="LessThan",
        threshold=1.0,
        periods=1,
        bad_periods=1,
        missing=_IGNORE,
        says=f"{region.name} gets no users: it does not answer Route 53's health checkers, or a switch evicts it. Run "
        "status.yml to see which of the two, and which region serves.",
        chapter="Region without users",
        quiet=quiet,
    )


def _checkers(region: Region, least: int) -> AlarmSpec:
    """Route 53 considers a region unhealthy if 18 % of the checkers or fewer reach it (Developer Guide, "How Route 53
    determines whether a health check is healthy")."""
    return AlarmSpec(
        what=f"{region.name}-checkers",
        metrics=(_of(region.endpoint_health_check_id, "HealthCheckPercentageHealthy", "Average"),),
        comparison="LessThan",
        threshold=float(least),
        periods=5,
        bad_periods=5,
        missing=_IGNORE,
        says=f"fewer than {least} % of Route 53's health checkers reach {region.name}, so some users may not either. "
        "Route 53 itself leaves a region at 18 % only. If another region is healthy, switch.yml moves users there.",
        chapter="Partly reached",
    )


def _of(health_check_id: str, name: str, statistic: str) -> Metric:
    return metric("health", _NAMESPACE, name, statistic, {"HealthCheckId": health_check_id})
