# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether quotas allow what is still to be created. They are only read if something is."""

from __future__ import annotations

import collections
import dataclasses
import functools
import typing as t

from .._engine.context import Context
from .._failover_chain.vcpus import Quota
from .._vpc.spec import VpcSpec
from .health_check_limit import check_health_checks
from .observe import StackUsage
from .problem import Problem
from .quota import Demand, check_demands
from .rules import parse_network
from .service_quotas import service_demands
from .spec import PreflightSpec, Region

VPCS: t.Final = Quota("vpc", "L-F678F1CE", "VPCs per Region", 5)
ADDRESSES: t.Final = Quota("ec2", "L-0263D0A3", "EC2-VPC Elastic IPs", 5)
NAT_GATEWAYS: t.Final = Quota("vpc", "L-FE5A380F", "NAT gateways per Availability Zone", 5)
_FEWER: t.Final = "Or set vpc_nat_gateways to single."


@dataclasses.dataclass(frozen=True)
class Needs:
    """What of a network is still to be created in a region."""

    vpcs: int = 0
    addresses: int = 0
    nat_gateways: int = 0


def needs(network: VpcSpec, usage: StackUsage) -> Needs:
    """What the region still lacks."""
    # A regional one uses AWS's addresses, and does not count towards the quota of a zone.
    gateways = {"per_zone": network.zone_count, "single": 1, "regional": 0, "none": 0}[network.nat_gateways]
    return Needs(
        vpcs=1 - usage.vpcs,
        addresses=max(0, gateways - usage.addresses),
        nat_gateways=max(0, gateways - usage.nat_gateways),
    )


def check_quotas(ctx: Context, spec: PreflightSpec, region: Region, usage: StackUsage) -> list[Problem]:
    """The quotas that this run would exceed in the region, or in the account because of the region."""
    demands = [
        *network_demands(ctx, parse_network(spec.values, region.name), usage),
        *service_demands(ctx, spec, region.name, usage),
    ]
    return [*check_demands(ctx, region.name, demands), *check_health_checks(ctx, spec, usage)]


def network_demands(ctx: Context, network: VpcSpec, usage: StackUsage) -> t.Iterator[Demand]:
    """What the network would add. The quota of internet gateways follows that of VPCs."""
    ec2 = ctx.client("ec2", region=network.region)
    wanted = needs(network, usage)
    if wanted.vpcs:
        used: t.Callable[[], t.Mapping[str, float]] = functools.partial(_count, ec2, "describe_vpcs", "Vpcs")
        yield Demand(quota=VPCS, more=wanted.vpcs, what="VPCs", used=used)
    if wanted.addresses:
        yield Demand(
            quota=ADDRESSES,
            more=wanted.addresses,
            what="Elastic IP addresses",
            used=lambda: {"": len(ec2.describe_addresses()["Addresses"])},
            other=_FEWER,
        )
    if wanted.nat_gateways:
        used = functools.partial(_nat_gateways, ec2, network)
        yield Demand(quota=NAT_GATEWAYS, more=1, what="NAT gateways", used=used, other=_FEWER)


def _count(ec2: t.Any, operation: str, key: str) -> dict[str, float]:
    return {"": sum(len(page[key]) for page in ec2.get_paginator(operation).paginate())}


def _nat_gateways(ec2: t.Any, network: VpcSpec) -> dict[str, float]:
    """The number of NAT gateways in each zone that the run will use."""
    # The states that count ("Amazon VPC quotas").
    states = {"Name": "state", "Values": ["pending", "available", "deleting"]}
    gateways = [
        gateway
        for page in ec2.get_paginator("describe_nat_gateways").paginate(Filter=[states])
        for gateway in page["NatGateways"]
    ]
    subnets = {
        subnet["SubnetId"]: subnet["AvailabilityZone"]
        for page in (ec2.get_paginator("describe_subnets").paginate() if gateways else ())
        for subnet in page["Subnets"]
    }
    counts = collections.Counter(subnets.get(gateway.get("SubnetId", "")) for gateway in gateways)
    return {zone: counts[zone] for zone in _zones(ec2, network)}


def _zones(ec2: t.Any, network: VpcSpec) -> tuple[str, ...]:
    if network.zones:
        return network.zones
    filters = [{"Name": "state", "Values": ["available"]}, {"Name": "zone-type", "Values": ["availability-zone"]}]
    zones = sorted(zone["ZoneName"] for zone in ec2.describe_availability_zones(Filters=filters)["AvailabilityZones"])
    return tuple(zones[: 1 if network.nat_gateways == "single" else network.zone_count])
