# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""VPC endpoints of both types in EC2: the read and the deletion."""

from __future__ import annotations

import typing as t

from ..._engine.context import Context
from ..._engine.known import Known
from ..._engine.plan import Change
from .. import ec2
from ..named import Item
from .endpoint import Endpoint, parse


def read(ctx: Context, filters: t.Sequence[Item]) -> tuple[Endpoint, ...]:
    """Those that are there, also while AWS is deleting them."""
    found = map(parse, ec2.read(ctx, "describe_vpc_endpoints", "VpcEndpoints", filters))
    return tuple(item for item in found if item.state != "deleted")


def delete(ctx: Context, change: Change, _known: Known) -> None:
    """Delete an endpoint. The routes of a gateway endpoint go with it; an interface endpoint takes a while to go."""
    delete_one(ctx, change.data.id)


def delete_one(ctx: Context, endpoint_id: str) -> None:
    answer = ctx.client("ec2").delete_vpc_endpoints(VpcEndpointIds=[endpoint_id])
    ec2.raise_unsuccessful("DeleteVpcEndpoints", answer)
