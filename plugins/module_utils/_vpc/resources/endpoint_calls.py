# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""VPC endpoints of both types in EC2: the read and the writes."""

from __future__ import annotations

import functools
import typing as t

from ..._engine.context import Context
from ..._engine.known import Known
from ..._engine.plan import Change
from ..._engine.retry import retry
from .. import ec2
from ..named import Item
from . import vpc
from .endpoint import Endpoint, parse
from .interface_endpoint import InterfaceChange
from .vpc_endpoint import EndpointTables

# CreateVpcEndpoint, while the private hosted zone of a deleted endpoint still exists.
_CONFLICT: t.Final = "conflicting DNS domain"
_CONFLICT_SECONDS: t.Final = 120.0


def read(ctx: Context, filters: t.Sequence[Item]) -> tuple[Endpoint, ...]:
    """The endpoints, including those that AWS is deleting."""
    found = map(parse, ec2.read(ctx, "describe_vpc_endpoints", "VpcEndpoints", filters))
    return tuple(item for item in found if item.state != "deleted")


def create(ctx: Context, change: Change, known: Known, **request: t.Any) -> None:
    """Create an endpoint. AWS refuses a second one for the same route tables or private DNS name."""
    data: EndpointTables | InterfaceChange = change.data
    vpc_id = known.get(vpc.ADDRESS)
    call = functools.partial(
        ctx.client("ec2", retry=False).create_vpc_endpoint,
        VpcId=vpc_id,
        ServiceName=data.service,
        TagSpecifications=ec2.tagged("vpc-endpoint", data.tags),
        **({"PolicyDocument": data.policy} if data.policy else {}),
        **request,
    )
    own = [
        *ec2.by("vpc-id", vpc_id),
        *ec2.by("vpc-endpoint-state", "available", "pending"),
        *ec2.by_tags(data.tags),
    ]
    endpoint_id = ec2.create_single(
        ctx,
        change.address,
        make=lambda: str(_patiently(ctx, call)["VpcEndpoint"]["VpcEndpointId"]),
        find=lambda: ec2.ids(read(ctx, own)),
        delete=lambda made: _delete(ctx, made),
        once=True,
    )
    known.put(change.address, id=endpoint_id)


def modify(ctx: Context, change: Change, **wanted: t.Any) -> None:
    """Repair the policy, the tags and whatever of ``wanted`` is not empty."""
    data: EndpointTables | InterfaceChange = change.data
    request = {key: value for key, value in {**wanted, "PolicyDocument": data.policy}.items() if value}
    if request:
        call = functools.partial(ctx.client("ec2").modify_vpc_endpoint, VpcEndpointId=data.endpoint_id, **request)
        _patiently(ctx, call)
    ec2.set_tags(ctx, data.endpoint_id, data.tags)


def delete(ctx: Context, change: Change, _known: Known) -> None:
    """Delete an endpoint. The routes of a gateway endpoint go with it; an interface endpoint takes a while to go."""
    _delete(ctx, change.data.id)


def _delete(ctx: Context, endpoint_id: str) -> None:
    answer = ctx.client("ec2").delete_vpc_endpoints(VpcEndpointIds=[endpoint_id])
    ec2.raise_unsuccessful("DeleteVpcEndpoints", answer)


def _patiently(ctx: Context, call: t.Callable[[], t.Any]) -> t.Any:
    return retry(
        ctx,
        lambda: ec2.soon(ctx, call),
        codes={"InvalidParameter"},
        containing=_CONFLICT,
        timeout=_CONFLICT_SECONDS,
    )
