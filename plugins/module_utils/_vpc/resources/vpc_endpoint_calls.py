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
from .. import ec2
from . import endpoint_calls, vpc
from .vpc_endpoint import KIND, EndpointTables


def create(ctx: Context, change: Change, known: Known) -> None:
    """Create the gateway endpoint in all route tables."""
    data: EndpointTables = change.data
    vpc_id = known.get(vpc.ADDRESS)
    tables = [known.get(address) for address in data.add]

    policy = {"PolicyDocument": data.policy} if data.policy else {}

    def make() -> str:
        call = ctx.client("ec2", retry=False).create_vpc_endpoint
        answer = ec2.soon(
            ctx,
            lambda: call(
                VpcEndpointType="Gateway",
                VpcId=vpc_id,
                ServiceName=data.service,
                RouteTableIds=tables,
                TagSpecifications=ec2.tagged("vpc-endpoint", data.tags),
                **policy,
            ),
        )
        return str(answer["VpcEndpoint"]["VpcEndpointId"])

    own = [
        *ec2.by("vpc-id", vpc_id),
        *ec2.by("vpc-endpoint-state", "available", "pending"),
        *ec2.by_tags(data.tags),
    ]

    def find() -> list[str]:
        return ec2.ids(endpoint_calls.read(ctx, own))

    # A table takes one route to S3, so a second run is refused; what it wanted is there then.
    endpoint_id = ec2.create_single(
        ctx, change.address, make=make, find=find, delete=lambda own: endpoint_calls.delete_one(ctx, own), once=True
    )
    known.put(change.address, id=endpoint_id)


def update(ctx: Context, change: Change, known: Known) -> None:
    """Repair route tables, policy and tags."""
    data: EndpointTables = change.data
    wanted: dict[str, t.Any] = {}
    if data.add:
        wanted["AddRouteTableIds"] = [known.get(address) for address in data.add]
    if data.remove:
        wanted["RemoveRouteTableIds"] = list(data.remove)
    if data.policy:
        wanted["PolicyDocument"] = data.policy
    if wanted:
        ec2.soon(ctx, lambda: ctx.client("ec2").modify_vpc_endpoint(VpcEndpointId=data.endpoint_id, **wanted))
    ec2.set_tags(ctx, data.endpoint_id, data.tags)


CALLS: t.Final = Calls(kind=KIND, create=create, update=update, delete=endpoint_calls.delete)
