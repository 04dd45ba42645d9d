# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The load balancer's security group. Pure; the calls are in _resources/security_group_calls.py."""

from __future__ import annotations

import typing as t

from ..._aws import stack_names
from ..._aws.owner import Owner
from ..._engine.plan import Step
from ..._engine.resource import Resource
from ..._engine.unknown import unknown
from ..._resources.security_group import (
    ALL_PROTOCOLS,
    KIND,
    GroupSpec,
    Rule,
    network,
    own_group,
    plan_group,
    plan_group_deletion,
)

if t.TYPE_CHECKING:
    from ..snapshot import Snapshot
    from ..spec import Spec

NAME: t.Final = "alb"
ADDRESS: t.Final = f"{KIND}/{NAME}"
_CLIENTS: t.Final = "Clients"
_CHECKERS: t.Final = "Route 53 health checkers"
# What uses it.
_USERS: t.Final = frozenset({"load_balancer/main", "network_interfaces_gone/main"})


def wanted(spec: Spec, snapshot: Snapshot) -> GroupSpec:
    """The group: clients may reach the listeners, and the load balancer any port of the targets in the VPC.

    ECS registers targets with the container's port, which may differ from the target group's.
    """
    # Rules are counted of an unwanted listener only, which stays while services are on it.
    staying = {each.values["port"] for each in snapshot.listeners if each.rules and spec.owner.owns(each.tags)}
    ports = sorted({each.port for each in spec.listeners} | staying)
    clients = dict.fromkeys(snapshot.health_checkers, _CHECKERS) | dict.fromkeys(spec.ingress, _CLIENTS)
    ingress = {
        Rule(direction="ingress", protocol="tcp", from_port=port, to_port=port, peer=peer, description=text)
        for port in ports
        for peer, text in clients.items()
    }
    return GroupSpec(
        owner=spec.owner,
        name=NAME,
        group_name=stack_names.security_group(spec.owner),
        description=description(spec.owner),
        vpc_id=spec.vpc_id,
        rules=frozenset(ingress) | _egress(spec, snapshot),
    )


def description(owner: Owner) -> str:
    """EC2's description of the group, which cannot be changed."""
    return f"Load balancer of {owner.title}"


def _egress(spec: Spec, snapshot: Snapshot) -> frozenset[Rule]:
    if spec.egress_all:
        everywhere = ["0.0.0.0/0", *(["::/0"] if spec.ip_address_type == "dualstack" else [])]
        return frozenset(
            Rule(direction="egress", protocol=ALL_PROTOCOLS, peer=network(cidr), description="Everywhere")
            for cidr in everywhere
        )
    return frozenset(
        Rule(direction="egress", protocol="tcp", from_port=0, to_port=65535, peer=peer, description="Targets")
        for peer in snapshot.vpc_cidrs
    )


def identify(snapshot: Snapshot) -> dict[str, dict[str, str]]:
    """The group. Raises ConflictError if another group of the VPC has its name."""
    spec = snapshot.spec
    group = None if spec.absent else own_group(wanted(spec, snapshot), snapshot.groups)
    return {ADDRESS: {"id": group.id}} if group else {}


def current_id(spec: Spec, snapshot: Snapshot) -> str:
    """The group's id, or its placeholder."""
    group = own_group(wanted(spec, snapshot), snapshot.groups)
    return group.id if group else unknown(spec.region, ADDRESS)


def plan(spec: Spec, snapshot: Snapshot) -> t.Iterator[Step | None]:
    """Its changes. It is deleted once nothing uses it."""
    if not spec.absent:
        should_be = wanted(spec, snapshot)
        yield plan_group(should_be, own_group(should_be, snapshot.groups))
        return
    ours = sorted((group for group in snapshot.groups if spec.owner.owns(group.tags)), key=lambda group: group.id)
    for number, group in enumerate(ours):
        # There are two only if users have replaced the VPC.
        name = NAME if number == 0 else f"{NAME}-{group.id}"
        yield plan_group_deletion(spec.owner, name, group, needs=_USERS)


RESOURCE: t.Final = Resource(kind=KIND, plan=plan, identify=identify)
