# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The only writes of the layer: load balancer, target group and listeners. The security group's are shared."""

from __future__ import annotations

import typing as t

from .._engine.apply import Handlers
from .._engine.context import Context
from .._engine.known import Known
from .._engine.plan import Action, Change
from .._engine.retry import retry
from .._resources import security_group_calls
from . import addresses
from .calls import add_tags, create_named, pairs, patiently, unless_gone
from .health_check import HealthCheck
from .observe import find_listeners, find_load_balancer, find_target_group
from .parsing import parse_listener, parse_load_balancer, parse_target_group
from .snapshot import Listener, LoadBalancer, TargetGroup
from .spec import ListenerSpec
from .steps import (
    Deletion,
    ListenerCreation,
    ListenerUpdate,
    LoadBalancerCreation,
    LoadBalancerUpdate,
    TargetGroupCreation,
    TargetGroupUpdate,
)
from .waits import wait_active, wait_interfaces_gone


def create_load_balancer(ctx: Context, change: Change, known: Known) -> None:
    """Create it with its tags, then set the attributes that differ from AWS's defaults."""
    data: LoadBalancerCreation = change.data

    def create() -> LoadBalancer:
        answer = patiently(
            ctx,
            lambda: ctx.client("elbv2", retry=False).create_load_balancer(
                Name=data.name,
                Subnets=list(data.subnet_ids),
                SecurityGroups=[known.get(addresses.SECURITY_GROUP)],
                Scheme="internet-facing",
                Type="application",
                IpAddressType=data.ip_address_type,
                Tags=pairs(data.owner.tags(change.address)),
            ),
        )
        return parse_load_balancer(answer["LoadBalancers"][0])

    def find() -> LoadBalancer | None:
        return find_load_balancer(ctx, data.name)

    created = create_named(ctx, create, find, data.owner, "DuplicateLoadBalancerName")
    known.put(change.address, id=created.arn, dns_name=created.dns_name, hosted_zone_id=created.hosted_zone_id)
    _set_load_balancer_attributes(ctx, created.arn, data.attributes)


def update_load_balancer(ctx: Context, change: Change, known: Known) -> None:
    """Repair what differs, and nothing else."""
    data: LoadBalancerUpdate = change.data
    elb = ctx.client("elbv2")
    add_tags(ctx, data.arn, data.tags)
    if data.security_group:
        groups = [known.get(addresses.SECURITY_GROUP)]
        patiently(ctx, lambda: elb.set_security_groups(LoadBalancerArn=data.arn, SecurityGroups=groups))
    if data.subnet_ids:
        patiently(ctx, lambda: elb.set_subnets(LoadBalancerArn=data.arn, Subnets=list(data.subnet_ids)))
    if data.ip_address_type:
        elb.set_ip_address_type(LoadBalancerArn=data.arn, IpAddressType=data.ip_address_type)
    _set_load_balancer_attributes(ctx, data.arn, data.attributes)


def delete_load_balancer(ctx: Context, change: Change, known: Known) -> None:
    """Delete it. Its network interfaces go some time later."""
    data: Deletion = change.data
    unless_gone(lambda: ctx.client("elbv2").delete_load_balancer(LoadBalancerArn=data.arn))
    known.forget(change.address)


def create_target_group(ctx: Context, change: Change, known: Known) -> None:
    """Create it with its tags and health check, then set the attributes that differ from AWS's defaults."""
    data: TargetGroupCreation = change.data

    def create() -> TargetGroup:
        answer = ctx.client("elbv2", retry=False).create_target_group(
            Name=data.name,
            Protocol=data.spec.protocol,
            ProtocolVersion="HTTP1",
            Port=data.spec.port,
            VpcId=data.vpc_id,
            TargetType="ip",
            IpAddressType="ipv4",
            Tags=pairs(data.owner.tags(change.address)),
            **_health_check(data.spec.health_check),
        )
        return parse_target_group(answer["TargetGroups"][0])

    def find() -> TargetGroup | None:
        return find_target_group(ctx, data.name)

    created = create_named(ctx, create, find, data.owner, "DuplicateTargetGroupName")
    known.put(change.address, id=created.arn)
    _set_target_group_attributes(ctx, created.arn, data.attributes)


def update_target_group(ctx: Context, change: Change, _known: Known) -> None:
    """Repair what differs. Targets are never touched: they belong to whoever registered them."""
    data: TargetGroupUpdate = change.data
    add_tags(ctx, data.arn, data.tags)
    if data.health_check:
        ctx.client("elbv2").modify_target_group(TargetGroupArn=data.arn, **_health_check(data.health_check))
    _set_target_group_attributes(ctx, data.arn, data.attributes)


def delete_target_group(ctx: Context, change: Change, known: Known) -> None:
    """Delete it, as soon as AWS no longer counts it as used by the listener that was deleted before."""
    data: Deletion = change.data
    unless_gone(
        lambda: retry(
            ctx,
            lambda: ctx.client("elbv2").delete_target_group(TargetGroupArn=data.arn),
            codes={"ResourceInUse"},
            timeout=float(ctx.params["wait_timeout"]),
        )
    )
    known.forget(change.address)


def create_listener(ctx: Context, change: Change, known: Known) -> None:
    """Create it with its tags. The load balancer may still be provisioning."""
    data: ListenerCreation = change.data
    balancer = known.get(addresses.LOAD_BALANCER)

    def create() -> Listener:
        answer = patiently(
            ctx,
            lambda: ctx.client("elbv2", retry=False).create_listener(
                LoadBalancerArn=balancer,
                Tags=pairs(data.owner.tags(change.address)),
                **_listener(data.spec, known),
            ),
        )
        return parse_listener(answer["Listeners"][0])

    def find() -> Listener | None:
        return next((item for item in find_listeners(ctx, balancer) if item.port == data.spec.port), None)

    known.put(change.address, id=create_named(ctx, create, find, data.owner, "DuplicateListener").arn)


def update_listener(ctx: Context, change: Change, known: Known) -> None:
    """Repair what differs."""
    data: ListenerUpdate = change.data
    add_tags(ctx, data.arn, data.tags)
    if data.modify:
        request = _listener(data.spec, known)
        patiently(ctx, lambda: ctx.client("elbv2").modify_listener(ListenerArn=data.arn, **request))


def delete_listener(ctx: Context, change: Change, known: Known) -> None:
    """Delete it."""
    data: Deletion = change.data
    unless_gone(lambda: ctx.client("elbv2").delete_listener(ListenerArn=data.arn))
    known.forget(change.address)


HANDLERS: t.Final = Handlers(
    changes={
        **security_group_calls.HANDLERS,
        ("load_balancer", Action.CREATE): create_load_balancer,
        ("load_balancer", Action.UPDATE): update_load_balancer,
        ("load_balancer", Action.DELETE): delete_load_balancer,
        ("target_group", Action.CREATE): create_target_group,
        ("target_group", Action.UPDATE): update_target_group,
        ("target_group", Action.DELETE): delete_target_group,
        ("listener", Action.CREATE): create_listener,
        ("listener", Action.UPDATE): update_listener,
        ("listener", Action.DELETE): delete_listener,
    },
    waits={addresses.ACTIVE: wait_active, addresses.INTERFACES_GONE: wait_interfaces_gone},
)


def _listener(spec: ListenerSpec, known: Known) -> dict[str, t.Any]:
    action = {"Type": "forward", "TargetGroupArn": known.get(addresses.TARGET_GROUP)}
    return {"Protocol": spec.protocol, "Port": spec.port, "DefaultActions": [action]}


def _health_check(check: HealthCheck) -> dict[str, t.Any]:
    return {
        "HealthCheckProtocol": check.protocol,
        "HealthCheckPort": check.port,
        "HealthCheckEnabled": True,
        "HealthCheckPath": check.path,
        "HealthCheckIntervalSeconds": check.interval,
        "HealthCheckTimeoutSeconds": check.timeout,
        "HealthyThresholdCount": check.healthy_threshold,
        "UnhealthyThresholdCount": check.unhealthy_threshold,
        "Matcher": {"HttpCode": check.matcher},
    }


def _set_load_balancer_attributes(ctx: Context, arn: str, wanted: t.Mapping[str, str]) -> None:
    if wanted:
        elb = ctx.client("elbv2")
        patiently(ctx, lambda: elb.modify_load_balancer_attributes(LoadBalancerArn=arn, Attributes=pairs(wanted)))


def _set_target_group_attributes(ctx: Context, arn: str, wanted: t.Mapping[str, str]) -> None:
    if wanted:
        elb = ctx.client("elbv2")
        patiently(ctx, lambda: elb.modify_target_group_attributes(TargetGroupArn=arn, Attributes=pairs(wanted)))
