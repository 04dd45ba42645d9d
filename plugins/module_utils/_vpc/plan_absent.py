# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Taking everything of ours away, in the order AWS wants it. Pure."""

from __future__ import annotations

import typing as t

from .._engine.errors import ConflictError
from .._engine.plan import Change, Plan, Wait
from .model import Snapshot
from .plan_network import refuse_strayed_gateway
from .plan_target import nat_deleted, remove
from .spec import VpcSpec
from .standing import Standing, is_ours, resolve

INTERFACES_GONE: t.Final = "network_interfaces_gone"
_REASON: t.Final = "state is absent"


def plan_absent(spec: VpcSpec, snapshot: Snapshot) -> Plan:
    """Raises ConflictError if the VPC holds anything that is not this layer's, before anything is deleted."""
    standing = resolve(snapshot)
    refuse_strayed_gateway(standing)
    _refuse_foreign(spec, snapshot, standing)
    nats, nat_waits = _nats(spec, standing)
    waits = (*nat_waits.values(), *_interfaces(spec, snapshot, standing))
    empty = [wait.address for wait in waits]
    inside = (*_gateways(standing, empty), *_subnets(standing, empty), *_endpoints(standing))
    tables = tuple(_tables(standing, [change.address for change in inside]))
    changes = (*nats, *_addresses(standing, nat_waits), *inside, *tables)
    return Plan(changes=(*changes, *_vpc(standing, [*empty, *(change.address for change in changes)])), waits=waits)


def _refuse_foreign(spec: VpcSpec, snapshot: Snapshot, standing: Standing) -> None:
    if standing.vpc is None:
        return
    others = [group for group in snapshot.groups if group.name != "default"]
    foreign = [
        *_foreign(spec, snapshot, standing),
        *(f"security group {item.id} ({item.name})" for item in others if not spec.owner.owns(item.tags)),
    ]
    if foreign:
        raise ConflictError(
            f"vpc/main: {standing.vpc.id} in {spec.region} cannot be deleted: it holds what is not of this stack: "
            f"{', '.join(foreign)}. Delete these, or move them to another VPC, then run this again."
        )
    if others:
        names = ", ".join(f"security group {item.id} ({item.name})" for item in others)
        raise ConflictError(
            f"vpc/main: {standing.vpc.id} in {spec.region} cannot be deleted: other layers of this stack still use "
            f"it: {names}. Delete those layers first."
        )


def _foreign(spec: VpcSpec, snapshot: Snapshot, standing: Standing) -> t.Iterator[str]:
    owner = spec.owner
    nats = {item.id for item in (*standing.nats.values(), *standing.spare_nats, *standing.leaving)}
    endpoints = {item.id for item in (standing.endpoint, *standing.spare_endpoints) if item}
    yield from (f"subnet {item.id}" for item in snapshot.subnets if not is_ours(owner, item.tags))
    yield from (
        f"route table {item.id}" for item in snapshot.route_tables if not (item.main or is_ours(owner, item.tags))
    )
    yield from (f"NAT gateway {item.id}" for item in snapshot.nats if item.id not in nats)
    yield from (f"VPC endpoint {item.id} ({item.service})" for item in snapshot.endpoints if item.id not in endpoints)
    if standing.foreign_gateway:
        yield f"internet gateway {standing.foreign_gateway.id}"
    yield from (
        f"network interface {item.id} ({item.description or 'no description'})"
        for item in snapshot.interfaces
        if not item.managed
    )


def _nats(spec: VpcSpec, standing: Standing) -> tuple[tuple[Change, ...], dict[str, Wait]]:
    """Deletions, and by allocation id the wait for the NAT gateway that holds the address."""
    changes = []
    waits = {nat.allocation_id or nat.id: nat_deleted(spec, nat) for nat in standing.leaving}
    for name, nat in (*standing.nats.items(), *(("", nat) for nat in standing.spare_nats)):
        change = remove("nat_gateway", nat.id, _REASON, name=name)
        changes.append(change)
        waits[nat.allocation_id or nat.id] = nat_deleted(spec, nat, needs=[change.address])
    return tuple(changes), waits


def _interfaces(spec: VpcSpec, snapshot: Snapshot, standing: Standing) -> t.Iterator[Wait]:
    """AWS takes away the interfaces of deleted load balancers and stopped tasks a while after those are gone."""
    if standing.vpc and snapshot.interfaces:
        yield Wait(
            kind=INTERFACES_GONE,
            name=standing.vpc.id,
            what=f"AWS to remove network interfaces from {standing.vpc.id}",
            timeout=spec.wait_timeout,
            data=standing.vpc.id,
        )


def _addresses(standing: Standing, waits: t.Mapping[str, Wait]) -> t.Iterator[Change]:
    for name, address in (*standing.addresses.items(), *(("", item) for item in standing.spare_addresses)):
        wait = waits.get(address.id)
        before = {"public_ip": address.public_ip}
        needs = [wait.address] if wait else []
        yield remove("elastic_ip", address.id, _REASON, name=name, before=before, needs=needs)


def _gateways(standing: Standing, empty: t.Sequence[str]) -> t.Iterator[Change]:
    """AWS detaches no internet gateway while public addresses are mapped in the VPC."""
    named = [("main", standing.gateway)] if standing.gateway else []
    for name, gateway in (*named, *(("", item) for item in standing.spare_gateways)):
        yield remove("internet_gateway", gateway.id, _REASON, name=name, vpc_id=gateway.vpc_id, needs=empty)


def _subnets(standing: Standing, empty: t.Sequence[str]) -> t.Iterator[Change]:
    for name, subnet in (*standing.subnets.items(), *(("", item) for item in standing.spare_subnets)):
        before = {"cidr": subnet.cidr, "zone": subnet.zone}
        yield remove("subnet", subnet.id, _REASON, name=name, before=before, needs=empty)


def _endpoints(standing: Standing) -> t.Iterator[Change]:
    named = [("s3", standing.endpoint)] if standing.endpoint else []
    for name, endpoint in (*named, *(("", item) for item in standing.spare_endpoints)):
        yield remove("vpc_endpoint", endpoint.id, _REASON, name=name, before={"service": endpoint.service})


def _tables(standing: Standing, needs: t.Sequence[str]) -> t.Iterator[Change]:
    for name, table in (*standing.tables.items(), *(("", item) for item in standing.spare_tables)):
        if not table.main:  # the main one goes with the VPC
            yield remove("route_table", table.id, _REASON, name=name, needs=needs)


def _vpc(standing: Standing, needs: t.Sequence[str]) -> t.Iterator[Change]:
    if standing.vpc:
        before = {"cidr": standing.vpc.cidr}
        yield remove("vpc", standing.vpc.id, _REASON, name="main", before=before, needs=needs)
