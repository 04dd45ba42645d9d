# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Route tables and their associations in EC2: the reads and the writes."""

from __future__ import annotations

import typing as t
from functools import partial

from ..._engine.context import Context
from ..._engine.known import Known
from ..._engine.plan import Change
from ..._engine.resource import Calls
from .. import ec2
from ..changes import Creation
from ..named import Item
from . import vpc
from .route_table import ASSOCIATION, KIND, Link, RouteTable, parse


def read(ctx: Context, filters: t.Sequence[Item]) -> tuple[RouteTable, ...]:
    """With their routes and associations."""
    return tuple(map(parse, ec2.read(ctx, "describe_route_tables", "RouteTables", filters)))


def create(ctx: Context, change: Change, known: Known) -> None:
    """Create a route table."""
    data: Creation = change.data
    vpc_id = known.get(vpc.ADDRESS)

    def make() -> str:
        call = ctx.client("ec2", retry=False).create_route_table
        answer = ec2.soon(ctx, lambda: call(VpcId=vpc_id, TagSpecifications=ec2.tagged("route-table", data.tags)))
        return str(answer["RouteTable"]["RouteTableId"])

    own = [*ec2.by("vpc-id", vpc_id), *ec2.by_tags(data.tags)]
    table_id = ec2.create_single(
        ctx,
        change.address,
        create=make,
        find=lambda: ec2.ids(read(ctx, own)),
        delete=partial(ec2.remove_one, ctx, "delete_route_table", "RouteTableId"),
    )
    known.put(change.address, id=table_id)


def link(ctx: Context, change: Change, known: Known) -> None:
    """Give a subnet its route table, in place of another if it has one."""
    data: Link = change.data
    subnet_id, table_id = known.get(data.subnet), known.get(data.table)
    client = ctx.client("ec2")
    if not data.association_id:
        made = ec2.ignoring(
            lambda: ec2.soon(ctx, lambda: client.associate_route_table(SubnetId=subnet_id, RouteTableId=table_id)),
            "Resource.AlreadyAssociated",
        )
        if made is not None:
            return
    # The plan's association may be outdated: another run, or an answer that was lost.
    for table in read(ctx, ec2.by("association.subnet-id", subnet_id)):
        for found in table.associations:
            if found.subnet_id == subnet_id and table.id != table_id:
                client.replace_route_table_association(AssociationId=found.id, RouteTableId=table_id)


CALLS: t.Final = Calls(
    kind=KIND, create=create, update=ec2.retag, delete=ec2.remover("delete_route_table", "RouteTableId")
)
ASSOCIATION_CALLS: t.Final = Calls(kind=ASSOCIATION, create=link, update=link)
