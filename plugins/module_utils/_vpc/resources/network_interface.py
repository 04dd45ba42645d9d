# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Network interfaces of others in the VPC, which keep their subnet and VPC in use. Pure."""

from __future__ import annotations

import dataclasses
import typing as t

from ..._engine.plan import Wait
from ..._engine.resource import Resource
from ..._resources.network_interface import PATIENCE, describe, is_managed
from ..named import Item

if t.TYPE_CHECKING:
    from ..snapshot import Snapshot
    from ..zones import Layout
    from .endpoint import Endpoint
    from .nat_gateway import NatGateway

KIND: t.Final = "network_interface"
GONE: t.Final = "network_interfaces_gone"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Interface:
    """:param managed: whether an AWS service created it and deletes it again (a load balancer's, a task's).
    :param text: the interface and its owner, for people.
    """

    id: str
    subnet_id: str
    description: str
    managed: bool
    text: str = ""


def parse_others(
    items: t.Iterable[Item], nats: t.Iterable[NatGateway], endpoints: t.Iterable[Endpoint]
) -> tuple[Interface, ...]:
    """From DescribeNetworkInterfaces, without those that go with a NAT gateway or an endpoint of this layer."""
    users: list[NatGateway | Endpoint] = [*nats, *endpoints]
    ours = {interface_id for user in users for interface_id in user.interface_ids}
    return tuple(
        Interface(
            id=item["NetworkInterfaceId"],
            subnet_id=item.get("SubnetId", ""),
            description=item.get("Description") or "",
            managed=is_managed(item),
            text=describe(item),
        )
        for item in items
        if item["NetworkInterfaceId"] not in ours and item.get("InterfaceType") not in {"nat_gateway", "natGateway"}
    )


def gone(snapshot: Snapshot) -> str:
    """The address of the wait until they are gone."""
    return f"{GONE}/{snapshot.vpc.id if snapshot.vpc else ''}"


def plan(layout: Layout, snapshot: Snapshot) -> t.Iterator[Wait]:
    """AWS deletes the interfaces of deleted load balancers and stopped tasks a while later: wait for that."""
    if layout.spec.absent and snapshot.vpc and snapshot.interfaces:
        yield Wait(
            kind=GONE,
            name=snapshot.vpc.id,
            what=f"AWS to remove network interfaces from {snapshot.vpc.id}",
            timeout=PATIENCE * layout.spec.wait_timeout,
            data=snapshot.vpc.id,
        )


RESOURCE: t.Final = Resource(kind=KIND, plan=plan)
