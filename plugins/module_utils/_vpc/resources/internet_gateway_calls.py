# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The internet gateway in EC2: the reads and the writes."""

from __future__ import annotations

import typing as t
from functools import partial

from ..._engine.context import Context
from ..._engine.errors import ConflictError
from ..._engine.known import Known
from ..._engine.plan import Change
from ..._engine.resource import Calls
from .. import ec2
from ..changes import Creation, Removal, Repair
from ..named import Item
from . import vpc
from .internet_gateway import ADDRESS, KIND, InternetGateway, parse


def read(ctx: Context, filters: t.Sequence[Item]) -> tuple[InternetGateway, ...]:
    return tuple(map(parse, ec2.read(ctx, "describe_internet_gateways", "InternetGateways", filters)))


def create(ctx: Context, change: Change, known: Known) -> None:
    """Create the internet gateway and attach it."""
    data: Creation = change.data

    def make() -> str:
        answer = ctx.client("ec2", retry=False).create_internet_gateway(
            TagSpecifications=ec2.tagged("internet-gateway", data.tags)
        )
        return str(answer["InternetGateway"]["InternetGatewayId"])

    gateway_id = ec2.create_single(
        ctx,
        change.address,
        create=make,
        find=lambda: ec2.ids(read(ctx, ec2.by_tags(data.tags))),
        delete=partial(ec2.remove_one, ctx, "delete_internet_gateway", "InternetGatewayId"),
    )
    known.put(change.address, id=gateway_id)
    _attach(ctx, gateway_id, known.get(vpc.ADDRESS))


def update(ctx: Context, change: Change, known: Known) -> None:
    """Attach it again, repair tags."""
    data: Repair = change.data
    if "attached" in data.values:
        _attach(ctx, data.id, known.get(vpc.ADDRESS))
    ec2.set_tags(ctx, data.id, data.tags)


def _attach(ctx: Context, gateway_id: str, vpc_id: str) -> None:
    def attach() -> object:
        return ctx.client("ec2").attach_internet_gateway(InternetGatewayId=gateway_id, VpcId=vpc_id)

    made = ec2.ignoring(lambda: ec2.soon(ctx, attach), "Resource.AlreadyAssociated", "InvalidParameterValue")
    if made is not None:
        return
    if gateway_id not in {item.id for item in read(ctx, ec2.by("attachment.vpc-id", vpc_id))}:
        raise ConflictError(
            f"{ADDRESS}: {gateway_id} cannot be attached to {vpc_id}: one of the two has another partner. "
            "Run this again to see which."
        )


def delete(ctx: Context, change: Change, known: Known) -> None:
    """Detach the internet gateway and delete it."""
    data: Removal = change.data
    client = ctx.client("ec2")
    if data.vpc_id:
        ec2.remove(
            ctx,
            lambda: client.detach_internet_gateway(InternetGatewayId=data.id, VpcId=data.vpc_id),
            "Gateway.NotAttached",
        )
    ec2.remove_one(ctx, "delete_internet_gateway", "InternetGatewayId", data.id)
    known.forget(change.address)


CALLS: t.Final = Calls(kind=KIND, create=create, update=update, delete=delete)
