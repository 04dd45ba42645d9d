# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The order of the reads: eleven calls when nothing has to change."""

from __future__ import annotations

import dataclasses
import typing as t
from functools import partial

from .._engine.context import Context
from .._engine.errors import ConflictError
from .._engine.gather import gather
from . import observe_attached
from .ec2 import by
from .resources import (
    default_security_group_calls,
    elastic_ip,
    elastic_ip_calls,
    endpoint_calls,
    flow_log,
    flow_log_calls,
    interface_endpoint,
    interface_endpoint_calls,
    internet_gateway,
    internet_gateway_calls,
    nat_gateway,
    nat_gateway_calls,
    network_interface_calls,
    route_table_calls,
    subnet,
    subnet_calls,
    vpc,
    vpc_calls,
)
from .resources.elastic_ip import without_holders
from .resources.network_interface import parse_others
from .resources.vpc import Vpc
from .snapshot import Snapshot
from .spec import VpcSpec, is_zone, letter
from .zones import choose_zones, lay_out, needs_lookup

Readers: t.TypeAlias = "dict[str, t.Callable[[], t.Any]]"


def observe(ctx: Context, spec: VpcSpec) -> Snapshot:
    """Read what this layer owns by its tags, and everything in its VPC.

    Raises ConflictError if it has two VPCs, or subnets but no VPC.
    """
    if spec.nat_gateways == "regional" and not spec.absent:
        nat_gateway_calls.refuse_regional(ctx)
    readers: Readers = {"network": partial(_network, ctx, spec)}
    if spec.absent or spec.flow_logs != "none":
        # Read at the same time as the VPC.
        readers |= flow_log_calls.readers(ctx, spec)
    first = gather(readers)
    found = _complete(ctx, spec, dataclasses.replace(first.pop("network"), **first))
    for sentence in () if spec.absent else _additions(spec, found):
        ctx.warn(sentence)
    return _without_other_layers(ctx, spec, found) if ctx.check_mode and spec.absent else found


def _network(ctx: Context, spec: VpcSpec) -> Snapshot:
    """The VPC and what is in it."""
    own = spec.owner.filters()
    readers: Readers = {
        "vpcs": partial(vpc_calls.read, ctx, own),
        "addresses": partial(elastic_ip_calls.read, ctx, own),
        "gateways": partial(internet_gateway_calls.read, ctx, own),
    }
    first = gather(readers)
    snapshot = Snapshot(
        owner=spec.owner,
        region=spec.region,
        vpc=_only_vpc(spec, first["vpcs"]),
        gateways=first["gateways"],
        addresses=first["addresses"],
    )
    return _inside(ctx, spec, snapshot)


def _additions(spec: VpcSpec, snapshot: Snapshot) -> t.Iterator[str]:
    yield from (f"{each} They are left alone." for each in (*vpc.additions(snapshot), *nat_gateway.additions(snapshot)))
    yield from (*internet_gateway.additions(snapshot), *elastic_ip.additions(lay_out(spec, snapshot), snapshot))


def _without_other_layers(ctx: Context, spec: VpcSpec, snapshot: Snapshot) -> Snapshot:
    """In a dry run of destroy.yml, the layers that are removed first are still there."""
    others = [
        item
        for item in snapshot.groups
        if item not in (snapshot.default_group, snapshot.endpoint_group) and spec.owner.stack_owns(item.tags)
    ]
    if others:
        names = ", ".join(item.name for item in others)
        ctx.warn(f"vpc/main in {spec.region} can be deleted once the other layers of its stack are gone ({names}).")
    return dataclasses.replace(snapshot, groups=tuple(item for item in snapshot.groups if item not in others))


def _only_vpc(spec: VpcSpec, found: t.Sequence[Vpc]) -> Vpc | None:
    if len(found) > 1:
        ids = ", ".join(sorted(item.id for item in found))
        raise ConflictError(
            f"vpc/main: {len(found)} VPCs in {spec.region} belong to {spec.owner.title} by their tags: {ids}. "
            "Two runs at once may have made them. Delete the one that nothing is in, then run this again."
        )
    return found[0] if found else None


def _inside(ctx: Context, spec: VpcSpec, snapshot: Snapshot) -> Snapshot:
    """Add what is in the VPC, whatever its tags: foreign resources there matter, too."""
    if snapshot.vpc is None:
        subnet.refuse_elsewhere(snapshot, subnet_calls.read(ctx, spec.owner.filters()))
        return snapshot
    vpc_id = snapshot.vpc.id
    here = by("vpc-id", vpc_id)
    readers: Readers = {
        "subnets": partial(subnet_calls.read, ctx, here),
        "tables": partial(route_table_calls.read, ctx, here),
        "nats": partial(nat_gateway_calls.read, ctx, here),
        "endpoints": partial(endpoint_calls.read, ctx, here),
        "flow_logs": partial(flow_log_calls.read, ctx, by("resource-id", vpc_id)),
        "groups": partial(default_security_group_calls.read, ctx, here),
    }
    if spec.absent:
        readers["interfaces"] = partial(network_interface_calls.read, ctx, here)
        readers |= {kind: partial(read, ctx, vpc_id) for kind, read in observe_attached.READS.items()}
    else:
        readers |= {field.name: partial(vpc_calls.read_attribute, ctx, vpc_id, field) for field in vpc.FIELDS}
    found = gather(readers)
    nats = tuple(nat for nat in found["nats"] if nat.state != "deleted")
    # AWS creates and deletes a route table with a regional NAT gateway.
    of_nats = {nat.route_table_id for nat in found["nats"]}
    with_endpoints = dataclasses.replace(snapshot, endpoints=found["endpoints"])
    attributes = {field.name: found[field.name] for field in vpc.FIELDS if field.name in found}
    return dataclasses.replace(
        with_endpoints,
        vpc=dataclasses.replace(snapshot.vpc, attributes=attributes),
        subnets=found["subnets"],
        route_tables=tuple(table for table in found["tables"] if table.id not in of_nats),
        nats=nats,
        addresses=without_holders(snapshot.addresses, (nat for nat in found["nats"] if nat.state == "deleted")),
        groups=found["groups"],
        flow_logs=found["flow_logs"],
        interfaces=parse_others(found.get("interfaces", ()), nats, interface_endpoint.every(with_endpoints)),
        attached=tuple(text for kind in observe_attached.READS for text in found.get(kind, ())),
    )


def _complete(ctx: Context, spec: VpcSpec, snapshot: Snapshot) -> Snapshot:
    """Add what is read only when something is missing or unwanted."""
    readers: Readers = {}
    if snapshot.vpc and not any(gateway.vpc_id == snapshot.vpc.id for gateway in snapshot.gateways):
        attached = by("attachment.vpc-id", snapshot.vpc.id)
        readers["gateways"] = partial(internet_gateway_calls.read, ctx, attached)
    known = {address.id for address in snapshot.addresses}
    unknown = sorted({nat.allocation_id for nat in snapshot.own_nats.spare if nat.allocation_id} - known)
    if unknown:
        readers["addresses"] = partial(elastic_ip_calls.read, ctx, by("allocation-id", *unknown))
    if not spec.absent and needs_lookup(spec, snapshot):
        readers["zones"] = partial(_zones, ctx, spec.region)
    if _may_have_left_flow_logs(spec, snapshot):
        readers |= flow_log_calls.readers(ctx, spec)
    more = gather(readers)
    there = {gateway.id for gateway in snapshot.gateways}
    snapshot = dataclasses.replace(
        snapshot,
        gateways=(*snapshot.gateways, *(item for item in more.get("gateways", ()) if item.id not in there)),
        addresses=(*snapshot.addresses, *more.get("addresses", ())),
        available_zones=more.get("zones"),
        flow_log_role=more.get("flow_log_role", snapshot.flow_log_role),
        flow_log_group=more.get("flow_log_group", snapshot.flow_log_group),
    )
    return snapshot if spec.absent else _with_services(ctx, spec, _with_occupants(ctx, spec, snapshot))


def _may_have_left_flow_logs(spec: VpcSpec, snapshot: Snapshot) -> bool:
    if spec.absent or spec.flow_logs != "none":
        return False
    return bool(flow_log.find(snapshot)) or (snapshot.vpc is not None and snapshot.vpc.may_have_flow_logs)


def _with_occupants(ctx: Context, spec: VpcSpec, snapshot: Snapshot) -> Snapshot:
    """Add the network interfaces in subnets of unwanted zones. Warns of zones that have to stay."""
    wanted = {letter(zone) for zone in choose_zones(spec, snapshot)}
    going = [item.id for name, item in snapshot.own_subnets.by_name.items() if name[-1] not in wanted]
    if not going:
        return snapshot
    found = network_interface_calls.read(ctx, by("subnet-id", *going))
    others = parse_others(found, snapshot.nats, interface_endpoint.every(snapshot))
    snapshot = dataclasses.replace(snapshot, interfaces=others)
    for slot in sorted(lay_out(spec, snapshot).retained):
        ctx.warn(
            f"vpc: zone {spec.region}{slot} is no longer wanted, but its subnets are in use; they stay until a run "
            "finds nothing in them."
        )
    return snapshot


def _with_services(ctx: Context, spec: VpcSpec, snapshot: Snapshot) -> Snapshot:
    """Add the services of endpoints that are missing or may need another subnet."""
    if not spec.interface_endpoints or not interface_endpoint.needs_lookup(lay_out(spec, snapshot), snapshot):
        return snapshot
    services = interface_endpoint_calls.read_services(ctx, spec.region, spec.interface_endpoints)
    return dataclasses.replace(snapshot, endpoint_services=services)


def _zones(ctx: Context, region: str) -> tuple[str, ...]:
    """The region's available Availability Zones, sorted."""
    filters = [*by("state", "available"), *by("zone-type", "availability-zone")]
    answer = ctx.client("ec2").describe_availability_zones(Filters=filters)
    names = [zone["ZoneName"] for zone in answer["AvailabilityZones"]]
    return tuple(sorted(name for name in names if is_zone(name, region)))
