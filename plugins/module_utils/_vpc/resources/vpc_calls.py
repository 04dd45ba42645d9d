# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The VPC in EC2: the reads and the writes."""

from __future__ import annotations

import typing as t
from functools import partial

from ..._engine.context import Context
from ..._engine.field import Field
from ..._engine.known import Known
from ..._engine.plan import Change
from ..._engine.resource import Calls
from .. import ec2
from ..named import Item
from .vpc import FIELDS, KIND, NewVpc, Vpc, parse


def read(ctx: Context, filters: t.Sequence[Item]) -> tuple[Vpc, ...]:
    """Without their attributes."""
    return tuple(map(parse, ec2.read(ctx, "describe_vpcs", "Vpcs", filters)))


def read_attribute(ctx: Context, vpc_id: str, field: Field) -> bool:
    """DescribeVpcAttribute calls ``enableDnsSupport`` what is EnableDnsSupport everywhere else."""
    (key,) = field.write(field.default)
    attribute = key[0].lower() + key[1:]
    return bool(field.read(ctx.client("ec2").describe_vpc_attribute(VpcId=vpc_id, Attribute=attribute)))


def create(ctx: Context, change: Change, known: Known) -> None:
    """Create the VPC. Its DNS attributes are drift until they are set, should this be cut off in between."""
    data: NewVpc = change.data

    def make() -> str:
        answer = ctx.client("ec2", retry=False).create_vpc(
            CidrBlock=data.cidr, TagSpecifications=ec2.tagged("vpc", data.tags)
        )
        return str(answer["Vpc"]["VpcId"])

    vpc_id = ec2.create_single(
        ctx,
        change.address,
        create=make,
        find=lambda: ec2.ids(read(ctx, ec2.by_tags(data.tags))),
        delete=partial(ec2.remove_one, ctx, "delete_vpc", "VpcId"),
    )
    known.put(change.address, id=vpc_id)
    ec2.soon(ctx, lambda: ctx.client("ec2").modify_vpc_attribute(VpcId=vpc_id, EnableDnsHostnames={"Value": True}))


CALLS: t.Final = Calls(
    kind=KIND,
    create=create,
    update=ec2.modifier("modify_vpc_attribute", "VpcId", FIELDS),
    # Its default security group and main route table go with it.
    delete=ec2.remover("delete_vpc", "VpcId"),
)
