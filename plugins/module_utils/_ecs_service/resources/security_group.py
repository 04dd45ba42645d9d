# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The security group of the tasks. Pure."""

from __future__ import annotations

import dataclasses
import typing as t

from ..._engine.plan import Change
from ..._engine.resource import Resource
from ..._resources.security_group import KIND, Rule, plan_group, plan_group_deletion, plan_group_trim
from ..spec import FROM_LOAD_BALANCER, GROUP
from . import service_rollout

if t.TYPE_CHECKING:
    from ..snapshot import Snapshot
    from ..spec import Spec

ADDRESS: t.Final = f"{KIND}/{GROUP}"


def plan(spec: Spec, snapshot: Snapshot) -> t.Iterator[Change | None]:
    """Creates, repairs or deletes it."""
    if not spec.absent:
        yield from _plan(spec, snapshot)
        return
    for number, found in enumerate(group for group in snapshot.groups if spec.owner.owns(group.tags)):
        # More than one only if someone else has replaced the VPC.
        yield plan_group_deletion(spec.owner, GROUP if number == 0 else f"{GROUP}-{number}", found)


def _plan(spec: Spec, snapshot: Snapshot) -> t.Iterator[Change | None]:
    wanted, found = spec.wanted.group, snapshot.group
    former = _former(spec, snapshot)
    yield plan_group(dataclasses.replace(wanted, rules=wanted.rules | former), found)
    if found:
        yield plan_group_trim(wanted, found.id, former, needs={service_rollout.ADDRESS, wanted.address})


def _former(spec: Spec, snapshot: Snapshot) -> frozenset[Rule]:
    """The rules that tasks need which are being replaced: they serve until then, and again after a rollback.

    Other inbound rules are removed at once.
    """
    if snapshot.group is None or not service_rollout.replaces(spec, snapshot):
        return frozenset()
    others = snapshot.group.rules - spec.wanted.group.rules
    return frozenset(rule for rule in others if rule.direction == "egress" or _admits_load_balancer(rule))


def _admits_load_balancer(rule: Rule) -> bool:
    return rule.peer.kind == "group" and rule.description == FROM_LOAD_BALANCER


def identify(snapshot: Snapshot) -> dict[str, dict[str, str]]:
    """The id of the one in the VPC."""
    return {ADDRESS: {"id": snapshot.group.id}} if snapshot.group else {}


RESOURCE: t.Final = Resource(kind=KIND, plan=plan, identify=identify)
