# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The writes: VPC, internet gateway, subnets, route tables, routes, default security group, endpoint."""

from __future__ import annotations

import dataclasses
import typing as t

from .._engine.apply import ChangeHandler
from .._engine.context import Context
from .._engine.errors import AwsError, ConflictError
from .._engine.known import Known
from .._engine.plan import Action, Change
from .._engine.retry import create_once, until_found
from .._resources.security_group import GroupChange, compare_rules, parse_group
from .._resources.security_group_calls import update_group
from .apply_routes import ROUTE_CHANGES
from .calls import by_tags, create_single, ids, ignoring, remove, set_tags, soon, tagged
from .observe import by, read
from .plan_data import NewGateway, NewSubnet, NewVpc, Removal, Repair

# Attribute in the diff → parameter of ModifyVpcAttribute and ModifySubnetAttribute, which take one at a time.
_VPC_ATTRIBUTES: t.Final = {"dns_support": "EnableDnsSupport", "dns_hostnames": "EnableDnsHostnames"}
_SUBNET_ATTRIBUTES: t.Final = {
    "assign_ipv6_address_on_creation": "AssignIpv6AddressOnCreation",
    "enable_dns64": "EnableDns64",
    "enable_resource_name_dns_a_record": "EnableResourceNameDnsARecordOnLaunch",
    "enable_resource_name_dns_aaaa_record": "EnableResourceNameDnsAAAARecordOnLaunch",
    "map_public_ip_on_launch": "MapPublicIpOnLaunch",
}


def create_vpc(ctx: Context, change: Change, known: Known) -> None:
    """Create the VPC. Its DNS attributes are drift until they are set, should this be cut off in between."""
    data: NewVpc = change.data
    ec2 = ctx.client("ec2")

    def create() -> str:
        answer = ctx.client("ec2", retry=False).create_vpc(
            CidrBlock=data.cidr, TagSpecifications=tagged("vpc", data.tags)
        )
        return str(answer["Vpc"]["VpcId"])

    vpc_id = create_single(
        ctx,
        change.address,
        create=create,
        find=lambda: ids(read(ctx, "describe_vpcs", "Vpcs", by_tags(data.tags)), "VpcId"),
        delete=lambda own: remove(ctx, lambda: ec2.delete_vpc(VpcId=own)),
    )
    known.put(change.address, id=vpc_id)
    soon(ctx, lambda: ec2.modify_vpc_attribute(VpcId=vpc_id, EnableDnsHostnames={"Value": True}))


def update_vpc(ctx: Context, change: Change, _known: Known) -> None:
    """Set what differs. Hostnames need support, which is in front in the mapping."""
    data: Repair = change.data
    for name, parameter in _VPC_ATTRIBUTES.items():
        if name in data.values:
            ctx.client("ec2").modify_vpc_attribute(VpcId=data.id, **{parameter: {"Value": data.values[name]}})
    set_tags(ctx, data.id, data.tags)


def delete_vpc(ctx: Context, change: Change, known: Known) -> None:
    """Delete the VPC; its default security group and main route table go with it."""
    data: Removal = change.data
    remove(ctx, lambda: ctx.client("ec2").delete_vpc(VpcId=data.id))
    known.forget(change.address)


def create_gateway(ctx: Context, change: Change, known: Known) -> None:
    """Create the internet gateway and attach it."""
    data: NewGateway = change.data
    ec2 = ctx.client("ec2")

    def create() -> str:
        answer = ctx.client("ec2", retry=False).create_internet_gateway(
            TagSpecifications=tagged("internet-gateway", data.tags)
        )
        return str(answer["InternetGateway"]["InternetGatewayId"])

    def find() -> list[str]:
        found = read(ctx, "describe_internet_gateways", "InternetGateways", by_tags(data.tags))
        return ids(found, "InternetGatewayId")

    gateway_id = create_single(
        ctx,
        change.address,
        create=create,
        find=find,
        delete=lambda own: remove(ctx, lambda: ec2.delete_internet_gateway(InternetGatewayId=own)),
    )
    known.put(change.address, id=gateway_id)
    _attach(ctx, gateway_id, known.get("vpc/main"))


def update_gateway(ctx: Context, change: Change, known: Known) -> None:
    """Attach it again, repair tags."""
    data: Repair = change.data
    if "attached" in data.values:
        _attach(ctx, data.id, known.get("vpc/main"))
    set_tags(ctx, data.id, data.tags)


def _attach(ctx: Context, gateway_id: str, vpc_id: str) -> None:
    def attach() -> object:
        return ctx.client("ec2").attach_internet_gateway(InternetGatewayId=gateway_id, VpcId=vpc_id)

    if ignoring(lambda: soon(ctx, attach), "Resource.AlreadyAssociated", "InvalidParameterValue") is not None:
        return
    attached = read(ctx, "describe_internet_gateways", "InternetGateways", by("attachment.vpc-id", vpc_id))
    if gateway_id not in ids(attached, "InternetGatewayId"):
        raise ConflictError(
            f"internet_gateway/main: {gateway_id} cannot be attached to {vpc_id}: one of the two has another partner. "
            "Run this again to see which."
        )


def delete_gateway(ctx: Context, change: Change, known: Known) -> None:
    """Detach the internet gateway and delete it."""
    data: Removal = change.data
    ec2 = ctx.client("ec2")
    if data.vpc_id:
        remove(
            ctx,
            lambda: ec2.detach_internet_gateway(InternetGatewayId=data.id, VpcId=data.vpc_id),
            "Gateway.NotAttached",
        )
    remove(ctx, lambda: ec2.delete_internet_gateway(InternetGatewayId=data.id))
    known.forget(change.address)


def create_subnet(ctx: Context, change: Change, known: Known) -> None:
    """Create a subnet. AWS makes no two with one network in a VPC, so what is there is either ours or in the way."""
    data: NewSubnet = change.data
    vpc_id = known.get("vpc/main")

    def create() -> str:
        answer = ctx.client("ec2", retry=False).create_subnet(
            VpcId=vpc_id,
            CidrBlock=data.cidr,
            AvailabilityZone=data.zone,
            TagSpecifications=tagged("subnet", data.tags),
        )
        return str(answer["Subnet"]["SubnetId"])

    def find() -> str | None:
        ours = [*by("vpc-id", vpc_id), *by("cidr-block", data.cidr), *by_tags(data.tags)]
        return next(iter(ids(read(ctx, "describe_subnets", "Subnets", ours), "SubnetId")), None)

    # A conflict with ours: another run was quicker, or the answer to the first attempt was lost.
    made = ignoring(lambda: create_once(ctx, lambda: soon(ctx, create), find), "InvalidSubnet.Conflict") or until_found(
        ctx, find
    )
    if made is None:
        raise ConflictError(
            f"{change.address}: another subnet of {vpc_id} overlaps {data.cidr}. Run this again to see which."
        )
    known.put(change.address, id=made)


def update_subnet(ctx: Context, change: Change, _known: Known) -> None:
    """Set what differs."""
    data: Repair = change.data
    ec2 = ctx.client("ec2")
    for name, value in data.values.items():
        if name == "hostname_type":
            ec2.modify_subnet_attribute(SubnetId=data.id, PrivateDnsHostnameTypeOnLaunch=value)
        else:
            ec2.modify_subnet_attribute(SubnetId=data.id, **{_SUBNET_ATTRIBUTES[name]: {"Value": value}})
    set_tags(ctx, data.id, data.tags)


def delete_subnet(ctx: Context, change: Change, known: Known) -> None:
    """Delete a subnet; its association with a route table goes with it."""
    data: Removal = change.data
    remove(ctx, lambda: ctx.client("ec2").delete_subnet(SubnetId=data.id))
    known.forget(change.address)


def update_default_group(ctx: Context, change: Change, known: Known) -> None:
    """Take all rules out of the default security group, which AWS made with the VPC."""
    data: GroupChange = change.data
    if data.group_id:
        update_group(ctx, change, known)
        return
    filters = [*by("vpc-id", known.get("vpc/main")), *by("group-name", "default")]
    listed = until_found(ctx, lambda: read(ctx, "describe_security_groups", "SecurityGroups", filters) or None)
    if listed is None:
        raise AwsError(
            f"DescribeSecurityGroups in {ctx.region} does not show the new VPC's default security group yet; run again."
        )
    found = parse_group(listed[0])
    known.put(change.address, id=found.id)
    delta = compare_rules(found.rules, data.spec.rules)
    update_group(
        ctx, dataclasses.replace(change, data=dataclasses.replace(data, group_id=found.id, delta=delta)), known
    )


CHANGES: t.Final[t.Mapping[tuple[str, Action], ChangeHandler]] = {
    ("vpc", Action.CREATE): create_vpc,
    ("vpc", Action.UPDATE): update_vpc,
    ("vpc", Action.DELETE): delete_vpc,
    ("internet_gateway", Action.CREATE): create_gateway,
    ("internet_gateway", Action.UPDATE): update_gateway,
    ("internet_gateway", Action.DELETE): delete_gateway,
    ("subnet", Action.CREATE): create_subnet,
    ("subnet", Action.UPDATE): update_subnet,
    ("subnet", Action.DELETE): delete_subnet,
    ("security_group", Action.UPDATE): update_default_group,
    **ROUTE_CHANGES,
}
