# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The network of one region as it should be, with the limits AWS sets. Pure."""

from __future__ import annotations

import contextlib
import dataclasses
import ipaddress
import typing as t

from .._aws.owner import NETWORK, Owner, parse_owner
from .._aws.validation import parse_permissions_boundary
from .._engine.errors import SpecError
from .resources.endpoint import OPEN_POLICY, parse_policy
from .resources.endpoint_service import parse_names

FlowLogs = t.Literal["none", "all", "accept", "reject"]
NatMode = t.Literal["per_zone", "single", "regional", "none"]
Tier = t.Literal["public", "private"]
TIERS: t.Final[tuple[Tier, ...]] = ("public", "private")

# A zone's letter is its slot, so that the order of zones cannot move a subnet. AWS has letters a to f.
SLOTS: t.Final = "abcdefgh"
SUBNET_NAMES: t.Final = tuple(f"{tier}-{slot}" for tier in TIERS for slot in SLOTS)
# Sixteen equal subnets: the lower half public, the upper half private.
_SUBNET_BITS: t.Final = 4
# VPCs are /16 to /28 (CreateVpc), and a load balancer wants /27 or larger subnets (CreateLoadBalancer, Subnets).
_LARGEST_PREFIX: t.Final = 16
_SMALLEST_PREFIX: t.Final = 27 - _SUBNET_BITS
ANYWHERE: t.Final = "0.0.0.0/0"
# The name of the NAT gateway that has no zone.
REGIONAL: t.Final = "nat-regional"


@dataclasses.dataclass(frozen=True, kw_only=True)
class VpcSpec:
    """What the user wants.

    :param cidr: the VPC's network; None only when the state is absent.
    :param zones: names of Availability Zones, sorted; empty to keep those in use and look up the others.
    :param zone_count: how many zones, when they are not named.
    :param interface_endpoints: services, by the part of their names after the region.
    :param endpoint_policy: of the endpoints of both types, in JSON.
    :param flow_logs: the traffic that is logged.
    :param flow_logs_retention_days: 0 for no expiry.
    :param flow_logs_interval: seconds that a record covers, at most.
    :param permissions_boundary_arn: of the flow logs' role.
    :param without_nat: zones that take no NAT gateway, as AWS has said in this run.
    :param wait_timeout: seconds.
    """

    owner: Owner
    region: str
    absent: bool
    cidr: ipaddress.IPv4Network | None
    zones: tuple[str, ...] = ()
    zone_count: int = 2
    nat_gateways: NatMode = "per_zone"
    s3_endpoint: bool = True
    interface_endpoints: tuple[str, ...] = ()
    endpoint_policy: str = OPEN_POLICY
    flow_logs: FlowLogs = "none"
    flow_logs_retention_days: int = 30
    flow_logs_interval: int = 600
    permissions_boundary_arn: str | None = None
    without_nat: frozenset[str] = frozenset()
    wait_timeout: float = 900.0


def parse(params: t.Mapping[str, t.Any], region: str) -> VpcSpec:
    """The spec from a module's parameters. Raises SpecError."""
    absent = params["state"] == "absent"
    zones = () if absent else _parse_zones(params["zones"] or [], region)
    if not absent and not zones and not 2 <= params["zone_count"] <= len(SLOTS):
        raise SpecError("zone_count", f"is {params['zone_count']}.", f"Use 2 to {len(SLOTS)}.")
    return VpcSpec(
        owner=parse_owner(params, NETWORK),
        region=region,
        absent=absent,
        cidr=None if absent else _parse_cidr(params["cidr"]),
        zones=zones,
        zone_count=len(zones) or params["zone_count"],
        nat_gateways=params["nat_gateways"],
        s3_endpoint=params["s3_endpoint"],
        interface_endpoints=parse_names(params["interface_endpoints"] or []),
        endpoint_policy=parse_policy(params["endpoint_policy"]),
        flow_logs=params["flow_logs"],
        flow_logs_retention_days=params["flow_logs_retention_days"],
        flow_logs_interval=params["flow_logs_interval"],
        permissions_boundary_arn=parse_permissions_boundary(params["permissions_boundary_arn"]),
        wait_timeout=float(params["wait_timeout"]),
    )


def _parse_cidr(text: str) -> ipaddress.IPv4Network:
    try:
        network = ipaddress.IPv4Network(text)
    except ValueError as error:
        like = "10.10.0.0/16"
        with contextlib.suppress(ValueError):
            like = str(ipaddress.IPv4Network(text, strict=False))
        raise SpecError("cidr", f"{text!r} is not an IPv4 network: {error}.", f"Write it like {like}.") from None
    if network.prefixlen < _LARGEST_PREFIX:
        raise SpecError("cidr", f"{text} is too large for a VPC.", f"Use /{_LARGEST_PREFIX} to /{_SMALLEST_PREFIX}.")
    if network.prefixlen > _SMALLEST_PREFIX:
        raise SpecError(
            "cidr",
            f"{text} is too small: its sixteen subnets would be /{network.prefixlen + _SUBNET_BITS}, and load "
            "balancers want /27 or larger.",
            f"Use /{_LARGEST_PREFIX} to /{_SMALLEST_PREFIX}.",
        )
    return network


def _parse_zones(names: t.Sequence[str], region: str) -> tuple[str, ...]:
    for name in names:
        if not is_zone(name, region):
            raise SpecError("zones", f"{name!r} is not an Availability Zone of {region}.", f"Write it like {region}a.")
    if len(set(names)) != len(names):
        raise SpecError("zones", "names a zone twice.", "Name every zone once.")
    if len(names) == 1:
        raise SpecError("zones", "names one zone; load balancers want two.", "Name two or more, or none.")
    return tuple(sorted(names))


def is_zone(name: str, region: str) -> bool:
    """True for the name of an Availability Zone of the region; False for a Local or Wavelength Zone."""
    return name[:-1] == region and name.endswith(tuple(SLOTS))


def letter(zone: str) -> str:
    """The letter of a zone (``us-east-1a`` → ``a``)."""
    return zone[-1]


def subnet_networks(cidr: ipaddress.IPv4Network) -> dict[str, ipaddress.IPv4Network]:
    """All possible subnets of a VPC with this network: name (``public-a``) → network.

    Empty if the network is too small to be divided.
    """
    if cidr.prefixlen + _SUBNET_BITS > cidr.max_prefixlen:
        return {}
    return dict(zip(SUBNET_NAMES, cidr.subnets(prefixlen_diff=_SUBNET_BITS), strict=True))
