# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Load balancers: names, subnets, provisioning, and their interfaces."""

from __future__ import annotations

import random
import re
from typing import Any

from moto.elbv2.models import FakeLoadBalancer
from moto.elbv2.responses import ELBV2Response

from sandbox.overlay import quotas
from sandbox.overlay.base import AwsError, Call, World, corrects
from sandbox.overlay.elbv2.attributes import LOAD_BALANCER_DEFAULTS
from sandbox.overlay.elbv2.common import (
    active_from,
    balancer_of,
    conflict,
    forget_tags,
    given_tags,
    invalid,
    nodes_of,
    relink,
    tags_of,
)
from sandbox.overlay.elbv2.zones import canonical_zone_id
from sandbox.overlay.interfaces import create_interface, delete_interface, gateway_of, node_address

_LONGEST_NAME = 32
_FEWEST_ZONES = 2
_FEWEST_ADDRESSES = 8


@corrects(ELBV2Response, "CreateLoadBalancer")
def create(call: Call) -> Any:
    """CreateLoadBalancer: AWS's rules, provisioning for a while, and idempotence."""
    name = call.get("Name")
    call.params["Type"] = kind = call.get("Type") or "application"
    call.params["Scheme"] = scheme = call.get("Scheme") or "internet-facing"
    check_name(name)
    elb = call.backend
    ec2 = elb.ec2_backend
    subnets = _subnets(ec2, call)
    if kind == "application":
        _check_subnets(ec2, subnets, scheme)
        call.params["SecurityGroups"] = _groups(ec2, call.get("SecurityGroups"), subnets[0].vpc_id)
    for existing in elb.load_balancers.values():
        if existing.name == name:
            return _again(call, existing)
    refusal = AwsError("TooManyLoadBalancers", "The maximum number of load balancers has been reached")
    quotas.LOAD_BALANCERS.keep(call, len(elb.load_balancers), refusal)
    result = call.proceed()
    _set_up(call, result["LoadBalancers"][0])
    return result


def _again(call: Call, existing: Any) -> Any:
    wanted = (
        {subnet.id for subnet in _subnets(call.backend.ec2_backend, call)},
        set(call.get("SecurityGroups") or []),
        call.get("Scheme"),
        call.get("Type"),
        call.get("IpAddressType") or "ipv4",
        given_tags(call),
    )
    actual = (
        {subnet.id for subnet in existing.subnets},
        set(existing.security_groups),
        existing.scheme,
        existing.type,
        existing.ip_address_type,
        tags_of(call.backend, existing.arn),
    )
    if wanted != actual:
        raise AwsError(
            "DuplicateLoadBalancerName",
            f"A load balancer with the same name '{existing.name}' exists, but with different settings",
        )
    return {"LoadBalancers": [existing]}


def _set_up(call: Call, balancer: Any) -> None:
    prefix = "internal-" if balancer.scheme == "internal" else ""
    number = random.randrange(10**8, 10**10)
    balancer.dns_name = f"{prefix}{balancer.name}-{number}.{call.region}.elb.amazonaws.com"
    balancer.canonical_hosted_zone_id = canonical_zone_id(call.region, balancer.type)
    if balancer.type == "application":
        balancer.attrs = dict(LOAD_BALANCER_DEFAULTS)
    _place(call.world, call.backend.ec2_backend, balancer)
    due = call.world.schedule("load_balancer_create", lambda: setattr(balancer, "state", "active"))
    active_from(call.world)[balancer.arn] = due


def _place(world: World, ec2: Any, balancer: Any) -> None:
    """Give the load balancer one interface in each of its subnets, and none elsewhere."""
    interfaces = nodes_of(world, balancer.arn)
    wanted = [subnet.id for subnet in balancer.subnets]
    for subnet_id in [known for known in interfaces if known not in wanted]:
        delete_interface(ec2, interfaces.pop(subnet_id))
    groups, description = balancer.security_groups, f"ELB {balancer.arn.partition(':loadbalancer/')[2]}"
    for subnet_id in [subnet_id for subnet_id in wanted if subnet_id not in interfaces]:
        interface = create_interface(world, ec2, subnet_id, groups, "amazon-elb", description)
        if balancer.scheme == "internet-facing":
            interface.public_ip = node_address(world, interface)
        interfaces[subnet_id] = interface
    for interface in interfaces.values():
        known = [ec2.get_security_group_from_id(group) for group in groups]
        interface._group_set = [group for group in known if group]


@corrects(ELBV2Response, "DescribeLoadBalancers")
def describe(call: Call) -> Any:
    """DescribeLoadBalancers: an unknown name or ARN is an error, even with a known one."""
    balancers = call.backend.load_balancers
    names = {balancer.name for balancer in balancers.values()}
    missing = [name for name in call.get("Names") or [] if name not in names]
    if missing:
        raise AwsError("LoadBalancerNotFound", f"Load balancers '[{', '.join(missing)}]' not found")
    if any(arn not in balancers for arn in call.get("LoadBalancerArns") or []):
        raise AwsError("LoadBalancerNotFound", "One or more load balancers not found")
    return call.proceed()


@corrects(ELBV2Response, "DeleteLoadBalancer")
def delete(call: Call) -> Any:
    """DeleteLoadBalancer: refused if protected; its interfaces stay for a moment."""
    elb, arn = call.backend, call.get("LoadBalancerArn")
    balancer = elb.load_balancers.get(arn)
    if balancer is None:
        return call.proceed()
    if balancer.attrs.get("deletion_protection.enabled") == "true":
        raise AwsError(
            "OperationNotPermitted",
            f"Load balancer '{arn}' cannot be deleted because deletion protection is enabled",
        )
    result = call.proceed()
    for gone in (arn, *balancer.listeners, *_rules(balancer)):
        forget_tags(elb, gone)
    relink(call.world, elb)
    interfaces = nodes_of(call.world, arn)
    call.world.schedule("load_balancer_interfaces_delete", lambda: _leave(elb.ec2_backend, interfaces))
    return result


def _leave(ec2: Any, interfaces: dict[str, Any]) -> None:
    for interface in interfaces.values():
        delete_interface(ec2, interface)


@corrects(ELBV2Response, "SetSubnets")
def set_subnets(call: Call) -> Any:
    """SetSubnets applies the rules of CreateLoadBalancer and moves the interfaces."""
    balancer = balancer_of(call)
    ec2 = call.backend.ec2_backend
    _check_subnets(ec2, _subnets(ec2, call), balancer.scheme)
    result = call.proceed()
    _place(call.world, ec2, balancer)
    return {**result, "IpAddressType": balancer.ip_address_type}


@corrects(ELBV2Response, "SetSecurityGroups")
def set_groups(call: Call) -> Any:
    """SetSecurityGroups needs at least one, of the load balancer's VPC."""
    balancer = balancer_of(call)
    ec2 = call.backend.ec2_backend
    groups = _groups(ec2, call.get("SecurityGroups"), balancer.vpc_id)
    call.proceed()
    _place(call.world, ec2, balancer)
    return {"SecurityGroupIds": groups}


def check_name(name: str) -> None:
    """The rules for the name of a load balancer. Raises ValidationError."""
    if len(name) > _LONGEST_NAME:
        raise invalid(f"The load balancer name '{name}' cannot be longer than '{_LONGEST_NAME}' characters")
    if not re.fullmatch(r"[A-Za-z0-9-]+", name):
        raise invalid(
            f"The load balancer name '{name}' can only contain characters that are alphanumeric characters "
            "and hyphens(-)"
        )
    if name.startswith("-") or name.endswith("-"):
        raise invalid(f"The load balancer name '{name}' cannot begin or end with '-'")
    if name.startswith("internal-"):
        raise invalid(f"The load balancer name '{name}' cannot begin with 'internal-'")


def _rules(balancer: Any) -> list[str]:
    return [rule.arn for listener in balancer.listeners.values() for rule in listener.rules.values()]


def _subnets(ec2: Any, call: Call) -> list[Any]:
    identifiers = call.get("Subnets") or [mapping["SubnetId"] for mapping in call.get("SubnetMappings") or []]
    known = {subnet.id: subnet for subnet in ec2.describe_subnets()}
    for identifier in identifiers:
        if identifier not in known:
            raise AwsError("SubnetNotFound", f"The subnet ID '{identifier}' does not exist")
    if not identifiers:
        raise invalid("At least two subnets in two different Availability Zones must be specified")
    return [known[identifier] for identifier in identifiers]


def _check_subnets(ec2: Any, subnets: list[Any], scheme: str) -> None:
    zones = [subnet.availability_zone for subnet in subnets]
    if len(set(zones)) < len(zones):
        raise conflict("A load balancer cannot be attached to multiple subnets in the same Availability Zone")
    if len(zones) < _FEWEST_ZONES:
        raise invalid("At least two subnets in two different Availability Zones must be specified")
    vpc_id = subnets[0].vpc_id
    if any(subnet.vpc_id != vpc_id for subnet in subnets):
        raise conflict(f"All subnets must belong to the same VPC: '{vpc_id}'")
    for subnet in subnets:
        if subnet.available_ip_address_count < _FEWEST_ADDRESSES:
            raise AwsError(
                "InvalidSubnet",
                f"Not enough IP space available in {subnet.id}. ELB requires at least {_FEWEST_ADDRESSES} "
                "free IP addresses in each subnet.",
            )
    if scheme == "internet-facing" and gateway_of(ec2, vpc_id) is None:
        raise AwsError("InvalidSubnet", f"VPC {vpc_id} has no internet gateway")


def _groups(ec2: Any, identifiers: list[str] | None, vpc_id: str) -> list[str]:
    if not identifiers:
        return [ec2.get_default_security_group(vpc_id).id]
    for identifier in identifiers:
        group = ec2.get_security_group_from_id(identifier)
        if group is None:
            raise AwsError("InvalidSecurityGroup", f"Security group '{identifier}' does not exist")
        if group.vpc_id != vpc_id:
            raise conflict("One or more security groups are invalid")
    return identifiers


def patch() -> None:
    """moto activates a load balancer when it is described; here that takes a while."""
    FakeLoadBalancer.activate = lambda _balancer: None
