# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Route tables, one for all public subnets and one for each private subnet, and their associations. Pure."""

from __future__ import annotations

import dataclasses
import typing as t

from ..._aws import untagged
from ..._aws.changes import create_tagged, repair
from ..._aws.owner import Tags, tags_from
from ..._engine.changes import create, update
from ..._engine.plan import Change
from ..._engine.resource import Resource
from ..named import Item, Named, name_each, owns_inside, remove, tagged_name
from ..spec import ANYWHERE, SLOTS, SUBNET_NAMES
from . import vpc

if t.TYPE_CHECKING:
    from ..snapshot import Snapshot
    from ..zones import Layout

KIND: t.Final = "route_table"
ASSOCIATION: t.Final = "route_table_association"
NAMES: t.Final = ("public", *(f"private-{slot}" for slot in SLOTS))
# The members of a Route that may name its target. An instance's route also names its interface, so that comes last.
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


@dataclasses.dataclass(frozen=True, kw_only=True)
class Association:
    """An explicit association of a subnet with a route table."""

    id: str
    subnet_id: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class RouteTable:
    """:param main: whether it applies to subnets without an association.
    :param default_target: where 0.0.0.0/0 goes (an id of any kind); empty if there is no such route.
    :param blackhole: whether that target no longer works.
    """

    id: str
    tags: Tags
    main: bool = False
    associations: tuple[Association, ...] = ()
    default_target: str = ""
    blackhole: bool = False


@dataclasses.dataclass(frozen=True, kw_only=True)
class Link:
    """``Change.data``.

    :param subnet: its address, like ``table``.
    :param association_id: the association to replace; empty if the subnet has none.
    """

    subnet: str
    table: str
    association_id: str = ""


def parse(item: Item) -> RouteTable:
    """From DescribeRouteTables."""
    links = [
        link
        for link in item.get("Associations") or ()
        if (link.get("AssociationState") or {}).get("State") not in {"disassociating", "disassociated", "failed"}
    ]
    default: Item = next((r for r in item.get("Routes") or () if r.get("DestinationCidrBlock") == ANYWHERE), {})
    return RouteTable(
        id=item["RouteTableId"],
        tags=tags_from(item.get("Tags")),
        main=any(link.get("Main") for link in links),
        associations=tuple(
            Association(id=link["RouteTableAssociationId"], subnet_id=link["SubnetId"])
            for link in links
            if link.get("SubnetId")
        ),
        default_target=next((default[key] for key in _ROUTE_TARGETS if default.get(key)), "" if not default else "?"),
        blackhole=default.get("State") == "blackhole",
    )


def find(snapshot: Snapshot) -> Named[RouteTable]:
    """By their tags, or by the subnets that use them."""
    names = {subnet.id: table_for(name) for name, subnet in snapshot.own_subnets.by_name.items()}

    def name_of(table: RouteTable) -> str:
        tagged = tagged_name(KIND, table.tags)
        used_by = [names[link.subnet_id] for link in table.associations if link.subnet_id in names]
        return tagged if tagged in NAMES or not used_by else used_by[0]

    own = [table for table in snapshot.route_tables if owns_inside(snapshot.owner, table.tags)]
    return name_each(own, name_of, NAMES, lambda table: -len(table.associations))


def table_for(subnet: str) -> str:
    """The name of the route table that a subnet uses."""
    return "public" if subnet.startswith("public") else subnet


def plan(layout: Layout, snapshot: Snapshot) -> t.Iterator[Change | None]:
    """The route tables of the wanted zones."""
    owner, tables = layout.spec.owner, snapshot.own_tables
    for name in layout.tables:
        address = f"{KIND}/{name}"
        if name in tables.by_name:
            yield repair(owner, address, tables.by_name[name])
        else:
            _refuse_untagged(snapshot, name)
            yield create_tagged(owner, address, {}, needs=[vpc.ADDRESS])
    # A table is deleted once no subnet uses it and no endpoint has a route in it.
    subnets = {*SUBNET_NAMES, *(item.id for item in snapshot.own_subnets.spare)}
    endpoints = {"s3", *(item.id for item in snapshot.own_endpoints.spare)}
    needs = {
        *(f"{kind}/{name}" for kind in ("subnet", "route_table_association") for name in subnets),
        *(f"vpc_endpoint/{name}" for name in endpoints),
    }
    for name, table in layout.unwanted(tables, layout.tables):
        if not table.main:  # AWS deletes the main one with the VPC
            why = "its zone is no longer wanted" if name else "a duplicate"
            yield remove(KIND, name, table, layout.why_not(why), needs=needs)


def _refuse_untagged(snapshot: Snapshot, name: str) -> None:
    """Raises ConflictError if an untagged table serves the subnets of a missing one: it may be that one."""
    subnets = {item.id for subnet, item in snapshot.own_subnets.by_name.items() if table_for(subnet) == name}
    for table in snapshot.route_tables:
        served = sorted(link.subnet_id for link in table.associations if link.subnet_id in subnets)
        # AWS creates the main one with the VPC.
        if served and not (table.main or owns_inside(snapshot.owner, table.tags)):
            what = f"{table.id} in {snapshot.region} is the route table of {', '.join(served)}"
            raise untagged.conflict(snapshot.owner, f"{KIND}/{name}", what, "take it off these subnets")


def plan_associations(layout: Layout, snapshot: Snapshot) -> t.Iterator[Change | None]:
    """Each subnet with its table. A foreign table of the VPC may have taken a subnet."""
    links = {link.subnet_id: (link.id, table.id) for table in snapshot.route_tables for link in table.associations}
    for name in layout.subnets:
        table_name = table_for(name)
        subnet = snapshot.own_subnets.by_name.get(name)
        table = snapshot.own_tables.by_name.get(table_name)
        link_id, table_id = links.get(subnet.id, ("", "")) if subnet else ("", "")
        if table is not None and table_id == table.id:
            continue
        data = Link(subnet=f"subnet/{name}", table=f"route_table/{table_name}", association_id=link_id)
        needs = {data.subnet, data.table}
        address, after = f"{ASSOCIATION}/{name}", {"route_table": table_name}
        if link_id:
            yield update(address, {"route_table": table_id}, after, data=data, needs=needs)
        else:
            yield create(address, after, data=data, needs=needs)


RESOURCE: t.Final = Resource(kind=KIND, plan=plan, identify=lambda snapshot: snapshot.own_tables.identify(KIND))
ASSOCIATIONS: t.Final = Resource(kind=ASSOCIATION, plan=plan_associations)
