# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which of what exists is ours. Pure."""

from __future__ import annotations

import typing as t

from .._resources.security_group import own_group
from . import addresses
from .group import group_spec
from .snapshot import Listener, Snapshot
from .spec import ListenerSpec, Spec


def identify_ours(spec: Spec, snapshot: Snapshot) -> dict[str, dict[str, str]]:
    """Address → identifying attributes of what is ours and should exist.

    Raises ConflictError if a security group that is not ours has our name.
    """
    if spec.desired is None:
        return {}
    known: dict[str, dict[str, str]] = {}
    balancer, target_group = snapshot.load_balancer, snapshot.target_group
    group = own_group(group_spec(spec, spec.desired, snapshot), snapshot.groups)
    if group:
        known[addresses.SECURITY_GROUP] = {"id": group.id}
    if target_group and spec.owner.owns(target_group.tags):
        known[addresses.TARGET_GROUP] = {"id": target_group.arn}
    if balancer and spec.owner.owns(balancer.tags):
        known[addresses.LOAD_BALANCER] = {
            "id": balancer.arn,
            "dns_name": balancer.dns_name,
            "hosted_zone_id": balancer.hosted_zone_id,
        }
        for wanted in spec.desired.listeners:
            listener = own_listener(spec, wanted, snapshot.listeners)
            if listener:
                known[addresses.listener(wanted.name)] = {"id": listener.arn}
    return known


def own_listener(spec: Spec, wanted: ListenerSpec, listeners: t.Iterable[Listener]) -> Listener | None:
    """Ours by its tags; else the one that has our port, since everything on our load balancer's port is ours."""
    address = addresses.listener(wanted.name)
    found = sorted(listeners, key=lambda item: item.port)
    tagged = [item for item in found if spec.owner.owns(item.tags) and item.tags.get("Resource") == address]
    return next(iter([*tagged, *(item for item in found if item.port == wanted.port)]), None)
