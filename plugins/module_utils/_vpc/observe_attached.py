# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What others have attached to the VPC, of kinds that this layer never creates and that prevent its deletion.

EC2 API, DeleteVpc: "You must detach or delete all gateways and resources that are associated with the VPC".
"""

from __future__ import annotations

import typing as t

from .._engine.context import Context
from .ec2 import by, read

_OVER: t.Final = frozenset({"deleted", "deleting", "expired", "failed", "rejected"})


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
    """On either side. AWS would delete them with the VPC, and leave blackhole routes in the other one."""
    found = read(ctx, "describe_vpc_peering_connections", "VpcPeeringConnections", ())
    return [
        f"VPC peering connection {item['VpcPeeringConnectionId']}"
        for item in found
        if (item.get("Status") or {}).get("Code") not in _OVER
        and vpc_id in {(item.get(side) or {}).get("VpcId") for side in ("RequesterVpcInfo", "AccepterVpcInfo")}
    ]


# What reads each kind, in words for people.
READS: t.Final[t.Mapping[str, t.Callable[[Context, str], list[str]]]] = {
    "vpn_gateways": _vpn_gateways,
    "egress_only_gateways": _egress_only_gateways,
    "network_acls": _network_acls,
    "peerings": _peerings,
}
