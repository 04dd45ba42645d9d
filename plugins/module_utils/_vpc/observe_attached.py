# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What others have attached to the VPC that this layer never makes, and that keeps it from going.

EC2 API, DeleteVpc: "You must detach or delete all gateways and resources that are associated with the VPC".
"""

from __future__ import annotations

import typing as t
from functools import partial

from .._engine.context import Context
from .ec2 import by, read

NAMES: t.Final = ("vpn_gateways", "egress_only_gateways", "network_acls", "peerings")
_OVER: t.Final = frozenset({"deleted", "deleting", "expired", "failed", "rejected"})


def readers(ctx: Context, vpc_id: str) -> dict[str, t.Callable[[], list[str]]]:
    """By NAMES: what reads a kind of them, for people."""
    calls = (_vpn_gateways, _egress_only_gateways, _network_acls, _peerings)
    return {name: partial(call, ctx, vpc_id) for name, call in zip(NAMES, calls, strict=True)}


def _vpn_gateways(ctx: Context, vpc_id: str) -> list[str]:
    answer = ctx.client("ec2").describe_vpn_gateways(Filters=by("attachment.vpc-id", vpc_id))
    attached = ("attaching", "attached")
    return [
        f"virtual private gateway {item['VpnGatewayId']}"
        for item in answer["VpnGateways"]
        if any(
            link.get("VpcId") == vpc_id and link.get("State") in attached for link in item.get("VpcAttachments") or ()
        )
    ]


def _egress_only_gateways(ctx: Context, vpc_id: str) -> list[str]:
    found = read(ctx, "describe_egress_only_internet_gateways", "EgressOnlyInternetGateways", ())
    return [
        f"egress-only internet gateway {item['EgressOnlyInternetGatewayId']}"
        for item in found
        if any(link.get("VpcId") == vpc_id for link in item.get("Attachments") or ())
    ]


def _network_acls(ctx: Context, vpc_id: str) -> list[str]:
    filters = [*by("vpc-id", vpc_id), *by("default", "false")]
    return [
        f"network ACL {item['NetworkAclId']}" for item in read(ctx, "describe_network_acls", "NetworkAcls", filters)
    ]


def _peerings(ctx: Context, vpc_id: str) -> list[str]:
    """Of either side. AWS would take them away with the VPC, and their routes in the other one lead nowhere then."""
    found = read(ctx, "describe_vpc_peering_connections", "VpcPeeringConnections", ())
    return [
        f"VPC peering connection {item['VpcPeeringConnectionId']}"
        for item in found
        if (item.get("Status") or {}).get("Code") not in _OVER
        and vpc_id in {(item.get(side) or {}).get("VpcId") for side in ("RequesterVpcInfo", "AccepterVpcInfo")}
    ]
