# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Interface endpoints in EC2: the services they can reach, the writes and the waits."""

from __future__ import annotations

import typing as t

from ..._engine.aws_errors import unless
from ..._engine.context import Context
from ..._engine.known import Known
from ..._engine.plan import Change, Wait
from ..._engine.resource import Calls
from ..._engine.retry import NOT_FOUND
from .. import ec2
from . import endpoint_calls, endpoint_group
from .endpoint import INTERFACE, Endpoint, parse
from .endpoint_service import Service, service_names
from .interface_endpoint import AVAILABLE, DELETED, KIND, InterfaceChange


def read_services(ctx: Context, region: str, names: t.Sequence[str]) -> tuple[Service, ...]:
    """The named services that exist. Filters skip an unknown name; ServiceNames would fail the whole call."""
    listed = [full for name in names for full in service_names(region, name)]
    filters = [*ec2.by("service-name", *listed), *ec2.by("service-type", INTERFACE)]
    found = ec2.read(ctx, "describe_vpc_endpoint_services", "ServiceDetails", filters)
    return tuple(
        Service(
            name=item["ServiceName"],
            zones=frozenset(item.get("AvailabilityZones") or ()),
            private_dns=bool(item.get("PrivateDnsName") or item.get("PrivateDnsNames")),
        )
        for item in found
    )


def create(ctx: Context, change: Change, known: Known) -> None:
    """Create the endpoint. AWS takes a minute or more to make it available: a Wait polls for that."""
    data: InterfaceChange = change.data
    endpoint_calls.create(
        ctx,
        change,
        known,
        VpcEndpointType=INTERFACE,
        SubnetIds=[known.get(address) for address in data.add],
        SecurityGroupIds=[known.get(endpoint_group.ADDRESS)],
        PrivateDnsEnabled=True,
    )


def update(ctx: Context, change: Change, known: Known) -> None:
    """Repair subnets, security group, private DNS, policy and tags. ModifyVpcEndpoint adds before it removes."""
    data: InterfaceChange = change.data
    endpoint_calls.modify(
        ctx,
        change,
        AddSubnetIds=[known.get(address) for address in data.add],
        RemoveSubnetIds=list(data.remove),
        AddSecurityGroupIds=[known.get(endpoint_group.ADDRESS)] if data.join else [],
        RemoveSecurityGroupIds=list(data.leave),
        PrivateDnsEnabled=data.private_dns,
    )


def available(ctx: Context, wait: Wait, known: Known) -> str | None:
    """The state until the endpoint is available. Raises WaitError with AWS's reason if it has failed."""
    return ec2.until_available("interface endpoint", _describe(ctx, known.get(wait.data)))


def deleted(ctx: Context, wait: Wait, _known: Known) -> str | None:
    """The state until the endpoint is gone: it holds its subnets, security group and private DNS name until then."""
    found = _describe(ctx, wait.data)
    return None if found is None or found.state == "deleted" else found.state


def _describe(ctx: Context, endpoint_id: str) -> Endpoint | None:
    client = ctx.client("ec2")
    answer = unless(NOT_FOUND, lambda: client.describe_vpc_endpoints(VpcEndpointIds=[endpoint_id]))
    return next(map(parse, answer["VpcEndpoints"]), None) if answer else None


CALLS: t.Final = Calls(
    kind=KIND,
    create=create,
    update=update,
    # Only starts the deletion; a Wait polls until it is done.
    delete=endpoint_calls.delete,
    waits={AVAILABLE: available, DELETED: deleted},
)
