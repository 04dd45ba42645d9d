# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether checks, targets and record sets are healthy, by Route 53's rules.

From the API reference of HealthCheckConfig and the Developer Guide, "How Amazon Route 53 chooses
records when health checking is configured".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from moto.elbv2.models import elbv2_backends
from moto.route53 import models

from sandbox.overlay.base import World
from sandbox.overlay.elbv2.targets import health, registered
from sandbox.overlay.route53.alarms import Stream, follows_data
from sandbox.overlay.route53.changes import load_balancer_named, read_records
from sandbox.overlay.route53.checker_states import states_of, verdict
from sandbox.overlay.route53.records import Key, Record

_DEEPEST_CHAIN = 32


@dataclass(frozen=True, slots=True)
class CheckHealth:
    """The status of an account's health checks."""

    world: World
    account: str

    def healthy(self, check_id: str) -> bool:
        """The status that records and calculated checks see. One that is gone is healthy."""
        check = models.route53_backends[self.account]["aws"].health_checks.get(check_id)
        if check is None:
            return True
        well = True if check.config["Disabled"] else self.observed(check)
        return bool(well != check.config["Inverted"])

    def observed(self, check: Any) -> bool:
        """The health that is observed, before Inverted and Disabled."""
        kind = check.config["Type"]
        if kind == "CALCULATED":
            children = [self.healthy(child) for child in check.config.get("ChildHealthChecks", [])]
            return sum(children) >= int(check.config["HealthThreshold"])
        if kind == "CLOUDWATCH_METRIC":
            return self._metric(check)
        said = self.world.observations.said("health_check", check.id)
        return verdict(states_of(self.world, check.id).values()) if said is None else said

    def _metric(self, check: Any) -> bool:
        if not self.world.observations.healthy("metric_check", check.id):
            return False
        region = check.config["AlarmIdentifier"]["Region"]
        insufficient = check.config.get("InsufficientDataHealthStatus", "LastKnownStatus")
        timings = self.world.timings
        stream = Stream(self.account, region, self.world.wall(), timings.of("metric_memory"))
        if self.world.addresses is not None:  # with a data plane, time passes for data points too
            stream = replace(stream, delay=timings.of("metric_delay"), speed=timings.speed)
        return follows_data(stream, check.cloud_watch_alarm_configuration, insufficient)


@dataclass(frozen=True, slots=True)
class RecordHealth:
    """The health of record sets of an account's zones."""

    world: World
    account: str

    def healthy(self, record: Mapping[str, Any], depth: int = 0) -> bool:
        """Its check and, for an alias that evaluates its target, the target: both must be well."""
        check = record.get("HealthCheckId")
        if check and not CheckHealth(self.world, self.account).healthy(check):
            return False
        target = record.get("AliasTarget")
        if not target or not target["EvaluateTargetHealth"]:
            return True
        return self._target_healthy(target, record["Type"], depth)

    def _target_healthy(self, target: Mapping[str, Any], kind: str, depth: int) -> bool:
        other = models.route53_backends[self.account]["aws"].zones.get(target["HostedZoneId"])
        if other is None:
            balancer = load_balancer_named(target["DNSName"])
            return balancer is not None and self.balancer_healthy(balancer)
        members = members_of(other, target["DNSName"], kind)
        if depth >= _DEEPEST_CHAIN:
            return True
        return any(self.healthy(member, depth + 1) for member in members.values())

    def balancer_healthy(self, balancer: Any) -> bool:
        """Every target group that has targets is well; a load balancer without any target is not.

        API reference of Route 53, AliasTarget, EvaluateTargetHealth.
        """
        backend = elbv2_backends[balancer.arn.split(":")[4]][balancer.arn.split(":")[3]]
        groups = [group for group in backend.target_groups.values() if balancer.arn in group.load_balancer_arns]
        judged = [well for group in groups for well in [self._group_well(backend, group)] if well is not None]
        return bool(judged) and all(judged)

    def _group_well(self, elb: Any, group: Any) -> bool | None:
        """Whether the group has the healthy targets it needs for DNS; None when it has no targets.

        A threshold that is off is none. ELB user guide, "Target group attributes": "When off, DNS fail away is
        disabled, meaning that even if all targets in the target group are unhealthy, the zone is not removed from DNS."
        """
        targets = registered(self.world, group.arn).values()
        states = [health(self.world, elb, group, target).state for target in targets]
        if not states:
            return None
        healthy = states.count("healthy")
        prefix = "target_group_health.dns_failover.minimum_healthy_targets."
        count, percentage = (group.attributes.get(prefix + name) for name in ("count", "percentage"))
        fewest = 0 if count == "off" else int(count or 1)
        share = 0.0 if percentage in (None, "off") else float(percentage)
        return healthy >= fewest and 100.0 * healthy / len(states) >= share


def members_of(zone: models.FakeZone, name: str, kind: str) -> dict[Key, Record]:
    """The record sets of that name and type."""
    return {key: record for key, record in read_records(zone).items() if key[:2] == (name, kind)}
