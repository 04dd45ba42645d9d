# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A target group of type ip, HTTP/1.1 and IPv4: what it should be, what it is, and the change between. Pure.

Sources of the fields: API references CreateTargetGroup and TargetGroupAttribute of Elastic Load Balancing.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ..._aws.owner import Owner
from ..._engine.compare import update
from ..._engine.errors import ConflictError, SpecError
from ..._engine.field import Answer, Field, attribute, differing, parameter, read
from ..._engine.plan import Action, Change
from ..._engine.unknown import is_unknown

KIND: t.Final = "target_group"
ADDRESS: t.Final = f"{KIND}/main"

# They cannot be changed.
FIXED: t.Final = (
    parameter("vpc_id", "VpcId", immutable=True),
    parameter("target_port", "Port", immutable=True),
    parameter("target_protocol", "Protocol", immutable=True),
    parameter("target_type", "TargetType", immutable=True),
    parameter("protocol_version", "ProtocolVersion", "HTTP1", immutable=True),
    parameter("ip_address_type", "IpAddressType", "ipv4", immutable=True),
)
KIND_OF_TARGETS: t.Final = {"target_type": "ip", "protocol_version": "HTTP1", "ip_address_type": "ipv4"}
HEALTH_CHECK: t.Final = (
    parameter("health_check.path", "HealthCheckPath"),
    Field(
        name="health_check.matcher",
        read=lambda answer: answer.get("Matcher", {}).get("HttpCode", ""),
        write=lambda codes: {"Matcher": {"HttpCode": codes}},
    ),
    parameter("health_check.interval", "HealthCheckIntervalSeconds"),
    parameter("health_check.timeout", "HealthCheckTimeoutSeconds"),
    parameter("health_check.healthy_threshold", "HealthyThresholdCount"),
    parameter("health_check.unhealthy_threshold", "UnhealthyThresholdCount"),
    parameter("health_check.port", "HealthCheckPort"),
    parameter("health_check.protocol", "HealthCheckProtocol"),
)
_HEALTH: t.Final = "target_group_health"
ATTRIBUTES: t.Final = (
    attribute("deregistration_delay", "deregistration_delay.timeout_seconds", "300"),
    attribute("slow_start", "slow_start.duration_seconds", "0"),
    attribute("algorithm", "load_balancing.algorithm.type", "round_robin"),
    attribute("anomaly_mitigation", "load_balancing.algorithm.anomaly_mitigation", "off"),
    attribute("cross_zone", "load_balancing.cross_zone.enabled", "use_load_balancer_configuration"),
    attribute("stickiness.enabled", "stickiness.enabled", "false"),
    attribute("stickiness.type", "stickiness.type", "lb_cookie"),
    # The option stickiness.duration is that of the type.
    attribute("stickiness.lb_cookie.duration", "stickiness.lb_cookie.duration_seconds", "86400"),
    attribute("stickiness.app_cookie.duration", "stickiness.app_cookie.duration_seconds", "86400"),
    attribute("stickiness.cookie_name", "stickiness.app_cookie.cookie_name", ""),
    *(
        attribute(f"{of}.minimum_healthy_targets_{unit}", f"{_HEALTH}.{of}.minimum_healthy_targets.{unit}", default)
        for of in ("dns_failover", "unhealthy_state_routing")
        for unit, default in (("count", "1"), ("percentage", "off"))
    ),
)
FIELDS: t.Final = (*FIXED, *HEALTH_CHECK, *ATTRIBUTES)


@dataclasses.dataclass(frozen=True, kw_only=True)
class TargetGroupSpec:
    """A target group as it should be.

    :param name: ELB's name, unique in the region and immutable.
    :param values: of the fields, by name, see target_group_options.
    """

    owner: Owner
    name: str
    values: t.Mapping[str, t.Any]


@dataclasses.dataclass(frozen=True, kw_only=True)
class TargetGroup:
    """A target group as observed. Its targets are none of this resource's business, so they are not even read.

    :param values: of the fields, by name.
    :param load_balancer_arns: whose listeners send to it.
    """

    arn: str
    values: t.Mapping[str, t.Any]
    load_balancer_arns: tuple[str, ...] = ()
    tags: t.Mapping[str, str] = dataclasses.field(default_factory=dict)


def parse(item: Answer) -> TargetGroup:
    """From an element of DescribeTargetGroups' TargetGroups: without attributes and tags."""
    return TargetGroup(
        arn=item["TargetGroupArn"],
        values=read((*FIXED, *HEALTH_CHECK), item),
        load_balancer_arns=tuple(sorted(item.get("LoadBalancerArns", ()))),
    )


@dataclasses.dataclass(frozen=True, kw_only=True)
class TargetGroupChange:
    """``Change.data`` of a creation or update.

    :param arn: empty for a creation.
    :param values: what to set, by the names of the fields.
    :param tags: tags to set.
    """

    spec: TargetGroupSpec
    arn: str = ""
    values: t.Mapping[str, t.Any]
    tags: t.Mapping[str, str]


def plan_target_group(
    spec: TargetGroupSpec, found: TargetGroup | None, *, needs: t.Iterable[str] = ()
) -> Change | None:
    """The change that makes it as it should be, or None.

    Raises ConflictError if it is not ours, SpecError if an option has changed that AWS cannot change.
    """
    if found is None:
        return Change(
            kind=KIND,
            name="main",
            action=Action.CREATE,
            reason="missing",
            after={"name": spec.name, **spec.values},
            needs=frozenset(needs),
            data=TargetGroupChange(spec=spec, values=spec.values, tags=spec.owner.tags(ADDRESS)),
        )
    _check(spec, found)
    tags = spec.owner.tag_drift(found.tags, ADDRESS)
    wanted = {name: value for name, value in spec.values.items() if name != "vpc_id"}
    return update(
        KIND,
        "main",
        {**found.values, "tags": {key: found.tags.get(key) for key in tags}},
        {**wanted, "tags": tags},
        needs=needs,
        data=TargetGroupChange(spec=spec, arn=found.arn, values=differing(FIELDS, found.values, wanted), tags=tags),
    )


def plan_target_group_deletion(
    spec: TargetGroupSpec, found: TargetGroup, *, load_balancer_arns: t.Container[str], needs: t.Iterable[str] = ()
) -> Change:
    """The change that deletes one of ours.

    :param load_balancer_arns: those that may use it.
    Raises ConflictError if another one does.
    """
    foreign = [arn for arn in found.load_balancer_arns if arn not in load_balancer_arns]
    if foreign:
        raise ConflictError(
            f"the target group {found.arn} is used by {', '.join(foreign)}, which is not of this stack. "
            "Remove the listener or rule that forwards to it, then run this again."
        )
    return Change(
        kind=KIND,
        name="main",
        action=Action.DELETE,
        reason="state is absent",
        before={"name": spec.name},
        needs=frozenset(needs),
        data=found.arn,
    )


def _check(spec: TargetGroupSpec, found: TargetGroup) -> None:
    if not spec.owner.owns(found.tags):
        raise ConflictError(
            f"a target group named {spec.name!r} exists, but its tags do not say that it belongs to the stack "
            f"{spec.owner.stack!r} and the environment {spec.owner.environment!r}: {found.arn}. Names are unique in a "
            "region: choose another stack name, or delete it if nothing uses it."
        )
    kind = {name: found.values[name] for name in KIND_OF_TARGETS}
    if kind != KIND_OF_TARGETS:
        raise ConflictError(
            f"the target group {found.arn} is of type {', '.join(kind.values())} instead of "
            f"{', '.join(KIND_OF_TARGETS.values())}, and AWS cannot change that. Run state absent (destroy.yml "
            "--limit), then deploy the region again."
        )
    for option, wanted in differing(FIXED, found.values, spec.values).items():
        if not is_unknown(wanted):
            raise SpecError(
                option,
                f"is {wanted}, but the target group {found.arn} has {found.values[option]}, and AWS cannot change "
                "that.",
                "Set it back; or take this region out (destroy.yml --limit), which moves its users to another, and "
                "deploy it again.",
            )
