# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gateway endpoint in EC2: the writes."""

from __future__ import annotations

import typing as t

from ..._engine.context import Context
from ..._engine.known import Known
from ..._engine.plan import Change
from ..._engine.resource import Calls
from . import endpoint_calls
from .endpoint import GATEWAY
from .vpc_endpoint import KIND, EndpointTables


def create(ctx: Context, change: Change, known: Known) -> None:
    """Create the gateway endpoint in all route tables."""
    data: EndpointTables = change.data
    tables = [known.get(address) for address in data.add]
    endpoint_calls.create(ctx, change, known, VpcEndpointType=GATEWAY, RouteTableIds=tables)


def update(ctx: Context, change: Change, known: Known) -> None:
    """Repair route tables, policy and tags."""
    data: EndpointTables = change.data
    added = [known.get(address) for address in data.add]
    endpoint_calls.modify(ctx, change, AddRouteTableIds=added, RemoveRouteTableIds=list(data.remove))


CALLS: t.Final = Calls(kind=KIND, create=create, update=update, delete=endpoint_calls.delete)
