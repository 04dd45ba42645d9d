# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The internet gateway in EC2: the reads and the writes."""

from __future__ import annotations

import functools
import typing as t

from ..._aws.changes import Repair
from ..._engine.aws_errors import unless
from ..._engine.context import Context
from ..._engine.errors import ConflictError
from ..._engine.known import Known
from ..._engine.plan import Change
from ..._engine.resource import Calls
from .. import ec2
from . import vpc
from .internet_gateway import ADDRESS, KIND, InternetGateway, parse

_DELETE: t.Final = ("delete_internet_gateway", "InternetGatewayId")


read: t.Final = ec2.reader("describe_internet_gateways", "InternetGateways", parse)


def create(ctx: Context, change: Change, known: Known) -> None:
    """Create the internet gateway and attach it."""
    call = ctx.client("ec2", retry=False).create_internet_gateway
    gateway_id = ec2.create(ctx, change, known, call, read, _DELETE)
    _attach(ctx, gateway_id, known.get(vpc.ADDRESS))


def update(ctx: Context, change: Change, known: Known) -> None:
    """Attach it again, repair tags."""
    data: Repair = change.data
    if "attached" in data.values:
        _attach(ctx, data.found.id, known.get(vpc.ADDRESS))
    ec2.retag(ctx, change, known)


def _attach(ctx: Context, gateway_id: str, vpc_id: str) -> None:
    def attach() -> object:
        return ctx.client("ec2").attach_internet_gateway(InternetGatewayId=gateway_id, VpcId=vpc_id)

    if unless({"Resource.AlreadyAssociated", "InvalidParameterValue"}, lambda: ec2.soon(ctx, attach)) is not None:
        return
    if gateway_id not in {item.id for item in read(ctx, ec2.by("attachment.vpc-id", vpc_id))}:
        raise ConflictError(
            f"{ADDRESS}: {gateway_id} cannot be attached to {vpc_id}: one of the two is attached elsewhere. "
            "Run this again to see which."
        )


def delete(ctx: Context, change: Change, known: Known) -> None:
    """Detach the internet gateway and delete it."""
    found: InternetGateway = change.data
    request = {"InternetGatewayId": found.id, "VpcId": found.vpc_id}
    if found.vpc_id:
        detach = functools.partial(ctx.client("ec2").detach_internet_gateway, **request)
        unless({"Gateway.NotAttached"}, lambda: ec2.remove(ctx, detach, found.id, ec2.by("vpc-id", found.vpc_id)))
    ec2.remover(*_DELETE)(ctx, change, known)


CALLS: t.Final = Calls(kind=KIND, create=create, update=update, delete=delete)
