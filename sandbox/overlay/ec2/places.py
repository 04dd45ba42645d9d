# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Regions that an account has not enabled, and zones without capacity.

Amazon VPC User Guide, "Troubleshoot NAT gateways": a constrained Availability Zone takes none, NotAvailableInZone. AWS
Account Management, "Enable or disable AWS Regions": endpoints of a region that is not enabled know no credentials of
the account, and DescribeRegions says so.
"""

from __future__ import annotations

from typing import Any

from moto.ec2.responses import EC2Response

from sandbox.overlay.base import AwsError, Call, World, corrects

_NOT_ENABLED = "not-opted-in"


def disabled_regions(world: World) -> set[str]:
    """Regions that no account has enabled."""
    return world.store(set, "disabled regions")


def constrained_zones(world: World) -> set[str]:
    """Zones that accept no NAT gateway."""
    return world.store(set, "constrained zones")


def refuse_constrained(world: World, zone: str) -> None:
    """Raise AWS's refusal of a NAT gateway in such a zone."""
    if zone in constrained_zones(world):
        raise AwsError("NotAvailableInZone", "Nat Gateway is not available in this availability zone")


@corrects(EC2Response, "DescribeRegions")
def _describe(call: Call) -> Any:
    """DescribeRegions leaves out regions that are not enabled, unless all are requested."""
    disabled = disabled_regions(call.world)
    named, everything = set(call.get("RegionNames") or []), bool(call.get("AllRegions"))
    call.params["AllRegions"] = True
    answer = call.proceed()
    if unknown := named - {region.name for region in answer["Regions"]}:
        raise AwsError("InvalidParameterValue", f"Invalid region name: '{', '.join(sorted(unknown))}'")
    regions = [
        {
            "RegionName": region.name,
            "Endpoint": region.endpoint,
            "OptInStatus": _NOT_ENABLED if region.name in disabled else region.opt_in_status,
        }
        for region in answer["Regions"]
        if not named or region.name in named
    ]
    return {"Regions": [each for each in regions if everything or each["OptInStatus"] != _NOT_ENABLED]}
