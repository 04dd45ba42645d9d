# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Elastic IP addresses in EC2: the reads and the writes."""

from __future__ import annotations

import typing as t

from ..._engine.context import Context
from ..._engine.known import Known
from ..._engine.plan import Change
from ..._engine.resource import Calls
from .. import ec2
from ..named import Item
from .elastic_ip import KIND, Address, NewAddress, parse

_DELETE: t.Final = ("release_address", "AllocationId")


def read(ctx: Context, filters: t.Sequence[Item]) -> tuple[Address, ...]:
    """The addresses. DescribeAddresses has no pages."""
    return tuple(map(parse, ctx.client("ec2").describe_addresses(Filters=list(filters))["Addresses"]))


def create(ctx: Context, change: Change, known: Known) -> None:
    """Allocate an Elastic IP address."""
    data: NewAddress = change.data
    public_ips: dict[str, str] = {}

    def make() -> str:
        answer = ctx.client("ec2", retry=False).allocate_address(
            Domain="vpc", TagSpecifications=ec2.tagged("elastic-ip", data.tags)
        )
        public_ips[answer["AllocationId"]] = answer["PublicIp"]
        return str(answer["AllocationId"])

    def find() -> list[str]:
        found = {item.id: item.public_ip for item in read(ctx, ec2.by_tags(data.tags)) if item.id not in data.besides}
        public_ips.update(found)
        return sorted(found)

    address_id = ec2.create_single(
        ctx, change.address, make=make, find=find, delete=lambda own: ec2.remove_one(ctx, *_DELETE, own)
    )
    known.put(change.address, id=address_id, public_ip=public_ips[address_id])


CALLS: t.Final = Calls(kind=KIND, create=create, update=ec2.retag, delete=ec2.remover(*_DELETE))
