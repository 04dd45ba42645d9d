# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The only reads of this layer, outside of an apply: ten calls when nothing has to change."""

from __future__ import annotations

import dataclasses
import itertools
import typing as t

from .._engine.context import Context
from .._engine.errors import ConflictError
from .._engine.gather import gather
from .._resources.security_group import parse_group
from .model import Interface, InternetGateway, Snapshot, Vpc
from .parse import (
    Item,
    is_nat_interface,
    parse_address,
    parse_endpoint,
    parse_gateway,
    parse_interface,
    parse_nat,
    parse_subnet,
    parse_table,
    parse_vpc,
    without_holders,
)
from .plan_additions import additions
from .spec import VpcSpec, is_zone, letter
from .standing import resolve
from .zones import choose_zones, needs_lookup, retained_letters

Reader: t.TypeAlias = "t.Callable[[], t.Any]"


def observe(ctx: Context, spec: VpcSpec) -> Snapshot:
    """What is ours by its tags, and everything that is in our VPC.

    Raises ConflictError if two VPCs are ours.
    """
    own = spec.owner.filters()
    first = gather(
        {
            "vpcs": lambda: read(ctx, "describe_vpcs", "Vpcs", own),
            "addresses": lambda: read_addresses(ctx, own),
            "gateways": lambda: read(ctx, "describe_internet_gateways", "InternetGateways", own),
        }
    )
    snapshot = Snapshot(
        owner=spec.owner,
        region=spec.region,
        vpc=_only_vpc(spec, [parse_vpc(item) for item in first["vpcs"]]),
        gateways=tuple(map(parse_gateway, first["gateways"])),
        addresses=tuple(map(parse_address, first["addresses"])),
    )
    found = _complete(ctx, spec, _inside(ctx, spec, snapshot))
    for sentence in () if spec.absent else additions(found):
        ctx.warn(f"{sentence} They are left alone.")
    return _without_other_layers(ctx, spec, found) if ctx.check_mode and spec.absent else found


def _without_other_layers(ctx: Context, spec: VpcSpec, snapshot: Snapshot) -> Snapshot:
    """A dry run of a whole removal comes here while the layers that go first still stand."""
    others = [item for item in snapshot.groups if item.name != "default" and spec.owner.owns(item.tags)]
    if others:
        names = ", ".join(item.name for item in others)
        ctx.warn(f"vpc/main in {spec.region} can go when the other layers of its stack are gone ({names}).")
    return dataclasses.replace(snapshot, groups=tuple(item for item in snapshot.groups if item not in others))


def _only_vpc(spec: VpcSpec, found: t.Sequence[Vpc]) -> Vpc | None:
    if len(found) > 1:
        ids = ", ".join(sorted(vpc.id for vpc in found))
        raise ConflictError(
            f"vpc/main: {len(found)} VPCs in {spec.region} belong to {spec.owner.prefix} by their tags: {ids}. "
            "Two runs at once may have made them. Delete the one that nothing is in, then run this again."
        )
    return found[0] if found else None


def _inside(ctx: Context, spec: VpcSpec, snapshot: Snapshot) -> Snapshot:
    """With what is in the VPC: filtered by that and not by our tags, because what is foreign there matters too."""
    vpc = snapshot.vpc
    if vpc is None:
        return snapshot
    here = by("vpc-id", vpc.id)
    groups = here if spec.absent else [*here, *by("group-name", "default")]
    readers: dict[str, Reader] = {
        "subnets": lambda: read(ctx, "describe_subnets", "Subnets", here),
        "tables": lambda: read(ctx, "describe_route_tables", "RouteTables", here),
        "nats": lambda: read(ctx, "describe_nat_gateways", "NatGateways", here),
        "endpoints": lambda: read(ctx, "describe_vpc_endpoints", "VpcEndpoints", here),
        "groups": lambda: read(ctx, "describe_security_groups", "SecurityGroups", groups),
    }
    if spec.absent:
        readers["interfaces"] = lambda: read(ctx, "describe_network_interfaces", "NetworkInterfaces", here)
    else:
        readers["dns_support"] = lambda: _attribute(ctx, vpc.id, "enableDnsSupport", "EnableDnsSupport")
        readers["dns_hostnames"] = lambda: _attribute(ctx, vpc.id, "enableDnsHostnames", "EnableDnsHostnames")
    found = gather(readers)
    read_nats = tuple(map(parse_nat, found["nats"]))
    nats = tuple(nat for nat in read_nats if nat.state != "deleted")
    return dataclasses.replace(
        snapshot,
        vpc=dataclasses.replace(vpc, **{key: found[key] for key in ("dns_support", "dns_hostnames") if key in found}),
        subnets=tuple(map(parse_subnet, found["subnets"])),
        route_tables=tuple(map(parse_table, found["tables"])),
        nats=nats,
        addresses=without_holders(snapshot.addresses, (nat for nat in read_nats if nat.state == "deleted")),
        endpoints=tuple(parse_endpoint(item) for item in found["endpoints"] if item["State"] not in _GONE),
        groups=tuple(map(parse_group, found["groups"])),
        interfaces=_others(found.get("interfaces", ()), itertools.chain(*(nat.interface_ids for nat in nats))),
    )


# EC2 answers with "Deleted" as well as "deleted".
_GONE: t.Final = frozenset({"deleted", "Deleted", "deleting", "Deleting"})


def _complete(ctx: Context, spec: VpcSpec, snapshot: Snapshot) -> Snapshot:
    """With what has to be looked up only when something is missing or too much."""
    vpc = snapshot.vpc
    standing = resolve(snapshot)
    readers: dict[str, Reader] = {}
    if vpc and not any(gateway.vpc_id == vpc.id for gateway in snapshot.gateways):
        attached = by("attachment.vpc-id", vpc.id)
        readers["gateways"] = lambda: read(ctx, "describe_internet_gateways", "InternetGateways", attached)
    known = {address.id for address in snapshot.addresses}
    unknown = sorted({nat.allocation_id for nat in standing.spare_nats if nat.allocation_id} - known)
    if unknown:
        readers["addresses"] = lambda: read_addresses(ctx, by("allocation-id", *unknown))
    if not spec.absent and needs_lookup(spec, standing):
        readers["zones"] = lambda: _zones(ctx, spec.region)
    more = gather(readers)
    found = {key: more.get(key, ()) for key in ("gateways", "addresses")}
    snapshot = dataclasses.replace(
        snapshot,
        gateways=(*snapshot.gateways, *_new_gateways(snapshot, found["gateways"])),
        addresses=(*snapshot.addresses, *map(parse_address, found["addresses"])),
        available_zones=more.get("zones"),
    )
    return snapshot if spec.absent else _with_occupants(ctx, spec, snapshot)


def _new_gateways(snapshot: Snapshot, found: t.Iterable[Item]) -> list[InternetGateway]:
    there = {gateway.id for gateway in snapshot.gateways}
    return [gateway for gateway in map(parse_gateway, found) if gateway.id not in there]


def _with_occupants(ctx: Context, spec: VpcSpec, snapshot: Snapshot) -> Snapshot:
    """With the network interfaces in subnets whose zone is not wanted any more. Says which zones have to stay."""
    standing = resolve(snapshot)
    zones = choose_zones(spec, standing, snapshot.available_zones)
    wanted = {letter(zone) for zone in zones}
    going = [subnet.id for name, subnet in standing.subnets.items() if name[-1] not in wanted]
    if not going:
        return snapshot
    found = read(ctx, "describe_network_interfaces", "NetworkInterfaces", by("subnet-id", *going))
    nats = itertools.chain(*(nat.interface_ids for nat in snapshot.nats))
    snapshot = dataclasses.replace(snapshot, interfaces=_others(found, nats))
    for slot in sorted(retained_letters(snapshot, standing, zones)):
        ctx.warn(
            f"vpc: zone {spec.region}{slot} is not wanted any more, but its subnets are in use; they stay until a run "
            "finds nothing in them."
        )
    return snapshot


def _others(found: t.Iterable[Item], nat_interfaces: t.Iterable[str]) -> tuple[Interface, ...]:
    ours = frozenset(nat_interfaces)
    return tuple(
        parse_interface(item) for item in found if item["NetworkInterfaceId"] not in ours and not is_nat_interface(item)
    )


def _zones(ctx: Context, region: str) -> tuple[str, ...]:
    """The region's Availability Zones that can be used, in the order of their names."""
    filters = [*by("state", "available"), *by("zone-type", "availability-zone")]
    answer = ctx.client("ec2").describe_availability_zones(Filters=filters)
    names = [zone["ZoneName"] for zone in answer["AvailabilityZones"]]
    return tuple(sorted(name for name in names if is_zone(name, region)))


def _attribute(ctx: Context, vpc_id: str, attribute: str, key: str) -> bool:
    answer = ctx.client("ec2").describe_vpc_attribute(VpcId=vpc_id, Attribute=attribute)
    return bool(answer[key]["Value"])


def by(name: str, *values: str) -> list[dict[str, t.Any]]:
    """EC2's Filters for one field."""
    return [{"Name": name, "Values": list(values)}]


def read(ctx: Context, operation: str, key: str, filters: t.Sequence[Item]) -> list[Item]:
    """All items of a paginated Describe call."""
    # The parameter has another name there, and there alone.
    parameter = "Filter" if operation == "describe_nat_gateways" else "Filters"
    pages = ctx.client("ec2").get_paginator(operation).paginate(**{parameter: list(filters)})
    return [item for page in pages for item in page[key]]


def read_addresses(ctx: Context, filters: t.Sequence[Item]) -> list[Item]:
    """DescribeAddresses, which has no pages."""
    addresses: list[Item] = ctx.client("ec2").describe_addresses(Filters=list(filters))["Addresses"]
    return addresses
