# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The security group of the interface endpoints: HTTPS from the VPC, and nothing out. Pure."""

from __future__ import annotations

import functools
import typing as t

from ..._aws import stack_names
from ..._engine.plan import Change
from ..._engine.resource import Resource
from ..._engine.unknown import unknown
from ..._resources.security_group import (
    KIND,
    GroupSpec,
    Rule,
    SecurityGroup,
    network,
    own_group,
    plan_group,
    plan_group_deletion,
)
from . import interface_endpoint, vpc

if t.TYPE_CHECKING:
    from ..snapshot import Snapshot
    from ..spec import VpcSpec
    from ..zones import Layout

ADDRESS: t.Final = f"{KIND}/{interface_endpoint.GROUP}"
_HTTPS: t.Final = 443


def find(snapshot: Snapshot) -> SecurityGroup | None:
    """The one with the stack's tags and name in the VPC."""
    vpc_id = snapshot.vpc.id if snapshot.vpc else ""
    name = stack_names.endpoint_group(snapshot.owner)
    there = (item for item in snapshot.groups if item.name == name and item.vpc_id == vpc_id)
    return next((item for item in there if snapshot.owner.owns(item.tags)), None)


def _group_spec(spec: VpcSpec, snapshot: Snapshot) -> GroupSpec:
    """Open to all networks of the VPC, including those that others have added."""
    cidrs = snapshot.vpc.cidrs if snapshot.vpc else (str(spec.cidr),)
    https = functools.partial(Rule, direction="ingress", protocol="tcp", from_port=_HTTPS, to_port=_HTTPS)
    return GroupSpec(
        owner=spec.owner,
        name=interface_endpoint.GROUP,
        group_name=stack_names.endpoint_group(spec.owner),
        description=f"Interface endpoints of {spec.owner.title}",
        vpc_id=snapshot.vpc.id if snapshot.vpc else unknown(spec.region, vpc.ADDRESS),
        rules=frozenset(https(peer=network(cidr), description="HTTPS from the VPC") for cidr in cidrs),
    )


def plan(layout: Layout, snapshot: Snapshot) -> t.Iterator[Change | None]:
    """The group, as long as there are interface endpoints. Raises ConflictError if its name is taken."""
    if layout.spec.interface_endpoints and not layout.spec.absent:
        spec = _group_spec(layout.spec, snapshot)
        yield plan_group(spec, own_group(spec, snapshot.groups), needs=[vpc.ADDRESS])
    elif found := snapshot.endpoint_group:
        yield plan_group_deletion(
            layout.spec.owner,
            interface_endpoint.GROUP,
            found,
            needs=interface_endpoint.deletions(snapshot),
            reason=layout.why_not("no interface endpoint uses it"),
        )


RESOURCE: t.Final = Resource(
    kind=KIND,
    plan=plan,
    identify=lambda snapshot: {ADDRESS: {"id": snapshot.endpoint_group.id}} if snapshot.endpoint_group else {},
)
