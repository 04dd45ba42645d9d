# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The default route of each route table. Other routes are left alone. Pure."""

from __future__ import annotations

import dataclasses
import typing as t

from ..._engine.changes import create
from ..._engine.plan import Action, Change
from ..._engine.resource import Resource
from ..spec import ANYWHERE
from . import interface_endpoint, internet_gateway, nat_gateway, vpc_endpoint
from .route_table import RouteTable

if t.TYPE_CHECKING:
    from ..snapshot import Snapshot
    from ..zones import Layout

KIND: t.Final = "route"


@dataclasses.dataclass(frozen=True, kw_only=True)
class DefaultRoute:
    """``Change.data``.

    :param table: the route table's address.
    :param target: the address of an internet gateway or NAT gateway; empty for no route.
    """

    table: str
    target: str = ""


def plan(layout: Layout, snapshot: Snapshot) -> t.Iterator[Change | None]:
    """The default route of every table."""
    for name in layout.tables:
        table = snapshot.own_tables.by_name.get(name)
        if name == "public":
            gateway = snapshot.own_gateways.by_name.get("main")
            yield _route(snapshot, name, table, internet_gateway.ADDRESS, gateway.id if gateway else "")
        else:
            nat_name = layout.nat_for(name)
            nat = snapshot.own_nats.by_name.get(nat_name)
            address = f"{nat_gateway.KIND}/{nat_name}" if nat_name else ""
            change = _route(snapshot, name, table, address, nat.id if nat else "")
            # Without a NAT gateway the endpoints are the only way out, so they have to be available first.
            instead = {vpc_endpoint.ADDRESS, *interface_endpoint.ready(layout)} if not address else set()
            yield dataclasses.replace(change, needs=change.needs | instead) if change else None


def _route(snapshot: Snapshot, table_name: str, table: RouteTable | None, to: str, to_id: str) -> Change | None:
    """The change that sets the default route's target to the address ``to``, with the id ``to_id`` if it exists."""
    current = table.default_target if table else ""
    if (to and current == to_id != "") or not (to or current):
        return None
    if not to and not _may_remove(snapshot, table):
        return None
    needs = {f"route_table/{table_name}"}
    if to:
        needs |= {to, f"{nat_gateway.AVAILABLE}/{to.partition('/')[2]}"}
    data = DefaultRoute(table=f"route_table/{table_name}", target=to)
    after = {"destination": ANYWHERE, "target": to.replace("/", " ")} if to else {}
    if not current:
        return create(f"{KIND}/{table_name}-default", after, data=data, needs=needs)
    blackhole = bool(table and table.blackhole)
    return Change(
        kind=KIND,
        name=f"{table_name}-default",
        action=Action.UPDATE if to else Action.DELETE,
        reason=_reason(to, blackhole),
        before={"destination": ANYWHERE, "target": f"{current} (blackhole)" if blackhole else current},
        after=after,
        needs=frozenset(needs),
        data=data,
    )


def _reason(to: str, blackhole: bool) -> str:
    if not to:
        return "no NAT gateway is wanted"
    return "differs in target; the old one is gone (blackhole)" if blackhole else "differs in target"


def _may_remove(snapshot: Snapshot, table: RouteTable | None) -> bool:
    """Whether the route leads to one of this layer's NAT gateways, or nowhere. Users may have added another one."""
    own = {nat.id for nat in nat_gateway.every(snapshot)}
    return table is not None and (table.default_target in own or table.blackhole)


RESOURCE: t.Final = Resource(kind=KIND, plan=plan)
