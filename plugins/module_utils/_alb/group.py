# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The load balancer's security group. Pure."""

from __future__ import annotations

from .._resources.security_group import ALL_PROTOCOLS, GroupSpec, Rule, network
from .snapshot import Snapshot
from .spec import Desired, Spec


def group_spec(spec: Spec, desired: Desired, snapshot: Snapshot) -> GroupSpec:
    """Clients to the listeners' ports; from there to targets, which are in the VPC, on any of their ports.

    Targets and their health checks may use other ports than the target group's: ECS registers the container's.
    """
    ingress = {
        Rule(
            direction="ingress",
            protocol="tcp",
            from_port=listener.port,
            to_port=listener.port,
            peer=peer,
            description="Clients",
        )
        for listener in desired.listeners
        for peer in desired.ingress
    }
    return GroupSpec(
        owner=spec.owner,
        name="alb",
        group_name=spec.group_name,
        description=f"Load balancer of {spec.owner.prefix}",
        vpc_id=desired.vpc_id,
        rules=frozenset(ingress) | _egress(desired, snapshot),
    )


def _egress(desired: Desired, snapshot: Snapshot) -> frozenset[Rule]:
    if desired.egress_all:
        everywhere = ["0.0.0.0/0", *(["::/0"] if desired.ip_address_type == "dualstack" else [])]
        return frozenset(
            Rule(direction="egress", protocol=ALL_PROTOCOLS, peer=network(cidr), description="Everywhere")
            for cidr in everywhere
        )
    return frozenset(
        Rule(direction="egress", protocol="tcp", from_port=0, to_port=65535, peer=peer, description="Targets")
        for peer in snapshot.vpc_cidrs
    )
