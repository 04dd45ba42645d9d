# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Default routes in EC2: the writes. They are read with their route tables."""

from __future__ import annotations

import typing as t

from ..._engine.aws_errors import unless
from ..._engine.context import Context
from ..._engine.known import Known
from ..._engine.plan import Action, Change
from ..._engine.resource import Calls
from .. import ec2
from ..spec import ANYWHERE
from .route import KIND, DefaultRoute


def put(ctx: Context, change: Change, known: Known) -> None:
    """Create or replace the default route."""
    data: DefaultRoute = change.data
    client = ctx.client("ec2")
    key = "GatewayId" if data.target.startswith("internet_gateway/") else "NatGatewayId"
    route = {
        "RouteTableId": known.get(data.table),
        "DestinationCidrBlock": ANYWHERE,
        key: known.get(data.target),
    }
    made = None
    if change.action is Action.CREATE:
        made = unless({"RouteAlreadyExists"}, lambda: ec2.soon(ctx, lambda: client.create_route(**route)))
    if made is None:
        ec2.soon(ctx, lambda: client.replace_route(**route))


def delete(ctx: Context, change: Change, known: Known) -> None:
    """Delete the default route."""
    data: DefaultRoute = change.data
    table_id = known.get(data.table)
    request = {"RouteTableId": table_id, "DestinationCidrBlock": ANYWHERE}
    ec2.remove(ctx, lambda: ctx.client("ec2").delete_route(**request), f"the route of {table_id}")


CALLS: t.Final = Calls(kind=KIND, create=put, update=put, delete=delete)
