# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""NAT gateways in EC2: the reads, the writes and the waits."""

from __future__ import annotations

import contextlib
import typing as t

from ..._aws.changes import Creation
from ..._engine.aws_errors import unless
from ..._engine.context import Context
from ..._engine.errors import SpecError
from ..._engine.known import Known
from ..._engine.plan import Change, Wait
from ..._engine.resource import Calls
from .. import ec2
from ..spec import REGIONAL
from . import vpc
from .nat_gateway import AVAILABLE, DELETED, KIND, NatGateway, needed, parse

with contextlib.suppress(ImportError):  # see clients.py
    import botocore


# A parameter of CreateNatGateway that older releases of botocore do not know.
MODE: t.Final = "AvailabilityMode"


# Including those that were deleted within the last hour.
read: t.Final = ec2.reader("describe_nat_gateways", "NatGateways", parse)


def create(ctx: Context, change: Change, known: Known) -> None:
    """Create a NAT gateway. AWS takes a minute or more to make it available: a Wait polls for that."""
    data: Creation = change.data
    client = ctx.client("ec2")
    where, find = _regional(ctx, known, data) if change.name == REGIONAL else _zonal(ctx, known, change)

    def make() -> str:
        # The SDK adds a client token to every call, so its retries create no second one.
        tags = ec2.tagged("natgateway", data.tags)
        answer = ec2.soon(ctx, lambda: client.create_nat_gateway(**where, TagSpecifications=tags))
        return str(answer["NatGateway"]["NatGatewayId"])

    # An address serves one NAT gateway: a second one would fail.
    nat_id = ec2.create_single(
        ctx,
        change.address,
        make=make,
        find=find,
        delete=lambda own: client.delete_nat_gateway(NatGatewayId=own),
        once=True,
    )
    known.put(change.address, id=nat_id)


Place: t.TypeAlias = "tuple[dict[str, str], t.Callable[[], list[str]]]"


def _zonal(ctx: Context, known: Known, change: Change) -> Place:
    """The request's subnet and address, and a function that finds the usable NAT gateways there."""
    subnet_id, allocation_id = map(known.get, needed(change.name))

    def find() -> list[str]:
        found = read(ctx, ec2.by("subnet-id", subnet_id))
        return ec2.ids(nat for nat in found if nat.usable and nat.allocation_id == allocation_id)

    return {"SubnetId": subnet_id, "AllocationId": allocation_id}, find


def _regional(ctx: Context, known: Known, data: Creation) -> Place:
    """The same for a regional one, to which AWS gives addresses in each zone that uses it."""
    vpc_id = known.get(vpc.ADDRESS)

    def find() -> list[str]:
        found = read(ctx, [*ec2.by("vpc-id", vpc_id), *ec2.by_tags(data.tags)])
        return ec2.ids(nat for nat in found if nat.usable and nat.regional)

    return {"VpcId": vpc_id, MODE: "regional", "ConnectivityType": "public"}, find


def refuse_regional(ctx: Context) -> None:
    """Raises SpecError if the installed botocore does not know regional NAT gateways."""
    model = ctx.client("ec2").meta.service_model.operation_model("CreateNatGateway")
    if MODE not in model.input_shape.members:
        raise SpecError(
            "nat_gateways",
            f"cannot be regional: botocore {botocore.__version__} does not know such NAT gateways.",
            "Install a newer boto3 and botocore, or use per_zone.",
        )


def available(ctx: Context, wait: Wait, known: Known) -> str | None:
    """The state until the NAT gateway is available. Raises WaitError with AWS's reason if it has failed."""
    return ec2.until_available("NAT gateway", _describe(ctx, known.get(wait.data)))


def deleted(ctx: Context, wait: Wait, _known: Known) -> str | None:
    """The state until it is gone: it holds its subnet and address until then. A failed one holds neither."""
    nat = _describe(ctx, wait.data)
    return None if nat is None or nat.state in {"deleted", "failed"} else nat.state


def _describe(ctx: Context, nat_id: str) -> NatGateway | None:
    client = ctx.client("ec2")
    answer = unless({"NatGatewayNotFound"}, lambda: client.describe_nat_gateways(NatGatewayIds=[nat_id]))
    return next(map(parse, answer["NatGateways"]), None) if answer else None


CALLS: t.Final = Calls(
    kind=KIND,
    create=create,
    update=ec2.retag,
    # Only starts the deletion; a Wait polls until it is done.
    delete=ec2.remover("delete_nat_gateway", "NatGatewayId"),
    waits={AVAILABLE: available, DELETED: deleted},
)
