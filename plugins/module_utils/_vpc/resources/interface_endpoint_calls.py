# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Interface endpoints in EC2: what services there are, the writes and the waits."""

from __future__ import annotations

import typing as t

from ..._engine.aws_errors import unless
from ..._engine.context import Context
from ..._engine.errors import WaitError
from ..._engine.known import Known
from ..._engine.plan import Change, Wait
from ..._engine.resource import Calls
from ..._engine.retry import NOT_FOUND, retry
from .. import ec2
from . import endpoint_calls, endpoint_group, vpc
from .endpoint import INTERFACE, Endpoint, parse
from .endpoint_service import Service, service_names
from .interface_endpoint import AVAILABLE, DELETED, KIND, InterfaceChange

# CreateVpcEndpoint, while the private zone of one that was deleted is still there.
_CONFLICT: t.Final = "conflicting DNS domain"
_CONFLICT_SECONDS: t.Final = 120.0


def read_services(ctx: Context, region: str, names: t.Sequence[str]) -> tuple[Service, ...]:
    """Those of the services that there are. By filter: a name that there is not would be an error of the whole call."""
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
    """Create the endpoint. It takes AWS a minute or more until it can be used, which is a wait's business."""
    data: InterfaceChange = change.data
    vpc_id = known.get(vpc.ADDRESS)
    request: dict[str, t.Any] = {"PolicyDocument": data.policy} if data.policy else {}
    request |= {
        "VpcEndpointType": INTERFACE,
        "VpcId": vpc_id,
        "ServiceName": data.service,
        "SubnetIds": [known.get(address) for address in data.add],
        "SecurityGroupIds": [known.get(endpoint_group.ADDRESS)],
        "PrivateDnsEnabled": True,
        "TagSpecifications": ec2.tagged("vpc-endpoint", data.tags),
    }

    def make() -> str:
        call = ctx.client("ec2", retry=False).create_vpc_endpoint
        answer = _without_conflict(ctx, lambda: ec2.soon(ctx, lambda: call(**request)))
        return str(answer["VpcEndpoint"]["VpcEndpointId"])

    own = [
        *ec2.by("vpc-id", vpc_id),
        *ec2.by("vpc-endpoint-state", "available", "pending"),
        *ec2.by_tags(data.tags),
    ]
    # AWS takes no second one with the same private DNS name.
    endpoint_id = ec2.create_single(
        ctx,
        change.address,
        make=make,
        find=lambda: ec2.ids(endpoint_calls.read(ctx, own)),
        delete=lambda made: endpoint_calls.delete_one(ctx, made),
        once=True,
    )
    known.put(change.address, id=endpoint_id)


def update(ctx: Context, change: Change, known: Known) -> None:
    """Repair subnets, security group, private DNS, policy and tags. What is added comes before what goes."""
    data: InterfaceChange = change.data
    wanted: dict[str, t.Any] = {
        "AddSubnetIds": [known.get(address) for address in data.add],
        "RemoveSubnetIds": list(data.remove),
        "AddSecurityGroupIds": [known.get(endpoint_group.ADDRESS)] if data.join else [],
        "RemoveSecurityGroupIds": list(data.leave),
        "PolicyDocument": data.policy,
        "PrivateDnsEnabled": data.private_dns,
    }
    request = {key: value for key, value in wanted.items() if value}
    if request:
        client = ctx.client("ec2")
        _without_conflict(
            ctx,
            lambda: ec2.soon(ctx, lambda: client.modify_vpc_endpoint(VpcEndpointId=data.endpoint_id, **request)),
        )
    ec2.set_tags(ctx, data.endpoint_id, data.tags)


def _without_conflict(ctx: Context, call: t.Callable[[], t.Any]) -> t.Any:
    return retry(ctx, call, codes={"InvalidParameter"}, containing=_CONFLICT, timeout=_CONFLICT_SECONDS)


def available(ctx: Context, wait: Wait, known: Known) -> str | None:
    """Raises WaitError when it has failed; AWS says why."""
    found = _describe(ctx, known.get(wait.data))
    if found is None:
        return "not visible yet"
    if found.state == "available":
        return None
    if not found.state.startswith("pending"):
        why = f": {found.failure}" if found.failure else ""
        raise WaitError(f"interface endpoint {found.id} is {found.state}{why}. The next run replaces it.")
    return found.state


def deleted(ctx: Context, wait: Wait, _known: Known) -> str | None:
    """Until it is gone, it keeps subnets and security group, and its private DNS name."""
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
    # This only starts it; the rest is a wait's business.
    delete=endpoint_calls.delete,
    waits={AVAILABLE: available, DELETED: deleted},
)
