# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The writes and waits for NAT gateways and their addresses, and the wait for network interfaces to go."""

from __future__ import annotations

import itertools
import typing as t

from .._engine.apply import ChangeHandler, WaitHandler
from .._engine.context import Context
from .._engine.errors import WaitError
from .._engine.known import Known
from .._engine.plan import Action, Change, Wait
from .apply_routes import update_tags
from .calls import by_tags, create_single, ids, ignoring, remove, soon, tagged
from .observe import by, read, read_addresses
from .parse import Item, is_nat_interface, parse_interface, parse_nat
from .plan_absent import INTERFACES_GONE
from .plan_data import NewAddress, NewNat, Removal
from .plan_target import NAT_AVAILABLE, NAT_DELETED


def create_address(ctx: Context, change: Change, known: Known) -> None:
    """Allocate an Elastic IP address."""
    data: NewAddress = change.data
    ec2 = ctx.client("ec2")

    def create() -> str:
        answer = ctx.client("ec2", retry=False).allocate_address(
            Domain="vpc", TagSpecifications=tagged("elastic-ip", data.tags)
        )
        public_ips[answer["AllocationId"]] = answer["PublicIp"]
        return str(answer["AllocationId"])

    def find() -> list[str]:
        found = [item for item in read_addresses(ctx, by_tags(data.tags)) if item["AllocationId"] not in data.besides]
        public_ips.update({item["AllocationId"]: item["PublicIp"] for item in found})
        return ids(found, "AllocationId")

    public_ips: dict[str, str] = {}
    address_id = create_single(
        ctx,
        change.address,
        create=create,
        find=find,
        delete=lambda own: remove(ctx, lambda: ec2.release_address(AllocationId=own)),
    )
    known.put(change.address, id=address_id, public_ip=public_ips[address_id])


def delete_address(ctx: Context, change: Change, known: Known) -> None:
    """Release an Elastic IP address."""
    data: Removal = change.data
    remove(ctx, lambda: ctx.client("ec2").release_address(AllocationId=data.id))
    known.forget(change.address)


def create_nat(ctx: Context, change: Change, known: Known) -> None:
    """Create a NAT gateway. It takes AWS a minute or more until it can be used, which is a wait's business."""
    data: NewNat = change.data
    subnet_id, allocation_id = known.get(data.subnet), known.get(data.elastic_ip)
    ec2 = ctx.client("ec2")

    def create() -> str:
        # The SDK gives every call a client token, so that its retries make no second one.
        answer = soon(
            ctx,
            lambda: ec2.create_nat_gateway(
                SubnetId=subnet_id, AllocationId=allocation_id, TagSpecifications=tagged("natgateway", data.tags)
            ),
        )
        return str(answer["NatGateway"]["NatGatewayId"])

    def find() -> list[str]:
        """Those of ours in the subnet that work, or will."""
        found = read(ctx, "describe_nat_gateways", "NatGateways", by("subnet-id", subnet_id))
        usable = [item for item in found if item["State"] in {"pending", "available"}]
        return ids([item for item in usable if parse_nat(item).allocation_id == allocation_id], "NatGatewayId")

    # An address serves one NAT gateway: if another run was quicker, ours would fail.
    there = find()
    nat_id = (
        there[0]
        if there
        else create_single(
            ctx,
            change.address,
            create=create,
            find=find,
            delete=lambda own: ec2.delete_nat_gateway(NatGatewayId=own),
        )
    )
    known.put(change.address, id=nat_id)


def delete_nat(ctx: Context, change: Change, known: Known) -> None:
    """Start to delete a NAT gateway."""
    data: Removal = change.data
    remove(ctx, lambda: ctx.client("ec2").delete_nat_gateway(NatGatewayId=data.id))
    known.forget(change.address)


def nat_available(ctx: Context, wait: Wait, known: Known) -> str | None:
    """Raises WaitError when it has failed; AWS says why."""
    found = _describe_nat(ctx, known.get(wait.data))
    if found is None:
        return "not visible yet"
    nat = parse_nat(found)
    if nat.state == "available":
        return None
    if nat.state != "pending":
        why = f": {nat.failure}" if nat.failure else ""
        raise WaitError(f"NAT gateway {nat.id} is {nat.state}{why}. The next run replaces it.")
    return nat.state


def nat_deleted(ctx: Context, wait: Wait, _known: Known) -> str | None:
    """Until it is gone, it holds its address and keeps its subnet from being deleted. A failed one holds nothing."""
    found = _describe_nat(ctx, wait.data)
    return None if found is None or found["State"] in {"deleted", "failed"} else str(found["State"])


def _describe_nat(ctx: Context, nat_id: str) -> Item | None:
    ec2 = ctx.client("ec2")
    answer = ignoring(lambda: ec2.describe_nat_gateways(NatGatewayIds=[nat_id]), "NatGatewayNotFound")
    return next(iter(answer["NatGateways"]), None) if answer else None


def interfaces_gone(ctx: Context, wait: Wait, _known: Known) -> str | None:
    """AWS removes them by itself once what used them is gone."""
    here = by("vpc-id", wait.data)
    nats = read(ctx, "describe_nat_gateways", "NatGateways", here)
    ours = set(itertools.chain(*(parse_nat(item).interface_ids for item in nats)))
    left = [
        parse_interface(item)
        for item in read(ctx, "describe_network_interfaces", "NetworkInterfaces", here)
        if item["NetworkInterfaceId"] not in ours and not is_nat_interface(item)
    ]
    return f"{len(left)} left: {', '.join(f'{item.id} ({item.description})' for item in left)}" if left else None


NAT_CHANGES: t.Final[t.Mapping[tuple[str, Action], ChangeHandler]] = {
    ("elastic_ip", Action.CREATE): create_address,
    ("elastic_ip", Action.UPDATE): update_tags,
    ("elastic_ip", Action.DELETE): delete_address,
    ("nat_gateway", Action.CREATE): create_nat,
    ("nat_gateway", Action.UPDATE): update_tags,
    ("nat_gateway", Action.DELETE): delete_nat,
}
WAITS: t.Final[t.Mapping[str, WaitHandler]] = {
    NAT_AVAILABLE: nat_available,
    NAT_DELETED: nat_deleted,
    INTERFACES_GONE: interfaces_gone,
}
