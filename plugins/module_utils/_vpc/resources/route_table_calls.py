# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Route tables and their associations in EC2: the reads and the writes."""

from __future__ import annotations

import functools
import typing as t

from ..._engine.aws_errors import unless
from ..._engine.context import Context
from ..._engine.known import Known
from ..._engine.plan import Change
from ..._engine.resource import Calls
from .. import ec2
from . import vpc
from .route_table import ASSOCIATION, KIND, Link, parse

_DELETE: t.Final = ("delete_route_table", "RouteTableId")


read: t.Final = ec2.reader("describe_route_tables", "RouteTables", parse)


def create(ctx: Context, change: Change, known: Known) -> None:
    """Create a route table."""
    vpc_id = known.get(vpc.ADDRESS)
    call = functools.partial(ctx.client("ec2", retry=False).create_route_table, VpcId=vpc_id)
    ec2.create(ctx, change, known, call, read, _DELETE, within=ec2.by("vpc-id", vpc_id))


def link(ctx: Context, change: Change, known: Known) -> None:
    """Associate a subnet with its route table, in place of another if it has one."""
    data: Link = change.data
    subnet_id, table_id = known.get(data.subnet), known.get(data.table)
    client = ctx.client("ec2")
    if not data.association_id:
        associate = functools.partial(client.associate_route_table, SubnetId=subnet_id, RouteTableId=table_id)
        if unless({"Resource.AlreadyAssociated"}, lambda: ec2.soon(ctx, associate)) is not None:
            return
    # The plan's association may be outdated, after another run or a lost answer.
    for table in read(ctx, ec2.by("association.subnet-id", subnet_id)):
        for found in table.associations:
            if found.subnet_id == subnet_id and table.id != table_id:
                client.replace_route_table_association(AssociationId=found.id, RouteTableId=table_id)


CALLS: t.Final = Calls(kind=KIND, create=create, update=ec2.retag, delete=ec2.remover(*_DELETE))
ASSOCIATION_CALLS: t.Final = Calls(kind=ASSOCIATION, create=link, update=link)
