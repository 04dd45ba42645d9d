# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What has to be gone before a VPC is deleted, because it is not this layer's. Pure."""

from __future__ import annotations

import typing as t

from .._engine.errors import ConflictError
from .named import owns_inside
from .resources import internet_gateway, nat_gateway
from .snapshot import Snapshot
from .spec import VpcSpec


def refuse_others(spec: VpcSpec, snapshot: Snapshot) -> None:
    """Raises ConflictError if the VPC holds anything that is not this layer's, before anything is deleted."""
    if snapshot.vpc is None:
        return
    others = [group for group in snapshot.groups if group.name != "default"]
    foreign = [
        *_foreign(snapshot),
        *(f"security group {item.id} ({item.name})" for item in others if not spec.owner.stack_owns(item.tags)),
    ]
    refused = f"vpc/main: {snapshot.vpc.id} in {spec.region} cannot be deleted: "
    if foreign:
        raise ConflictError(
            f"{refused}it holds what is not of this stack: {', '.join(foreign)}. Delete these, or move them to another "
            "VPC, then run this again."
        )
    if others:
        names = ", ".join(f"security group {item.id} ({item.name})" for item in others)
        raise ConflictError(f"{refused}other layers of this stack still use it: {names}. Delete those layers first.")


def _foreign(snapshot: Snapshot) -> t.Iterator[str]:
    owner = snapshot.owner
    nats = {item.id for item in nat_gateway.every(snapshot)}
    endpoints = {item.id for _name, item in snapshot.own_endpoints.all}
    gateway = internet_gateway.foreign(snapshot)
    yield from (f"subnet {item.id}" for item in snapshot.subnets if not owns_inside(owner, item.tags))
    yield from (
        f"route table {item.id}" for item in snapshot.route_tables if not (item.main or owns_inside(owner, item.tags))
    )
    yield from (f"NAT gateway {item.id}" for item in snapshot.nats if item.id not in nats)
    yield from (f"VPC endpoint {item.id} ({item.service})" for item in snapshot.endpoints if item.id not in endpoints)
    if gateway:
        yield f"internet gateway {gateway.id}"
    yield from (
        f"network interface {item.id} ({item.description or 'no description'})"
        for item in snapshot.interfaces
        if not item.managed
    )
