# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Metrics that AWS's services measure each minute: healthy targets, running tasks, Route 53's health checks.

Names, dimensions and "reporting criteria": ELB User Guide, "CloudWatch metrics for your Application Load Balancer"; ECS
Developer Guide, "Amazon ECS CloudWatch metrics"; Route 53 Developer Guide, "Monitoring health checks using CloudWatch";
ACM User Guide, "Supported CloudWatch metrics".
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from moto.acm.models import acm_backends
from moto.elbv2.models import elbv2_backends
from moto.route53.models import route53_backends

from sandbox.overlay.base import World
from sandbox.overlay.ecs.services import services_in
from sandbox.overlay.elbv2.targets import health, registered
from sandbox.overlay.loads import busy
from sandbox.overlay.monitoring.series import Key
from sandbox.overlay.route53.checker_states import states_of
from sandbox.overlay.route53.health import CheckHealth
from sandbox.overlay.route53.settings import ENDPOINT_TYPES

ROUTE53_REGION = "us-east-1"
_Values = tuple[float, ...]
_Measure = Callable[[World, str, str, Key], _Values]


def measure(world: World, account: str, region: str, key: Key) -> _Values:
    """The current values; none for a counted metric, or without a resource to measure."""
    gauge = _GAUGES.get((key.namespace, key.name))
    return gauge(world, account, region, key) if gauge else ()


def _hosts(state: str) -> _Measure:
    """`Reported if there are registered targets`."""

    def count(world: World, account: str, region: str, key: Key) -> _Values:
        elb, suffix = elbv2_backends[account][region], f":{key.dimension('TargetGroup')}"
        group = next((group for arn, group in elb.target_groups.items() if arn.endswith(suffix)), None)
        targets = registered(world, group.arn).values() if group else ()
        states = [health(world, elb, group, target).state for target in targets]
        # Draining targets are not registered.
        there = [found for found in states if found not in ("draining", "unused")]
        return (float(there.count(state)),) if there else ()

    return count


def _tasks(metric: str) -> _Measure:
    """A sample of each running task, by the load that was set, else 0, which is not realistic."""

    def count(world: World, account: str, region: str, key: Key) -> _Values:
        name = f"{key.dimension('ClusterName')}:{key.dimension('ServiceName')}"
        service = services_in(world, account, region).get(name)
        if service is None:
            return ()
        running = sum(task.last_status == "RUNNING" for task in service.tasks)
        return busy(world, account, region, service, metric) or (0.0,) * running

    return count


def _status(world: World, account: str, region: str, key: Key) -> _Values:
    check_id = key.dimension("HealthCheckId")
    if region != ROUTE53_REGION or check_id not in route53_backends[account]["aws"].health_checks:
        return ()
    return (1.0 if CheckHealth(world, account).healthy(check_id) else 0.0,)


def _percentage(world: World, account: str, region: str, key: Key) -> _Values:
    """The share of healthy checkers, only for endpoints. Without checkers it is all, or none."""
    check = route53_backends[account]["aws"].health_checks.get(key.dimension("HealthCheckId"))
    if region != ROUTE53_REGION or check is None or check.config["Type"] not in ENDPOINT_TYPES:
        return ()
    states = states_of(world, check.id).values()
    if not states or world.observations.said("health_check", check.id) is not None:
        return (100.0 if CheckHealth(world, account).observed(check) else 0.0,)
    return (100.0 * sum(state.well for state in states) / len(states),)


def _days(_world: World, account: str, region: str, key: Key) -> _Values:
    """Whole days. `ACM stops publishing after a certificate has expired`."""
    bundle = acm_backends[account][region]._certificates.get(key.dimension("CertificateArn"))
    if bundle is None or bundle.status != "ISSUED":
        return ()
    left = bundle._cert.not_valid_after_utc - datetime.now(UTC)
    return (float(left.days),) if left.total_seconds() > 0 else ()


_GAUGES: dict[tuple[str, str], _Measure] = {
    ("AWS/ApplicationELB", "HealthyHostCount"): _hosts("healthy"),
    ("AWS/ApplicationELB", "UnHealthyHostCount"): _hosts("unhealthy"),
    ("AWS/ECS", "CPUUtilization"): _tasks("cpu"),
    ("AWS/ECS", "MemoryUtilization"): _tasks("memory"),
    ("AWS/Route53", "HealthCheckStatus"): _status,
    ("AWS/Route53", "HealthCheckPercentageHealthy"): _percentage,
    ("AWS/CertificateManager", "DaysToExpiry"): _days,
}
NAMESPACES = frozenset(namespace for namespace, _name in _GAUGES)
