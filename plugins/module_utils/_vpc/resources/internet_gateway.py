# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The internet gateway, attached to the VPC. Pure."""

from __future__ import annotations

import dataclasses
import typing as t

from ..._aws import untagged
from ..._aws.changes import create_tagged, repair
from ..._aws.owner import Tags, tags_from
from ..._engine.plan import Change
from ..._engine.resource import Resource
from ..named import Item, Named, name_each, owns_inside, remove
from . import nat_gateway, network_interface, vpc

if t.TYPE_CHECKING:
    from ..snapshot import Snapshot
    from ..zones import Layout

KIND: t.Final = "internet_gateway"
ADDRESS: t.Final = "internet_gateway/main"
# The model says "attached", the service says "available" (DescribeInternetGateways).
_ATTACHED: t.Final = frozenset({"available", "attached", "attaching"})


@dataclasses.dataclass(frozen=True, kw_only=True)
class InternetGateway:
    """:param vpc_id: the VPC it is attached to; empty for none."""

    id: str
    tags: Tags
    vpc_id: str = ""


def parse(item: Item) -> InternetGateway:
    """From DescribeInternetGateways."""
    attached = [link["VpcId"] for link in item.get("Attachments") or () if link.get("State") in _ATTACHED]
    return InternetGateway(
        id=item["InternetGatewayId"], tags=tags_from(item.get("Tags")), vpc_id=attached[0] if attached else ""
    )


def find(snapshot: Snapshot) -> Named[InternetGateway]:
    """The attached one, or else a detached one."""
    attached = [item for item in _attached(snapshot) if owns_inside(snapshot.owner, item.tags)]
    detached = [item for item in snapshot.gateways if not item.vpc_id and snapshot.owner.owns(item.tags)]
    return name_each([*attached, *detached], lambda _item: "main", {"main"}, lambda item: not item.vpc_id)


def foreign(snapshot: Snapshot) -> InternetGateway | None:
    """The internet gateway of this layer's VPC, if it is not this layer's."""
    return next((item for item in _attached(snapshot) if not owns_inside(snapshot.owner, item.tags)), None)


def _attached(snapshot: Snapshot) -> list[InternetGateway]:
    vpc_id = snapshot.vpc.id if snapshot.vpc else ""
    return [item for item in snapshot.gateways if item.vpc_id and item.vpc_id == vpc_id]


def plan(layout: Layout, snapshot: Snapshot) -> t.Iterator[Change | None]:
    """The internet gateway, attached. Raises ConflictError if it or the VPC is attached to another."""
    _refuse(snapshot)
    owner, gateways = layout.spec.owner, snapshot.own_gateways
    if layout.spec.absent:
        yield from (_removal(layout, snapshot, name, item) for name, item in gateways.all)
        return
    found = gateways.by_name.get("main")
    if found is None:
        yield create_tagged(owner, ADDRESS, {"attached": True}, needs=[vpc.ADDRESS])
    else:
        attached = {"attached": bool(found.vpc_id)}
        yield repair(owner, ADDRESS, found, attached, {"attached": True}, needs=[vpc.ADDRESS])


def _refuse(snapshot: Snapshot) -> None:
    attached = _attached(snapshot)
    for gateway in snapshot.gateways:
        if gateway.vpc_id and gateway not in attached and snapshot.owner.owns(gateway.tags):
            what = f"{gateway.vpc_id} has this stack's internet gateway {gateway.id}"
            raise untagged.conflict(snapshot.owner, vpc.ADDRESS, what, f"detach {gateway.id}, or remove those tags")
    other = foreign(snapshot)
    if snapshot.vpc and other:
        what = f"{other.id} is attached to {snapshot.vpc.id}"
        raise untagged.conflict(snapshot.owner, ADDRESS, what, "detach it")


def additions(snapshot: Snapshot) -> t.Iterator[str]:
    """Detached duplicates, a sentence each: users who copied the tags to one of their own may need it."""
    for gateway in snapshot.own_gateways.spare:
        yield (
            f"{gateway.id} in {snapshot.region} has this stack's tags, and no network uses it. "
            "Only destroy.yml deletes it: delete it, or remove those tags."
        )


def _removal(layout: Layout, snapshot: Snapshot, name: str, gateway: InternetGateway) -> Change:
    """AWS does not detach an internet gateway while public addresses are mapped in the VPC."""
    mapped = {*nat_gateway.deletions(snapshot), network_interface.gone(snapshot)} if gateway.vpc_id else ()
    return remove(KIND, name, gateway, layout.why_not("a duplicate"), needs=mapped)


RESOURCE: t.Final = Resource(kind=KIND, plan=plan, identify=lambda snapshot: snapshot.own_gateways.identify(KIND))
