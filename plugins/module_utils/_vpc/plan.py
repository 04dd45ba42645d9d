# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan: from what exists to what is wanted. Pure."""

from __future__ import annotations

import dataclasses
import typing as t

from .._aws import untagged
from .._engine.errors import ConflictError
from .._engine.plan import Action, Change, Plan
from .._engine.resource import plan_all
from .named import owns_inside
from .resources import (
    default_security_group,
    elastic_ip,
    endpoint_group,
    flow_log,
    interface_endpoint,
    internet_gateway,
    nat_gateway,
    network_interface,
    route,
    route_table,
    subnet,
    vpc,
    vpc_endpoint,
)
from .resources.endpoint import DELETING
from .snapshot import Snapshot
from .spec import VpcSpec
from .zones import lay_out

RESOURCES: t.Final = (
    vpc.RESOURCE,
    internet_gateway.RESOURCE,
    subnet.RESOURCE,
    route_table.RESOURCE,
    default_security_group.RESOURCE,
    route_table.ASSOCIATIONS,
    elastic_ip.RESOURCE,
    nat_gateway.RESOURCE,
    route.RESOURCE,
    vpc_endpoint.RESOURCE,
    endpoint_group.RESOURCE,
    interface_endpoint.RESOURCE,
    flow_log.RESOURCE,
    network_interface.RESOURCE,
)
# The waits until AWS has deleted something.
_LEAVING: t.Final = frozenset({nat_gateway.DELETED, interface_endpoint.DELETED})


def plan(spec: VpcSpec, snapshot: Snapshot) -> Plan:
    """What to change. Raises SpecError or ConflictError for what cannot be changed."""
    if spec.absent:
        _refuse_others(spec, snapshot)
    found = plan_all(RESOURCES, lay_out(spec, snapshot), snapshot)
    changes = tuple(_last(change, found) for change in found.changes)
    if spec.absent:
        changes = tuple(reversed(changes))  # list the VPC, which goes last, last
    # Wait for a deletion only if something else needs it.
    needed = frozenset().union(*(change.needs for change in changes))
    waits = tuple(wait for wait in found.waits if wait.kind not in _LEAVING or wait.address in needed)
    return Plan(changes=changes, waits=waits)


def _last(change: Change, found: Plan) -> Change:
    """The change; the VPC's deletion needs all others."""
    if (change.kind, change.action) != (vpc.KIND, Action.DELETE):
        return change
    others = {step.address for step in found.steps} - {change.address}
    return dataclasses.replace(change, needs=frozenset(others))


def _refuse_others(spec: VpcSpec, snapshot: Snapshot) -> None:
    """Raises ConflictError if the VPC holds anything that is not this layer's."""
    if snapshot.vpc is None:
        return
    others = [group for group in snapshot.groups if group not in (snapshot.default_group, snapshot.endpoint_group)]
    foreign = [
        *_foreign(snapshot),
        *snapshot.attached,
        *(f"security group {item.id} ({item.name})" for item in others if not spec.owner.stack_owns(item.tags)),
    ]
    refused = f"vpc/main: {snapshot.vpc.id} in {spec.region} cannot be deleted: "
    if foreign:
        raise ConflictError(
            f"{refused}it holds what by its tags is not of this stack: {', '.join(foreign)}. Delete these, or move "
            f"them to another VPC, or tag them again if they are this stack's ({untagged.tag_again(snapshot.owner)}). "
            "Then run this again."
        )
    if others:
        names = ", ".join(f"security group {item.id} ({item.name})" for item in others)
        raise ConflictError(f"{refused}other layers of this stack still use it: {names}. Delete those layers first.")


def _foreign(snapshot: Snapshot) -> t.Iterator[str]:
    owner = snapshot.owner
    nats = {item.id for item in nat_gateway.every(snapshot)}
    endpoints = {item.id for _name, item in snapshot.own_endpoints.all}
    endpoints |= {item.id for item in interface_endpoint.every(snapshot)}
    gateway = internet_gateway.foreign(snapshot)
    yield from (f"subnet {item.id}" for item in snapshot.subnets if not owns_inside(owner, item.tags))
    yield from (
        f"route table {item.id}" for item in snapshot.route_tables if not (item.main or owns_inside(owner, item.tags))
    )
    yield from (f"NAT gateway {item.id}" for item in snapshot.nats if item.id not in nats)
    yield from (
        f"VPC endpoint {item.id} ({item.service})"
        for item in snapshot.endpoints
        if item.id not in endpoints and item.state != DELETING
    )
    if gateway:
        yield f"internet gateway {gateway.id}"
    yield from (
        f"network interface {item.id} ({item.description or 'no description'})"
        for item in snapshot.interfaces
        if not item.managed
    )
