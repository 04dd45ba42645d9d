# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the shapes of EC2's answers to our values. Pure."""

from __future__ import annotations

import dataclasses
import json
import typing as t

from .model import Address, Association, Endpoint, Interface, InternetGateway, NatGateway, RouteTable, Subnet, Vpc
from .spec import ANYWHERE

Item: t.TypeAlias = "t.Mapping[str, t.Any]"

# Where a Route says what it leads to. An instance's route also names its interface, so the interface comes last.
_ROUTE_TARGETS: t.Final = (
    "GatewayId",
    "NatGatewayId",
    "TransitGatewayId",
    "VpcPeeringConnectionId",
    "LocalGatewayId",
    "CarrierGatewayId",
    "CoreNetworkArn",
    "OdbNetworkArn",
    "EgressOnlyInternetGatewayId",
    "InstanceId",
    "NetworkInterfaceId",
)
_LINKED: t.Final = frozenset({"associating", "associated"})
# The model says "attached", the service says "available" (DescribeInternetGateways).
_ATTACHED: t.Final = frozenset({"available", "attached", "attaching"})


def tags_of(item: Item, key: str = "Tags") -> dict[str, str]:
    """EC2's list of tags as a dict."""
    return {tag["Key"]: tag.get("Value", "") for tag in item.get(key) or ()}


def parse_vpc(item: Item) -> Vpc:
    """From DescribeVpcs; the DNS attributes are not in there."""
    ipv6 = [
        link["Ipv6CidrBlock"]
        for link in item.get("Ipv6CidrBlockAssociationSet") or ()
        if (link.get("Ipv6CidrBlockState") or {}).get("State", "associated") in _LINKED
    ]
    return Vpc(id=item["VpcId"], cidr=item["CidrBlock"], tags=tags_of(item), ipv6_cidrs=tuple(sorted(ipv6)))


def parse_gateway(item: Item) -> InternetGateway:
    """From DescribeInternetGateways."""
    attached = [link["VpcId"] for link in item.get("Attachments") or () if link.get("State") in _ATTACHED]
    return InternetGateway(id=item["InternetGatewayId"], tags=tags_of(item), vpc_id=attached[0] if attached else "")


def parse_subnet(item: Item) -> Subnet:
    """From DescribeSubnets."""
    dns = item.get("PrivateDnsNameOptionsOnLaunch") or {}
    found = {
        "assign_ipv6_address_on_creation": item.get("AssignIpv6AddressOnCreation"),
        "enable_dns64": item.get("EnableDns64"),
        "enable_resource_name_dns_a_record": dns.get("EnableResourceNameDnsARecord"),
        "enable_resource_name_dns_aaaa_record": dns.get("EnableResourceNameDnsAAAARecord"),
        "hostname_type": dns.get("HostnameType"),
        "map_public_ip_on_launch": item.get("MapPublicIpOnLaunch"),
    }
    return Subnet(
        id=item["SubnetId"],
        cidr=item["CidrBlock"],
        zone=item["AvailabilityZone"],
        tags=tags_of(item),
        attributes={key: value for key, value in found.items() if value is not None},
    )


def parse_table(item: Item) -> RouteTable:
    """From DescribeRouteTables."""
    links = [
        link
        for link in item.get("Associations") or ()
        if (link.get("AssociationState") or {}).get("State") not in {"disassociating", "disassociated", "failed"}
    ]
    default: Item = next((r for r in item.get("Routes") or () if r.get("DestinationCidrBlock") == ANYWHERE), {})
    return RouteTable(
        id=item["RouteTableId"],
        tags=tags_of(item),
        main=any(link.get("Main") for link in links),
        associations=tuple(
            Association(id=link["RouteTableAssociationId"], subnet_id=link["SubnetId"])
            for link in links
            if link.get("SubnetId")
        ),
        default_target=next((default[key] for key in _ROUTE_TARGETS if default.get(key)), "" if not default else "?"),
        blackhole=default.get("State") == "blackhole",
    )


def parse_nat(item: Item) -> NatGateway:
    """From DescribeNatGateways."""
    addresses = item.get("NatGatewayAddresses") or []
    primary: Item = next((a for a in addresses if a.get("IsPrimary", True)), {})
    more = [a["AllocationId"] for a in addresses if a is not primary and a.get("AllocationId")]
    failure = ": ".join(item[key] for key in ("FailureCode", "FailureMessage") if item.get(key))
    return NatGateway(
        id=item["NatGatewayId"],
        state=item["State"],
        subnet_id=item.get("SubnetId", ""),
        allocation_id=primary.get("AllocationId", ""),
        tags=tags_of(item),
        failure=failure,
        more_addresses=tuple(sorted(more)),
        interface_ids=frozenset(a["NetworkInterfaceId"] for a in addresses if a.get("NetworkInterfaceId")),
    )


def parse_address(item: Item) -> Address:
    """From DescribeAddresses."""
    return Address(
        id=item["AllocationId"],
        public_ip=item["PublicIp"],
        tags=tags_of(item),
        associated=bool(item.get("AssociationId")),
        interface_id=item.get("NetworkInterfaceId", ""),
    )


def without_holders(addresses: t.Iterable[Address], deleted: t.Iterable[NatGateway]) -> tuple[Address, ...]:
    """The addresses, those of deleted NAT gateways as free: they may have been read while these still held them."""
    gone = frozenset().union(*(nat.interface_ids for nat in deleted))
    return tuple(
        dataclasses.replace(item, associated=False, interface_id="") if item.interface_id in gone else item
        for item in addresses
    )


def parse_endpoint(item: Item) -> Endpoint:
    """From DescribeVpcEndpoints."""
    return Endpoint(
        id=item["VpcEndpointId"],
        service=item["ServiceName"],
        tags=tags_of(item),
        route_table_ids=frozenset(item.get("RouteTableIds") or ()),
        open_policy=_allows_everything(item.get("PolicyDocument") or ""),
    )


def parse_interface(item: Item) -> Interface:
    """From DescribeNetworkInterfaces."""
    return Interface(
        id=item["NetworkInterfaceId"],
        subnet_id=item.get("SubnetId", ""),
        description=item.get("Description") or "",
        managed=bool(item.get("RequesterManaged")),
    )


def is_nat_interface(item: Item) -> bool:
    """True for an interface that comes and goes with a NAT gateway."""
    return item.get("InterfaceType") in {"nat_gateway", "natGateway"}


def _allows_everything(document: str) -> bool:
    try:
        statements = json.loads(document or "{}").get("Statement", [])
    except (ValueError, AttributeError):
        return False
    statements = statements if isinstance(statements, list) else [statements]
    return [_simplified(statement) for statement in statements] == [
        {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
    ]


def _simplified(statement: Item) -> dict[str, t.Any]:
    """A policy statement in which a list of one is that one, and ``{"AWS": "*"}`` is everyone."""
    parts = {
        key: value[0] if isinstance(value, list) and len(value) == 1 else value for key, value in statement.items()
    }
    if parts.get("Principal") == {"AWS": "*"}:
        parts["Principal"] = "*"
    parts.pop("Sid", None)
    return parts
