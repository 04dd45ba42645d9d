# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plans a drill: the fault and its exact undo, from the snapshot. Pure."""

from __future__ import annotations

import dataclasses
import typing as t

from .._resources.security_group import SecurityGroup
from . import fault as kinds
from .budget import Budget
from .fault import ApiCall, Fault, Tagged, Undo, data_point, scaling_call
from .journal import PLANNED, Journal
from .readiness import in_dns
from .snapshot import Alarm, Service, Snapshot, TargetGroup
from .spec import Commands, Spec

# Seconds beyond the longest duration of the drill, after which the guardian heals
_GRACE_SECONDS: t.Final = 120.0
_PATIENCE: t.Final = 1.5
# How long a fault waits for the user with an open connection to move: alb_client_keep_alive's default, and two
# requests.
VISITOR_SECONDS: t.Final = 70.0
# A path that no application has, and a code that none answers with, because a catch-all route may answer any path
BROKEN_PATH: t.Final = "/everlook-failover-drill"
BROKEN_MATCHER: t.Final = "499"
# A data point may be missed; and a 1 counts for the whole period of a minute that it is in, which is one more than
# the period in which the last one was published.
SWITCH_REPEAT_SECONDS: t.Final = 10.0
SWITCH_LEAST_SECONDS: t.Final = 130.0


@dataclasses.dataclass(frozen=True, kw_only=True)
class DrillPlan:
    """A drill that may begin.

    :param region: the region that is broken.
    :param standby: the region that takes over.
    :param check_id: the health check that notices the fault: the endpoint's or the switch's. None if there is none.
    :param group_arns: the target groups whose health checks notice it; empty if they do not.
    :param endpoint_url: AWS_ENDPOINT_URL, empty for AWS itself.
    :param switches: the switches of both regions that the drill does not pull: description → id of the health check.
    """

    spec: Spec
    region: str
    standby: str
    fault: Fault
    budget: Budget
    check_id: str | None
    group_arns: tuple[str, ...]
    endpoint_url: str
    switches: t.Mapping[str, str] = dataclasses.field(default_factory=dict)

    @property
    def give_up(self) -> float:
        """Seconds after which the drill no longer waits for traffic to move."""
        return self.spec.give_up or self.budget.total_seconds * _PATIENCE

    @property
    def record(self) -> str:
        """The name that users resolve."""
        return str(self.spec.status["record"])

    @property
    def url(self) -> str:
        """The URL that users request."""
        return str(self.spec.status["url"]).rstrip("/") + self.spec.path

    @property
    def regions(self) -> list[str]:
        """The regions in DNS, first to serve first."""
        return [item["name"] for item in in_dns(self.spec.status)]

    def journal(self, drill_id: str, now: float) -> Journal:
        """The journal in phase PLANNED. ``now`` in seconds since 1970."""
        return Journal(
            id=drill_id,
            stack=self.spec.owner.stack,
            environment=self.spec.owner.environment,
            account_id=self.spec.account_id,
            endpoint_url=self.endpoint_url,
            fault=self.fault.kind,
            region=self.region,
            phase=PLANNED,
            armed_at=now,
            deadline=now + self.give_up + max(self.spec.hold, VISITOR_SECONDS) + _GRACE_SECONDS,
            text=self.fault.text,
            by_hand=self.fault.by_hand,
            undo=self.fault.undo,
            tagged=self.fault.tagged,
        )


def plan_fault(kind: str, region: str, observed: Snapshot, commands: Commands) -> Fault | str:
    """The fault, or why it cannot be made."""
    if kind == kinds.STOP_TASKS:
        return _stop_tasks(region, observed.services)
    if kind == kinds.BLOCK_ALB:
        return _block_alb(region, observed.security_groups)
    if kind == kinds.UNHEALTHY_APP:
        return _unhealthy_app(region, observed.target_groups)
    if kind == kinds.SWITCH:
        return _switch(region, observed.alarm)
    return _external(region, commands)


def _stop_tasks(region: str, services: t.Mapping[str, Service | None]) -> Fault | str:
    found = [service for service in services.values() if service]
    if len(found) < len(services) or not found:
        return f"there is no service to stop in {region}: {_missing(services)}"
    running = [service for service in found if service.desired_count]
    if not running:
        return f"{', '.join(item.name for item in found)} in {region} has no tasks to stop"
    counts = ", ".join(f"{item.name}: 0 instead of {item.desired_count}" for item in running)
    stopped = [{**_place(item), "desired_count": item.desired_count, "scales": item.scales} for item in running]
    return Fault(
        kind=kinds.STOP_TASKS,
        region=region,
        text=f"its tasks are stopped (desired count of {counts})",
        by_hand="; ".join(
            f"set the desired count of the ECS service {item.name} in {region} to {item.desired_count}"
            + (", then run site.yml, which resumes its scaling" if item.scales else "")
            for item in running
        ),
        undo=Undo(kind=kinds.STOP_TASKS, region=region, data={"services": stopped}),
        calls=(
            # Auto scaling would start the tasks again.
            *(scaling_call(region, item, suspended=True) for item in stopped if item["scales"]),
            *(ApiCall("ecs", region, "update_service", {**_place(item), "desiredCount": 0}) for item in running),
        ),
        tagged=tuple(Tagged(service="ecs", region=region, resource=item.arn) for item in running),
        before=" + ".join(f"desired_count:{item.desired_count}" for item in running),
    )


def _place(service: Service) -> dict[str, str]:
    """The parameters that identify a service in ECS's API."""
    return {"cluster": service.cluster, "service": service.name}


def _missing(found: t.Mapping[str, t.Any]) -> str:
    return ", ".join(name for name, item in found.items() if item is None) or "none was named"


def _block_alb(region: str, groups: tuple[SecurityGroup, ...]) -> Fault | str:
    if not groups:
        return f"the load balancer has no security group in {region}"
    permissions = {
        found.id: [rule.permission() for rule in sorted(found.rules) if rule.direction == "ingress"] for found in groups
    }
    permissions = {group_id: rules for group_id, rules in permissions.items() if rules}
    if not permissions:
        return f"the load balancer in {region} already accepts no requests"
    names = ", ".join(permissions)
    return Fault(
        kind=kinds.BLOCK_ALB,
        region=region,
        text=f"its load balancer accepts no requests ({names})",
        by_hand=f"run site.yml, which restores the ingress rules of {names} in {region}",
        undo=Undo(kind=kinds.BLOCK_ALB, region=region, data={"groups": permissions}),
        calls=tuple(
            ApiCall("ec2", region, "revoke_security_group_ingress", {"GroupId": group_id, "IpPermissions": rules})
            for group_id, rules in permissions.items()
        ),
        tagged=tuple(Tagged(service="ec2", region=region, resource=group_id) for group_id in permissions),
        before=" + ".join(_short(rule) for rules in permissions.values() for rule in rules),
    )


def _short(permission: t.Mapping[str, t.Any]) -> str:
    """A rule in the short form for a tag."""
    peers = [
        str(peer.get(key))
        for listed, key in (
            ("IpRanges", "CidrIp"),
            ("Ipv6Ranges", "CidrIpv6"),
            ("PrefixListIds", "PrefixListId"),
            ("UserIdGroupPairs", "GroupId"),
        )
        for peer in permission.get(listed, ())
    ]
    return f"{permission['IpProtocol']} {permission.get('FromPort', 'all')} {' '.join(peers)}"


def _unhealthy_app(region: str, groups: t.Mapping[str, TargetGroup | None]) -> Fault | str:
    found = [group for group in groups.values() if group]
    if len(found) < len(groups) or not found:
        return f"there is no target group in {region}: {_missing(groups)}"
    for group in found:
        if group.path == BROKEN_PATH:
            return f"the target group {group.name} in {region} already has the health check of a drill"
        if not group.matcher:
            return f"the target group {group.name} in {region} does not match on HTTP codes, so a drill cannot break it"
    checks = [{"arn": item.arn, "path": item.path, "matcher": item.matcher} for item in found]
    return Fault(
        kind=kinds.UNHEALTHY_APP,
        region=region,
        text="its load balancer requests a health page that does not exist, so that every target becomes unhealthy",
        by_hand="; ".join(
            f"set the health check of the target group {item.arn} to path {item.path} and code {item.matcher}, as "
            "site.yml does"
            for item in found
        ),
        undo=Undo(kind=kinds.UNHEALTHY_APP, region=region, data={"target_groups": checks, "broken_path": BROKEN_PATH}),
        calls=tuple(ApiCall("elbv2", region, "modify_target_group", _broken_check(item.arn)) for item in found),
        tagged=tuple(Tagged(service="elbv2", region=region, resource=item.arn) for item in found),
        before=" + ".join(f"path:{item.path} code:{item.matcher}" for item in found),
    )


def _broken_check(arn: str) -> dict[str, t.Any]:
    return {"TargetGroupArn": arn, "HealthCheckPath": BROKEN_PATH, "Matcher": {"HttpCode": BROKEN_MATCHER}}


def _switch(region: str, alarm: Alarm | None) -> Fault | str:
    if alarm is None:
        return f"there is no switch by which another region evicts {region}; run site.yml"
    seat, dimensions = alarm.region, [dict(item) for item in alarm.dimensions]
    metric = {"namespace": alarm.namespace, "metric": alarm.metric, "dimensions": dimensions}
    return Fault(
        kind=kinds.SWITCH,
        region=region,
        text=f"it is evicted by its switch in {seat}",
        by_hand=(
            f"publish 0 for the metric {alarm.namespace} {alarm.metric} of {region} in {seat} every 10 seconds for "
            "several minutes, as switch.yml -e to=auto does"
        ),
        undo=Undo(
            kind=kinds.SWITCH,
            region=seat,
            data={
                **metric,
                "check_id": alarm.check_id,
                "repeat_seconds": SWITCH_REPEAT_SECONDS,
                "least_seconds": SWITCH_LEAST_SECONDS,
            },
        ),
        calls=(ApiCall("cloudwatch", seat, "put_metric_data", data_point(metric, 1.0)),),
        tagged=(Tagged(service="cloudwatch", region=seat, resource=alarm.arn),),
        repeat=SWITCH_REPEAT_SECONDS,
        before="0",
    )


def _external(region: str, commands: Commands) -> Fault | str:
    if commands.breaks and not commands.heals:
        return "break_command needs a heal_command"
    by_hand = f"run: {' '.join(commands.heals)}" if commands.heals else f"undo what you did to {region}"
    return Fault(
        kind=kinds.EXTERNAL,
        region=region,
        text=f"broken by: {' '.join(commands.breaks)}" if commands.breaks else "to be broken by hand now",
        by_hand=by_hand,
        undo=Undo(kind=kinds.EXTERNAL, region=region, data={"by_command": bool(commands.heals)}),
        command=commands.breaks,
    )
