# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A public and a private subnet in every zone. Pure."""

from __future__ import annotations

import dataclasses
import ipaddress
import typing as t

from ..._aws import untagged
from ..._aws.changes import create_tagged, repair
from ..._aws.owner import Tags, tags_from
from ..._engine import field
from ..._engine.errors import ConflictError
from ..._engine.field import Answer, Field
from ..._engine.plan import Change
from ..._engine.resource import Resource
from ..named import Item, Named, name_each, owns_inside, remove
from ..spec import letter, subnet_networks
from . import interface_endpoint, nat_gateway, network_interface, vpc

if t.TYPE_CHECKING:
    from ..snapshot import Snapshot
    from ..zones import Layout

KIND: t.Final = "subnet"


def _flag(name: str, key: str) -> Field:
    return Field(
        name=name,
        read=lambda answer: bool(answer.get(key)),
        write=lambda value: {key: {"Value": value}},
        default=False,
    )


def _record(name: str, key: str) -> Field:
    return Field(
        name=name,
        read=lambda answer: bool(_on_launch(answer).get(key)),
        write=lambda value: {f"{key}OnLaunch": {"Value": value}},
        default=False,
    )


def _on_launch(answer: Answer) -> Answer:
    return answer.get("PrivateDnsNameOptionsOnLaunch") or {}


# What ModifySubnetAttribute can change, one at a time.
FIELDS: t.Final = (
    _flag("assign_ipv6_address_on_creation", "AssignIpv6AddressOnCreation"),
    _flag("enable_dns64", "EnableDns64"),
    _record("enable_resource_name_dns_a_record", "EnableResourceNameDnsARecord"),
    _record("enable_resource_name_dns_aaaa_record", "EnableResourceNameDnsAAAARecord"),
    Field(
        name="hostname_type",
        read=lambda answer: _on_launch(answer).get("HostnameType", "ip-name"),
        write=lambda value: {"PrivateDnsHostnameTypeOnLaunch": value},
        default="ip-name",
    ),
    _flag("map_public_ip_on_launch", "MapPublicIpOnLaunch"),
)
# As CreateSubnet sets them: no automatic public addresses.
ATTRIBUTES: t.Final[t.Mapping[str, t.Any]] = {each.name: each.default for each in FIELDS}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Subnet:
    """:param attributes: by the names of FIELDS."""

    id: str
    cidr: str
    zone: str
    tags: Tags
    attributes: t.Mapping[str, t.Any] = dataclasses.field(default_factory=lambda: ATTRIBUTES)
    vpc_id: str = ""


def parse(item: Item) -> Subnet:
    """From DescribeSubnets."""
    return Subnet(
        id=item["SubnetId"],
        cidr=item["CidrBlock"],
        zone=item["AvailabilityZone"],
        tags=tags_from(item.get("Tags")),
        attributes=field.read(FIELDS, item),
        vpc_id=item["VpcId"],
    )


def find(snapshot: Snapshot) -> Named[Subnet]:
    """By their networks and zones."""
    networks = subnet_networks(ipaddress.IPv4Network(snapshot.vpc.cidr)) if snapshot.vpc else {}
    names = {str(network): name for name, network in networks.items()}

    def name_of(subnet: Subnet) -> str:
        name = names.get(subnet.cidr, "")
        return name if name[-1:] == letter(subnet.zone) else ""

    own = (subnet for subnet in snapshot.subnets if owns_inside(snapshot.owner, subnet.tags))
    return name_each(own, name_of, networks)


def refuse_elsewhere(snapshot: Snapshot, own: t.Sequence[Subnet]) -> None:
    """Raises ConflictError for subnets of this layer without a VPC of this layer: the VPC has lost its tags."""
    for vpc_id in sorted({item.vpc_id for item in own}):
        ids = ", ".join(sorted(item.id for item in own if item.vpc_id == vpc_id))
        what = f"{vpc_id} in {snapshot.region} has this stack's subnets {ids}"
        raise untagged.conflict(snapshot.owner, vpc.ADDRESS, what, "remove those tags")


def plan(layout: Layout, snapshot: Snapshot) -> t.Iterator[Change | None]:
    """The subnets of the wanted zones. Raises ConflictError if another subnet overlaps one of them."""
    subnets = snapshot.own_subnets
    for name, zone in layout.subnets.items():
        if name in subnets.by_name:
            found = subnets.by_name[name]
            yield repair(layout.spec.owner, f"{KIND}/{name}", found, found.attributes, ATTRIBUTES)
        else:
            yield _creation(layout, snapshot, name, zone)
    for name, found in layout.unwanted(subnets, layout.subnets):
        if name or layout.spec.absent:
            yield remove(
                KIND,
                name,
                found,
                layout.why_not("its zone is no longer wanted"),
                before={"cidr": found.cidr, "zone": found.zone},
                needs={
                    *nat_gateway.deletions(snapshot, subnet_id=found.id),
                    *interface_endpoint.holders(snapshot, found.id),
                    network_interface.gone(snapshot),
                },
            )


def _creation(layout: Layout, snapshot: Snapshot, name: str, zone: str) -> Change:
    address = f"{KIND}/{name}"
    network = subnet_networks(t.cast("ipaddress.IPv4Network", layout.spec.cidr))[name]
    named = {subnet.id for subnet in snapshot.own_subnets.by_name.values()}
    for other in snapshot.subnets:
        if other.id not in named and ipaddress.IPv4Network(other.cidr).overlaps(network):
            raise _in_the_way(layout, other, address, zone, str(network))
    values = {"cidr": str(network), "zone": zone}
    return create_tagged(layout.spec.owner, address, values, needs=[vpc.ADDRESS])


def _in_the_way(layout: Layout, other: Subnet, address: str, zone: str, network: str) -> ConflictError:
    there = f"{other.id} ({other.cidr} in {other.zone}) is where {network} in {zone} has to be"
    if other.cidr == network and other.zone == zone:
        return untagged.conflict(layout.spec.owner, address, there, "delete it")
    return ConflictError(
        f"{address}: {there}, and AWS cannot move a subnet. Delete it, or choose another cidr for this region."
    )


RESOURCE: t.Final = Resource(kind=KIND, plan=plan, identify=lambda snapshot: snapshot.own_subnets.identify(KIND))
