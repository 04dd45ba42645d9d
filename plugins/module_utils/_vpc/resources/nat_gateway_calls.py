# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""NAT gateways in EC2: the reads, the writes and the waits."""

from __future__ import annotations

import typing as t

from ..._aws.changes import Creation
from ..._engine.aws_errors import unless
from ..._engine.context import Context
from ..._engine.errors import WaitError
from ..._engine.known import Known
from ..._engine.plan import Change, Wait
from ..._engine.resource import Calls
from .. import ec2
from ..named import Item
from .nat_gateway import AVAILABLE, DELETED, KIND, NatGateway, needed, parse


def read(ctx: Context, filters: t.Sequence[Item]) -> tuple[NatGateway, ...]:
    """Those that were deleted within the last hour too."""
    return tuple(map(parse, ec2.read(ctx, "describe_nat_gateways", "NatGateways", filters)))


def create(ctx: Context, change: Change, known: Known) -> None:
    """Create a NAT gateway. It takes AWS a minute or more until it can be used, which is a wait's business."""
    data: Creation = change.data
    subnet_id, allocation_id = map(known.get, needed(change.name))
    client = ctx.client("ec2")

    def make() -> str:
        # The SDK gives every call a client token, so that its retries make no second one.
        answer = ec2.soon(
            ctx,
            lambda: client.create_nat_gateway(
                SubnetId=subnet_id, AllocationId=allocation_id, TagSpecifications=ec2.tagged("natgateway", data.tags)
            ),
        )
        return str(answer["NatGateway"]["NatGatewayId"])

    def find() -> list[str]:
        """Those in the subnet that work with the address, or will."""
        found = read(ctx, ec2.by("subnet-id", subnet_id))
        return ec2.ids(nat for nat in found if nat.usable and nat.allocation_id == allocation_id)

    # An address serves one NAT gateway: if another run was quicker, a second one would fail.
    nat_id = ec2.create_single(
        ctx,
        change.address,
        make=make,
        find=find,
        delete=lambda own: client.delete_nat_gateway(NatGatewayId=own),
        once=True,
    )
    known.put(change.address, id=nat_id)


def available(ctx: Context, wait: Wait, known: Known) -> str | None:
    """Raises WaitError when it has failed; AWS says why."""
    nat = _describe(ctx, known.get(wait.data))
    if nat is None:
        return "not visible yet"
    if nat.state == "available":
        return None
    if nat.state != "pending":
        why = f": {nat.failure}" if nat.failure else ""
        raise WaitError(f"NAT gateway {nat.id} is {nat.state}{why}. The next run replaces it.")
    return nat.state


def deleted(ctx: Context, wait: Wait, _known: Known) -> str | None:
    """Until it is gone, it holds its address and keeps its subnet from being deleted. A failed one holds nothing."""
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
    # This only starts it; the rest is a wait's business.
    delete=ec2.remover("delete_nat_gateway", "NatGatewayId"),
    waits={AVAILABLE: available, DELETED: deleted},
)
