# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From what there is to a fault with its exact undo. Pure."""

from __future__ import annotations

import dataclasses
import typing as t

from .._resources.security_group import SecurityGroup
from . import fault as kinds
from .fault import ApiCall, Fault, Tagged, Undo, data_point

# A path that no application has, and a code that none answers with: a catch-all route would hide the path alone.
BROKEN_PATH: t.Final = "/everlook-failover-drill"
BROKEN_MATCHER: t.Final = "499"
# A data point may be missed; and a 1 counts for the whole period of a minute that it is in, which is one more than
# the period in which the last one was published.
SWITCH_REPEAT_SECONDS: t.Final = 10.0
SWITCH_LEAST_SECONDS: t.Final = 130.0


@dataclasses.dataclass(frozen=True, kw_only=True)
class Service:
    """The ECS service of a region. ``rollout`` as in the API (``COMPLETED``), empty if ECS does not say."""

    arn: str
    cluster: str
    name: str
    desired_count: int
    running_count: int
    rollout: str
    tags: t.Mapping[str, str]


@dataclasses.dataclass(frozen=True, kw_only=True)
class TargetGroup:
    """A target group's health check, as far as a fault changes it."""

    arn: str
    path: str
    matcher: str
    tags: t.Mapping[str, str]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Alarm:
    """The alarm behind a switch, with the metric that it watches and the health check that follows it.

    :param region: the region it sits in.
    """

    arn: str
    region: str
    namespace: str
    metric: str
    dimensions: tuple[t.Mapping[str, str], ...]
    check_id: str
    tags: t.Mapping[str, str]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Observed:
    """What there is to break in a region; None where it was not found, or not looked for."""

    service: Service | None = None
    groups: tuple[SecurityGroup, ...] = ()
    target_group: TargetGroup | None = None
    alarm: Alarm | None = None

    @property
    def tags(self) -> tuple[t.Mapping[str, str], ...]:
        """The tags of everything that was found."""
        found = (self.service, self.target_group, self.alarm, *self.groups)
        return tuple(item.tags for item in found if item is not None)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Commands:
    """What breaks and heals for ``external``; empty if a person does it."""

    breaks: tuple[str, ...] = ()
    heals: tuple[str, ...] = ()


def plan_fault(kind: str, region: str, observed: Observed, commands: Commands) -> Fault | str:
    """The fault, or why it cannot be made."""
    if kind == kinds.STOP_TASKS:
        return _stop_tasks(region, observed.service)
    if kind == kinds.BLOCK_ALB:
        return _block_alb(region, observed.groups)
    if kind == kinds.UNHEALTHY_APP:
        return _unhealthy_app(region, observed.target_group)
    if kind == kinds.SWITCH:
        return _switch(region, observed.alarm)
    return _external(region, commands)


def _stop_tasks(region: str, service: Service | None) -> Fault | str:
    if service is None:
        return f"there is no service to stop in {region}"
    if service.desired_count == 0:
        return f"the service {service.name} in {region} has no tasks to stop"
    count = service.desired_count
    names = {"cluster": service.cluster, "service": service.name}
    return Fault(
        kind=kinds.STOP_TASKS,
        region=region,
        text=f"its service is told to run no tasks instead of {count}",
        by_hand=f"set the desired count of the ECS service {service.name} in {region} to {count}",
        undo=Undo(kind=kinds.STOP_TASKS, region=region, data={**names, "desired_count": count}),
        calls=(_call("ecs", region, "update_service", {**names, "desiredCount": 0}),),
        tagged=(Tagged(service="ecs", region=region, resource=service.arn),),
        before=f"desired_count:{count}",
    )


def _block_alb(region: str, groups: tuple[SecurityGroup, ...]) -> Fault | str:
    if not groups:
        return f"there is no security group on the load balancer in {region}"
    permissions = {
        found.id: [rule.permission() for rule in sorted(found.rules) if rule.direction == "ingress"] for found in groups
    }
    permissions = {group_id: rules for group_id, rules in permissions.items() if rules}
    if not permissions:
        return f"the load balancer in {region} lets nobody in already"
    names = ", ".join(permissions)
    return Fault(
        kind=kinds.BLOCK_ALB,
        region=region,
        text=f"its load balancer lets nobody in any more ({names})",
        by_hand=f"run site.yml, which restores the ingress rules of {names} in {region}",
        undo=Undo(kind=kinds.BLOCK_ALB, region=region, data={"groups": permissions}),
        calls=tuple(
            _call("ec2", region, "revoke_security_group_ingress", {"GroupId": group_id, "IpPermissions": rules})
            for group_id, rules in permissions.items()
        ),
        tagged=tuple(Tagged(service="ec2", region=region, resource=group_id) for group_id in permissions),
        before=" + ".join(_short(rule) for rules in permissions.values() for rule in rules),
    )


def _short(permission: t.Mapping[str, t.Any]) -> str:
    """A rule, for a tag."""
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


def _unhealthy_app(region: str, group: TargetGroup | None) -> Fault | str:
    if group is None:
        return f"there is no target group in {region}"
    if group.path == BROKEN_PATH:
        return f"the target group in {region} has the health check of a drill already"
    if not group.matcher:
        return f"the target group in {region} does not match on HTTP codes, so its health check cannot be broken by one"
    return Fault(
        kind=kinds.UNHEALTHY_APP,
        region=region,
        text="its load balancer looks for a health page that is not there, so that every target turns unhealthy",
        by_hand=(
            f"set the health check of the target group {group.arn} to path {group.path} and code {group.matcher}, "
            "as site.yml does"
        ),
        undo=Undo(
            kind=kinds.UNHEALTHY_APP,
            region=region,
            data={"arn": group.arn, "path": group.path, "matcher": group.matcher, "broken_path": BROKEN_PATH},
        ),
        calls=(
            _call(
                "elbv2",
                region,
                "modify_target_group",
                {
                    "TargetGroupArn": group.arn,
                    "HealthCheckPath": BROKEN_PATH,
                    "Matcher": {"HttpCode": BROKEN_MATCHER},
                },
            ),
        ),
        tagged=(Tagged(service="elbv2", region=region, resource=group.arn),),
        before=f"path:{group.path} code:{group.matcher}",
    )


def _switch(region: str, alarm: Alarm | None) -> Fault | str:
    if alarm is None:
        return f"there is no switch by which another region evicts {region}; run site.yml"
    seat = alarm.region
    metric = {
        "namespace": alarm.namespace,
        "metric": alarm.metric,
        "dimensions": [dict(item) for item in alarm.dimensions],
    }
    return Fault(
        kind=kinds.SWITCH,
        region=region,
        text=f"it is evicted by its switch in {seat}",
        by_hand=(
            f"publish 0 for the metric {alarm.namespace} {alarm.metric} of {region} in {seat} every 10 seconds for "
            "some minutes, as switch.yml -e to=auto does"
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
        calls=(_call("cloudwatch", seat, "put_metric_data", data_point(metric, 1.0)),),
        tagged=(Tagged(service="cloudwatch", region=seat, resource=alarm.arn),),
        repeat=SWITCH_REPEAT_SECONDS,
        before="0",
    )


def _external(region: str, commands: Commands) -> Fault | str:
    if commands.breaks and not commands.heals:
        return "a command that breaks something needs one that heals it"
    by_hand = f"run: {' '.join(commands.heals)}" if commands.heals else f"undo what you have done to {region}"
    return Fault(
        kind=kinds.EXTERNAL,
        region=region,
        text=f"broken by: {' '.join(commands.breaks)}" if commands.breaks else "somebody breaks it by hand now",
        by_hand=by_hand,
        undo=Undo(kind=kinds.EXTERNAL, region=region, data={"command": list(commands.heals)}),
        command=commands.breaks,
    )


def _call(service: str, region: str, method: str, parameters: dict[str, t.Any]) -> ApiCall:
    return ApiCall(service=service, region=region, method=method, parameters=parameters)
