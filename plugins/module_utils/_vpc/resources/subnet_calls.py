# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Subnets in EC2: the reads and the writes."""

from __future__ import annotations

import typing as t

from ..._aws.changes import Creation
from ..._engine.aws_errors import unless
from ..._engine.context import Context
from ..._engine.errors import ConflictError
from ..._engine.known import Known
from ..._engine.plan import Change
from ..._engine.resource import Calls
from ..._engine.retry import create_once, until_found
from .. import ec2
from . import vpc
from .subnet import FIELDS, KIND, parse

read: t.Final = ec2.reader("describe_subnets", "Subnets", parse)


def create(ctx: Context, change: Change, known: Known) -> None:
    """Create a subnet. AWS refuses overlapping ones in a VPC, so an existing one is either this one or in the way."""
    data: Creation = change.data
    cidr, vpc_id = data.values["cidr"], known.get(vpc.ADDRESS)

    def make() -> str:
        answer = ctx.client("ec2", retry=False).create_subnet(
            VpcId=vpc_id,
            CidrBlock=cidr,
            AvailabilityZone=data.values["zone"],
            TagSpecifications=ec2.tagged("subnet", data.tags),
        )
        return str(answer["Subnet"]["SubnetId"])

    def find() -> str | None:
        own = [*ec2.by("vpc-id", vpc_id), *ec2.by("cidr-block", cidr), *ec2.by_tags(data.tags)]
        return next((item.id for item in read(ctx, own)), None)

    # It may conflict with itself: another run was faster, or the answer to the first attempt was lost.
    made = unless({"InvalidSubnet.Conflict"}, lambda: create_once(ctx, lambda: ec2.soon(ctx, make), find))
    made = made or until_found(ctx, find)
    if made is None:
        raise ConflictError(
            f"{change.address}: another subnet of {vpc_id} overlaps {cidr}. Run this again to see which."
        )
    known.put(change.address, id=made)


CALLS: t.Final = Calls(
    kind=KIND,
    create=create,
    update=ec2.modifier("modify_subnet_attribute", "SubnetId", FIELDS),
    # AWS deletes its route table association with it.
    delete=ec2.remover("delete_subnet", "SubnetId"),
)
