# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which subnet uses which route table, and where each table's default route goes. Pure.

Other routes of a table are not ours to change.
"""

from __future__ import annotations

import typing as t

from .._engine.plan import Action, Change
from .plan_data import DefaultRoute, Link
from .plan_target import NAT_AVAILABLE, Target, create
from .spec import ANYWHERE


def plan_associations(target: Target) -> t.Iterator[Change]:
    """Every subnet with its table. Read from all tables of the VPC: another's table may have taken a subnet."""
    links = {
        link.subnet_id: (link.id, table.id) for table in target.snapshot.route_tables for link in table.associations
    }
    for name in target.subnets:
        table_name = "public" if name.startswith("public") else name
        subnet = target.standing.subnets.get(name)
        table = target.standing.tables.get(table_name)
        link_id, table_id = links.get(subnet.id, ("", "")) if subnet else ("", "")
        if table is not None and table_id == table.id:
            continue
        data = Link(subnet=f"subnet/{name}", table=f"route_table/{table_name}", association_id=link_id)
        needs = [data.subnet, data.table]
        if not link_id:
            yield create(f"route_table_association/{name}", {"route_table": table_name}, data, needs=needs)
        else:
            yield Change(
                kind="route_table_association",
                name=name,
                action=Action.UPDATE,
                reason="differs in route_table",
                before={"route_table": table_id},
                after={"route_table": table_name},
                needs=frozenset(needs),
                data=data,
            )


def plan_routes(target: Target) -> t.Iterator[Change]:
    """The default route of every table."""
    for name in target.tables:
        if name == "public":
            gateway = target.standing.gateway
            change = _route(target, name, "internet_gateway/main", gateway.id if gateway else "")
        else:
            nat_name = target.nat_for(name)
            nat = target.standing.nats.get(nat_name)
            address = f"nat_gateway/{nat_name}" if nat_name else ""
            change = _route(target, name, address, nat.id if nat else "")
        if change:
            yield change


def _route(target: Target, table_name: str, to: str, to_id: str) -> Change | None:
    """The change that makes the default route lead to the address ``to``, whose id is ``to_id`` if it stands."""
    table = target.standing.tables.get(table_name)
    current = table.default_target if table else ""
    if (to and current == to_id != "") or not (to or current):
        return None
    if not to and not _may_remove(target, table_name):
        return None
    name = f"{table_name}-default"
    needs = {f"route_table/{table_name}"}
    data = DefaultRoute(table=f"route_table/{table_name}", target=to)
    if to:
        needs |= {to, f"{NAT_AVAILABLE}/{to.partition('/')[2]}"}
    after = {"destination": ANYWHERE, "target": to.replace("/", " ")} if to else {}
    if not current:
        return create(f"route/{name}", after, data, needs=needs)
    blackhole = bool(table and table.blackhole)
    return Change(
        kind="route",
        name=name,
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


def _may_remove(target: Target, table_name: str) -> bool:
    """Without NAT gateways, a default route to something else (a transit gateway) is someone's decision."""
    table = target.standing.tables.get(table_name)
    standing = target.standing
    ours = {nat.id for nat in (*standing.nats.values(), *standing.spare_nats, *standing.leaving)}
    return table is not None and (table.default_target in ours or table.blackhole)
