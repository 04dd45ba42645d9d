# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the account has room for what is still to be created. Asked only when something is."""

from __future__ import annotations

import collections
import dataclasses
import functools
import typing as t

from .._engine.aws_errors import translate
from .._engine.context import Context
from .._engine.errors import AwsError
from .._engine.gather import gather
from .._vpc.spec import VpcSpec
from .observe import Holdings
from .problem import Problem
from .rules import parse_network
from .spec import PreflightSpec, Region


@dataclasses.dataclass(frozen=True)
class Quota:
    """A limit that AWS sets, see Service Quotas.

    :param default: what an account has that never asked for more.
    """

    service: str
    code: str
    name: str
    default: int


VPCS: t.Final = Quota("vpc", "L-F678F1CE", "VPCs per Region", 5)
ADDRESSES: t.Final = Quota("ec2", "L-0263D0A3", "EC2-VPC Elastic IPs", 5)
NAT_GATEWAYS: t.Final = Quota("vpc", "L-FE5A380F", "NAT gateways per Availability Zone", 5)


@dataclasses.dataclass(frozen=True)
class Needs:
    """What is still to be created in a region."""

    vpcs: int = 0
    addresses: int = 0
    nat_gateways: int = 0

    def __bool__(self) -> bool:
        return bool(self.vpcs or self.addresses or self.nat_gateways)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Usage:
    """All that the account has in a region. NAT gateways by zone, of the zones that the run will use."""

    vpcs: int
    addresses: int
    nat_gateways: t.Mapping[str, int]


def needs(network: VpcSpec, holdings: Holdings) -> Needs:
    """What the region still lacks."""
    gateways = {"per_zone": network.zone_count, "single": 1, "none": 0}[network.nat_gateways]
    return Needs(
        vpcs=1 - holdings.vpcs,
        addresses=max(0, gateways - holdings.addresses),
        nat_gateways=max(0, gateways - holdings.nat_gateways),
    )


def check_quotas(ctx: Context, spec: PreflightSpec, region: Region, holdings: Holdings) -> list[Problem]:
    """The quotas that this run would hit in the region. Raises AwsError."""
    network = parse_network(spec.values, region.name)
    wanted = needs(network, holdings)
    if not wanted:
        return []
    with translate(region.name):
        usage = _usage(ctx, network, wanted)
    return check_usage(region.name, wanted, usage, functools.partial(_limit, ctx, region.name))


def check_usage(region: str, wanted: Needs, usage: Usage, limit: t.Callable[[Quota], int | None]) -> list[Problem]:
    """Pure but for ``limit``, which tells how much of a quota the account has, or None where it will not say.

    It is asked only when the default is not enough.
    """
    demands = [
        (VPCS, usage.vpcs, wanted.vpcs, "VPCs", ""),
        (ADDRESSES, usage.addresses, wanted.addresses, "Elastic IP addresses", " Or set vpc_nat_gateways to single."),
    ]
    if wanted.nat_gateways:
        demands += [
            (NAT_GATEWAYS, count, 1, f"NAT gateways in {zone}", "")
            for zone, count in sorted(usage.nat_gateways.items())
        ]
    problems = []
    for quota, used, more, what, other in demands:
        if not more or used + more <= quota.default:
            continue
        allowed = limit(quota)
        if allowed is not None and used + more > allowed:
            problems.append(
                Problem(
                    f"quota '{quota.name}' ({quota.code}) in {region}",
                    f"allows {allowed} {what}; {used} are in use and {more} more needed.",
                    f"Ask for more in Service Quotas, or remove what is not used any more.{other}",
                )
            )
    return problems


def _limit(ctx: Context, region: str, quota: Quota) -> int | None:
    """The account's own limit. None, with a warning, if it cannot be read: an unsure refusal would help nobody."""
    try:
        with translate(region):
            answer = ctx.client("service-quotas", region=region).get_service_quota(
                ServiceCode=quota.service, QuotaCode=quota.code
            )
            return int(answer["Quota"]["Value"])
    except AwsError as error:
        ctx.warn(f"The quota '{quota.name}' could not be read and may be hit: {error}")
        return None


def _usage(ctx: Context, network: VpcSpec, wanted: Needs) -> Usage:
    ec2 = ctx.client("ec2", region=network.region)
    readers: dict[str, t.Callable[[], t.Any]] = {}
    if wanted.vpcs:
        readers["vpcs"] = functools.partial(_count, ec2, "describe_vpcs", "Vpcs")
    if wanted.addresses:
        readers["addresses"] = lambda: len(ec2.describe_addresses()["Addresses"])
    if wanted.nat_gateways:
        readers["nat_gateways"] = functools.partial(_nat_gateways, ec2, network)
    found = gather(readers)
    return Usage(
        vpcs=found.get("vpcs", 0), addresses=found.get("addresses", 0), nat_gateways=found.get("nat_gateways", {})
    )


def _count(ec2: t.Any, operation: str, key: str) -> int:
    return sum(len(page[key]) for page in ec2.get_paginator(operation).paginate())


def _nat_gateways(ec2: t.Any, network: VpcSpec) -> dict[str, int]:
    """NAT gateways by zone, of the zones that the run will use; empty while there are too few to fill any zone."""
    # These states count, see "Amazon VPC quotas".
    states = {"Name": "state", "Values": ["pending", "available", "deleting"]}
    gateways = [
        gateway
        for page in ec2.get_paginator("describe_nat_gateways").paginate(Filter=[states])
        for gateway in page["NatGateways"]
    ]
    if len(gateways) < NAT_GATEWAYS.default:
        return {}
    subnets = {
        subnet["SubnetId"]: subnet["AvailabilityZone"]
        for page in ec2.get_paginator("describe_subnets").paginate()
        for subnet in page["Subnets"]
    }
    counts = collections.Counter(subnets.get(gateway.get("SubnetId", "")) for gateway in gateways)
    return {zone: counts[zone] for zone in _zones(ec2, network)}


def _zones(ec2: t.Any, network: VpcSpec) -> tuple[str, ...]:
    if network.zones:
        return network.zones
    filters = [
        {"Name": "state", "Values": ["available"]},
        {"Name": "zone-type", "Values": ["availability-zone"]},
    ]
    zones = sorted(zone["ZoneName"] for zone in ec2.describe_availability_zones(Filters=filters)["AvailabilityZones"])
    return tuple(zones[: 1 if network.nat_gateways == "single" else network.zone_count])
