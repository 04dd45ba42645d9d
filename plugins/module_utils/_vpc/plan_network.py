# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The VPC itself, its internet gateway, subnets, route tables and default security group. Pure."""

from __future__ import annotations

import ipaddress
import typing as t

from .._engine.errors import ConflictError, SpecError
from .._engine.plan import Action, Change
from .._resources.security_group import GroupChange, GroupSpec, plan_group
from .model import Subnet
from .plan_data import NewGateway, NewSubnet, NewTable, NewVpc
from .plan_target import Target, create, repair
from .spec import subnet_networks
from .standing import Standing

# What ModifySubnetAttribute can change, as CreateSubnet sets it: nothing gets a public address by itself.
SUBNET_ATTRIBUTES: t.Final[t.Mapping[str, t.Any]] = {
    "assign_ipv6_address_on_creation": False,
    "enable_dns64": False,
    "enable_resource_name_dns_a_record": False,
    "enable_resource_name_dns_aaaa_record": False,
    "hostname_type": "ip-name",
    "map_public_ip_on_launch": False,
}


def plan_vpc(target: Target) -> t.Iterator[Change]:
    """The VPC and its DNS attributes. Raises SpecError if its network would have to change."""
    cidr = str(target.spec.cidr)
    wanted = {"dns_support": True, "dns_hostnames": True}
    vpc = target.standing.vpc
    if vpc is None:
        tags = target.spec.owner.tags("vpc/main")
        yield create("vpc/main", {"cidr": cidr, **wanted}, NewVpc(cidr=cidr, tags=tags))
        return
    if vpc.cidr != cidr:
        raise SpecError(
            "cidr",
            f"is {cidr}, but {vpc.id} in {target.spec.region} has {vpc.cidr}, and AWS cannot change a VPC's network.",
            f"Write {vpc.cidr}, or destroy this region and deploy it again.",
        )
    current = {"dns_support": vpc.dns_support, "dns_hostnames": vpc.dns_hostnames}
    yield from repair(target.spec, "vpc/main", vpc.id, vpc.tags, current, wanted)


def plan_gateway(target: Target) -> t.Iterator[Change]:
    """The internet gateway, attached. Raises ConflictError if ours, or the VPC's, is with someone else."""
    standing = target.standing
    refuse_strayed_gateway(standing)
    if standing.vpc and standing.foreign_gateway:
        raise ConflictError(
            f"internet_gateway/main: {standing.vpc.id} already has {standing.foreign_gateway.id}, whose tags do not "
            "say that it belongs to this stack and environment. Detach it, or give it the tags "
            f"{target.spec.owner.identity()}."
        )
    gateway = standing.gateway
    if gateway is None:
        data = NewGateway(tags=target.spec.owner.tags("internet_gateway/main"))
        yield create("internet_gateway/main", {"attached": True}, data, needs=["vpc/main"])
        return
    current = {"attached": bool(gateway.vpc_id)}
    address = "internet_gateway/main"
    yield from repair(target.spec, address, gateway.id, gateway.tags, current, {"attached": True}, needs=["vpc/main"])


def refuse_strayed_gateway(standing: Standing) -> None:
    """Raises ConflictError if an internet gateway of ours is attached to a VPC that is not."""
    for gateway in standing.strayed_gateways:
        raise ConflictError(
            f"internet_gateway/main: {gateway.id} belongs to this stack by its tags, but is attached to "
            f"{gateway.vpc_id}, which does not. Detach it, or take those tags away."
        )


def plan_subnets(target: Target) -> t.Iterator[Change]:
    """The subnets of the wanted zones. Raises ConflictError if another subnet lies where one of them has to be."""
    for name, zone in target.subnets.items():
        subnet = target.standing.subnets.get(name)
        if subnet is not None:
            current = {key: subnet.attributes.get(key, value) for key, value in SUBNET_ATTRIBUTES.items()}
            yield from repair(target.spec, f"subnet/{name}", subnet.id, subnet.tags, current, SUBNET_ATTRIBUTES)
            continue
        network = subnet_networks(t.cast("ipaddress.IPv4Network", target.spec.cidr))[name]
        _refuse_overlap(target, name, zone, network)
        data = NewSubnet(cidr=str(network), zone=zone, tags=target.spec.owner.tags(f"subnet/{name}"))
        yield create(f"subnet/{name}", {"cidr": str(network), "zone": zone}, data, needs=["vpc/main"])


def _refuse_overlap(target: Target, name: str, zone: str, network: ipaddress.IPv4Network) -> None:
    standing = {subnet.id for subnet in target.standing.subnets.values()}
    for subnet in target.snapshot.subnets:
        if subnet.id not in standing and ipaddress.IPv4Network(subnet.cidr).overlaps(network):
            raise ConflictError(_overlap_message(target, subnet, f"subnet/{name}", zone, str(network)))


def _overlap_message(target: Target, subnet: Subnet, address: str, zone: str, network: str) -> str:
    there = f"{address}: {subnet.id} ({subnet.cidr} in {subnet.zone}) stands where {network} in {zone} has to be"
    if subnet.cidr == network and subnet.zone == zone:
        tags = {**target.spec.owner.identity(), "Resource": address}
        return f"{there}, and its tags do not say that it belongs to this stack. Delete it, or give it the tags {tags}."
    return f"{there}, and AWS cannot move a subnet. Delete it, or choose another cidr for this region."


def plan_tables(target: Target) -> t.Iterator[Change]:
    """One route table for all public subnets, one for each private subnet."""
    for name in target.tables:
        table = target.standing.tables.get(name)
        address = f"route_table/{name}"
        if table is not None:
            yield from repair(target.spec, address, table.id, table.tags, {}, {})
        else:
            yield create(address, {}, NewTable(tags=target.spec.owner.tags(address)), needs=["vpc/main"])


def plan_default_group(target: Target) -> t.Iterator[Change]:
    """The default security group without a rule, so that nothing is reachable by just being in it."""
    group = target.standing.default_group
    spec = GroupSpec(
        owner=target.spec.owner,
        name="default",
        group_name="default",
        description="",
        vpc_id=group.vpc_id if group else "",
        rules=frozenset(),
    )
    if group is not None:
        change = plan_group(spec, group)
        if change:
            yield change
        return
    # AWS makes it with the VPC, and lets everything out and its members in.
    yield Change(
        kind="security_group",
        name="default",
        action=Action.UPDATE,
        reason="new with the VPC, and lets traffic through",
        before={"rules": ["AWS's default rules"]},
        after={"rules": []},
        needs=frozenset({"vpc/main"}),
        data=GroupChange(spec=spec, tags=spec.tags),
    )
