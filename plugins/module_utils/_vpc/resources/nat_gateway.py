# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""NAT gateways. Pure."""

from __future__ import annotations

import dataclasses
import typing as t

from ..._aws import untagged
from ..._aws.changes import create_tagged, repair
from ..._aws.owner import Tags, tags_from
from ..._engine.plan import Change, Step, Wait
from ..._engine.resource import Resource
from ..named import Item, Named, name_each, owns_inside, remove
from ..spec import REGIONAL, SLOTS
from . import vpc

if t.TYPE_CHECKING:
    from ..snapshot import Snapshot
    from ..zones import Layout

KIND: t.Final = "nat_gateway"
ZONAL: t.Final = tuple(f"nat-{slot}" for slot in SLOTS)
NAMES: t.Final = (*ZONAL, REGIONAL)
AVAILABLE: t.Final = "nat_gateway_available"
DELETED: t.Final = "nat_gateway_deleted"


@dataclasses.dataclass(frozen=True, kw_only=True)
class NatGateway:
    """:param state: pending, available, failed or deleting; deleted ones are left out.
    :param failure: AWS's code and message when it failed.
    :param more_addresses: allocation ids of secondary addresses; this layer adds none.
    :param regional: whether it serves all zones. Then it has no subnet, and AWS gives it addresses.
    :param route_table_id: of the table that AWS creates and deletes with a regional one.
    """

    id: str
    state: str
    subnet_id: str
    allocation_id: str
    tags: Tags
    failure: str = ""
    interface_ids: frozenset[str] = frozenset()
    more_addresses: tuple[str, ...] = ()
    regional: bool = False
    route_table_id: str = ""

    @property
    def usable(self) -> bool:
        return self.state in {"pending", "available"}


def parse(item: Item) -> NatGateway:
    """From DescribeNatGateways."""
    addresses = item.get("NatGatewayAddresses") or []
    regional = item.get("AvailabilityMode") == "regional"
    own = () if regional else addresses
    primary: Item = next((a for a in own if a.get("IsPrimary", True)), {})
    more = [a["AllocationId"] for a in own if a is not primary and a.get("AllocationId")]
    failure = ": ".join(item[key] for key in ("FailureCode", "FailureMessage") if item.get(key))
    return NatGateway(
        id=item["NatGatewayId"],
        state=item["State"],
        subnet_id=item.get("SubnetId", ""),
        allocation_id=primary.get("AllocationId", ""),
        tags=tags_from(item.get("Tags")),
        failure=failure,
        more_addresses=tuple(sorted(more)),
        regional=regional,
        route_table_id=item.get("RouteTableId", "") if regional else "",
        interface_ids=frozenset(a["NetworkInterfaceId"] for a in addresses if a.get("NetworkInterfaceId")),
    )


def find(snapshot: Snapshot) -> Named[NatGateway]:
    """By their subnets; the regional one has none. A failed one, or one without its address, is spare."""
    there = {address.id for address in snapshot.addresses}
    subnets = snapshot.own_subnets.by_name.items()
    names = {subnet.id: f"nat-{name[-1]}" for name, subnet in subnets if name.startswith("public")}
    routed = {table.default_target for table in snapshot.own_tables.by_name.values()}

    def name_of(nat: NatGateway) -> str:
        if not nat.usable:
            return ""
        if nat.regional:
            return REGIONAL
        return names.get(nat.subnet_id, "") if nat.allocation_id in there else ""

    return name_each(
        (nat for nat in _own(snapshot) if nat.state != "deleting"),
        name_of,
        NAMES,
        lambda nat: (nat.id not in routed) * 2 + (nat.state != "available"),
    )


def leaving(snapshot: Snapshot) -> tuple[NatGateway, ...]:
    """Those that AWS is deleting; they still hold their subnet and address."""
    return tuple(nat for nat in _own(snapshot) if nat.state == "deleting")


def every(snapshot: Snapshot) -> tuple[NatGateway, ...]:
    """All of this layer, in any state."""
    return (*(nat for _name, nat in snapshot.own_nats.all), *leaving(snapshot))


def _own(snapshot: Snapshot) -> list[NatGateway]:
    owner = snapshot.owner
    addresses = {address.id for address in snapshot.addresses if owner.owns(address.tags)}
    return [nat for nat in snapshot.nats if owns_inside(owner, nat.tags) or nat.allocation_id in addresses]


def deletion(nat: NatGateway) -> str:
    """The address of the wait until AWS has deleted it, which frees its address and subnet."""
    return f"{DELETED}/{nat.id}"


def deletions(snapshot: Snapshot, *, subnet_id: str = "") -> set[str]:
    """The addresses of these waits, for all NAT gateways or for those in a subnet."""
    return {deletion(nat) for nat in every(snapshot) if subnet_id in {"", nat.subnet_id}}


def plan(layout: Layout, snapshot: Snapshot) -> t.Iterator[Step | None]:
    """The wanted NAT gateways, and the waits until they are available and the others are deleted."""
    nats = snapshot.own_nats
    for name in layout.nats:
        nat = nats.by_name.get(name)
        yield repair(layout.spec.owner, f"{KIND}/{name}", nat) if nat else _creation(layout, snapshot, name)
        if nat is None or nat.state == "pending":
            yield layout.awaiting(
                AVAILABLE, name, f"NAT gateway {name} to be available", f"{KIND}/{name}", f"{KIND}/{name}"
            )
    for nat in leaving(snapshot):
        yield _until_deleted(layout, nat)
    # The new route comes before the old NAT gateway goes.
    routes = [f"route/{table}-default" for table in layout.tables]
    for name, nat in layout.unwanted(nats, layout.nats):
        change = remove(KIND, name, nat, layout.why_not(_why_not(layout, name, nat)), needs=routes)
        yield change
        yield _until_deleted(layout, nat, change.address)


def _until_deleted(layout: Layout, nat: NatGateway, *needs: str) -> Wait:
    return layout.awaiting(DELETED, nat.id, f"NAT gateway {nat.id} to be deleted", nat.id, *needs)


def _creation(layout: Layout, snapshot: Snapshot, name: str) -> Change:
    _refuse_untagged(snapshot, name)
    if name == REGIONAL:
        values, needs = {"availability_mode": "regional"}, [vpc.ADDRESS]
    else:
        address = snapshot.own_addresses.by_name.get(name)
        holders = [deletion(nat) for nat in leaving(snapshot) if address and nat.allocation_id == address.id]
        values, needs = {"subnet": f"public-{name[-1]}", "elastic_ip": name}, [*needed(name), *holders]
    # Without an attached internet gateway it would end in state failed (Gateway.NotAttached).
    needs.append("internet_gateway/main")
    return create_tagged(layout.spec.owner, f"{KIND}/{name}", values, needs=needs, reason=_why(snapshot, name))


def _refuse_untagged(snapshot: Snapshot, name: str) -> None:
    """Raises ConflictError if a default route leads to an untagged one in its place, which may be this layer's."""
    routed = {table.default_target: table.id for table in snapshot.own_tables.by_name.values()}
    for nat in snapshot.nats:
        if _is_in_place_of(snapshot, nat, name) and nat.usable and nat.id in routed and nat not in _own(snapshot):
            where = f" in {nat.subnet_id}" if nat.subnet_id else ""
            what = f"the default route of {routed[nat.id]} in {snapshot.region} leads to {nat.id}{where}"
            raise untagged.conflict(snapshot.owner, f"{KIND}/{name}", what, "remove that route")


def needed(name: str) -> tuple[str, str]:
    """The addresses of a NAT gateway's subnet and Elastic IP address."""
    return f"subnet/public-{name[-1]}", f"elastic_ip/{name}"


def _why(snapshot: Snapshot, name: str) -> str:
    for nat in snapshot.own_nats.spare:
        if _is_in_place_of(snapshot, nat, name):
            if nat.state == "failed":
                return f"missing: {nat.id} failed ({nat.failure})"
            return f"missing: {nat.id} has lost its Elastic IP address"
    return "missing"


def _is_in_place_of(snapshot: Snapshot, nat: NatGateway, name: str) -> bool:
    """Whether it is where the NAT gateway of this name has to be, in any state."""
    if name == REGIONAL or nat.regional:
        return nat.regional and name == REGIONAL
    subnet = snapshot.own_subnets.by_name.get(f"public-{name[-1]}")
    return subnet is not None and nat.subnet_id == subnet.id


def _why_not(layout: Layout, name: str, nat: NatGateway) -> str:
    if name:
        return f"not wanted with nat_gateways {layout.spec.nat_gateways}"
    return f"failed ({nat.failure})" if nat.state == "failed" else "another takes its place"


def additions(snapshot: Snapshot) -> t.Iterator[str]:
    """Addresses that others have added, a sentence each."""
    for nat in snapshot.nats:
        if nat.more_addresses and nat.usable and snapshot.owner.owns(nat.tags):
            yield (
                f"{nat.tags['Resource']}: {nat.id} in {snapshot.region} has addresses that this stack did not give it: "
                f"{', '.join(nat.more_addresses)}."
            )


RESOURCE: t.Final = Resource(kind=KIND, plan=plan, identify=lambda snapshot: snapshot.own_nats.identify(KIND))
