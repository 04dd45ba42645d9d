# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The VPC in EC2: the reads and the writes."""

from __future__ import annotations

import functools
import typing as t

from ..._aws.changes import Creation
from ..._engine.context import Context
from ..._engine.field import Field
from ..._engine.known import Known
from ..._engine.plan import Change
from ..._engine.resource import Calls
from .. import ec2
from .vpc import FIELDS, KIND, parse

_DELETE: t.Final = ("delete_vpc", "VpcId")


read: t.Final = ec2.reader("describe_vpcs", "Vpcs", parse)


def read_attribute(ctx: Context, vpc_id: str, field: Field) -> bool:
    """The attribute. Only its request begins with a lower-case letter (``enableDnsSupport``)."""
    (key,) = field.write(field.default)
    attribute = key[0].lower() + key[1:]
    return bool(field.read(ctx.client("ec2").describe_vpc_attribute(VpcId=vpc_id, Attribute=attribute)))


def create(ctx: Context, change: Change, known: Known) -> None:
    """Create the VPC and set its DNS attributes. If interrupted in between, the next run repairs them."""
    data: Creation = change.data
    call = functools.partial(ctx.client("ec2", retry=False).create_vpc, CidrBlock=data.values["cidr"])
    vpc_id = ec2.create(ctx, change, known, call, read, _DELETE)
    ec2.soon(ctx, lambda: ctx.client("ec2").modify_vpc_attribute(VpcId=vpc_id, EnableDnsHostnames={"Value": True}))


CALLS: t.Final = Calls(
    kind=KIND,
    create=create,
    update=ec2.modifier("modify_vpc_attribute", "VpcId", FIELDS),
    # AWS deletes its default security group and main route table with it.
    delete=ec2.remover(*_DELETE),
)
