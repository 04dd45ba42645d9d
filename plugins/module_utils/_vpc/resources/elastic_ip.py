# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Elastic IP addresses, one for each NAT gateway. Pure."""

from __future__ import annotations

import dataclasses
import typing as t

from ..._aws.changes import repair
from ..._aws.owner import Tags, tags_from
from ..._engine.changes import create
from ..._engine.errors import ConflictError
from ..._engine.plan import Change
from ..._engine.resource import Resource
from ..named import Item, Named, name_each, remove, tagged_name
from . import nat_gateway
from .nat_gateway import NatGateway

if t.TYPE_CHECKING:
    from ..snapshot import Snapshot
    from ..zones import Layout

KIND: t.Final = "elastic_ip"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Address:
    """:param id: the allocation's.
    :param interface_id: the network interface it is associated with; empty for none.
    """

    id: str
    public_ip: str
    tags: Tags
    associated: bool = False
    interface_id: str = ""


@dataclasses.dataclass(frozen=True, kw_only=True)
class NewAddress:
    """``Change.data`` of a creation.

    :param besides: ids of unusable ones with the same tags.
    """

    tags: Tags
    besides: frozenset[str] = frozenset()


def parse(item: Item) -> Address:
    """From DescribeAddresses."""
    return Address(
        id=item["AllocationId"],
        public_ip=item["PublicIp"],
        tags=tags_from(item.get("Tags")),
        associated=bool(item.get("AssociationId")),
        interface_id=item.get("NetworkInterfaceId", ""),
    )


def without_holders(addresses: t.Iterable[Address], deleted: t.Iterable[NatGateway]) -> tuple[Address, ...]:
    """The addresses, with those of deleted NAT gateways as free: they may have been read before the deletion."""
    gone = frozenset().union(*(nat.interface_ids for nat in deleted))
    return tuple(
        dataclasses.replace(item, associated=False, interface_id="") if item.interface_id in gone else item
        for item in addresses
    )


def find(snapshot: Snapshot) -> Named[Address]:
    """By the NAT gateways that use them, or by their tags."""
    nats = snapshot.own_nats
    users = {nat.allocation_id: name for name, nat in nats.by_name.items()}
    # Cannot be used again before its NAT gateway is deleted, which comes last: allocate a new one instead.
    taken = {nat.allocation_id for nat in nats.spare if nat.usable} - users.keys()
    return name_each(
        [item for item in snapshot.addresses if item.id in users or snapshot.owner.owns(item.tags)],
        lambda item: "" if item.id in taken else users.get(item.id) or tagged_name(KIND, item.tags),
        nat_gateway.ZONAL,
        lambda item: (item.id not in users) * 2 + item.associated,
    )


def plan(layout: Layout, snapshot: Snapshot) -> t.Iterator[Change | None]:
    """An address for each wanted NAT gateway. Others are released; copies only with the network.

    Raises ConflictError if the state is absent and something else uses one.
    """
    owner, found = layout.spec.owner, snapshot.own_addresses
    for name in layout.zonal_nats:
        address = f"{KIND}/{name}"
        if name in found.by_name:
            yield repair(owner, address, found.by_name[name])
        else:
            data = NewAddress(tags=owner.tags(address), besides=frozenset(item.id for item in found.spare))
            yield create(address, {"domain": "vpc"}, data=data)
    holders = {nat.allocation_id: nat_gateway.deletion(nat) for nat in nat_gateway.every(snapshot)}
    for name, item in layout.unwanted(found, layout.zonal_nats):
        holder = holders.get(item.id)
        if layout.spec.absent and item.associated and not holder:
            raise _in_use(snapshot, item)
        if holder or layout.spec.absent or not (item.associated or _is_copy(layout, item)):
            why = layout.why_not("no NAT gateway needs it")
            before = {"public_ip": item.public_ip}
            yield remove(KIND, name, item, why, before=before, needs=[holder] if holder else [])


def _in_use(snapshot: Snapshot, item: Address) -> ConflictError:
    user = f" by {item.interface_id}" if item.interface_id else ""
    return ConflictError(
        f"{KIND}/{item.id}: {item.public_ip} in {snapshot.region} has this stack's tags, and is in use{user}, which is "
        "not one of its NAT gateways. Disassociate it, or remove those tags."
    )


def _is_copy(layout: Layout, item: Address) -> bool:
    """Whether it has the tags of another address: users may have copied them. No run leaves such a copy."""
    return tagged_name(KIND, item.tags) in layout.zonal_nats


def additions(layout: Layout, snapshot: Snapshot) -> t.Iterator[str]:
    """Unused copies, a sentence each."""
    holding = {nat.allocation_id for nat in nat_gateway.every(snapshot)}
    for _name, item in layout.unwanted(snapshot.own_addresses, layout.zonal_nats):
        if item.id not in holding and not item.associated and _is_copy(layout, item):
            yield (
                f"{item.id} ({item.public_ip}) in {snapshot.region} has this stack's tags, and no NAT gateway uses it. "
                "Only destroy.yml releases it: release it, or remove those tags."
            )


RESOURCE: t.Final = Resource(
    kind=KIND,
    plan=plan,
    identify=lambda snapshot: {
        f"{KIND}/{name}": {"id": item.id, "public_ip": item.public_ip}
        for name, item in snapshot.own_addresses.by_name.items()
    },
)
