# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From what is to what should be: the resources' plans put together. Pure."""

from __future__ import annotations

import functools
import typing as t

from .._engine.plan import Step
from .._engine.resource import Resource, identify_all, plan_all
from .resources import listener, load_balancer, security_group, target_group
from .snapshot import Snapshot
from .spec import Spec


def _plan_target_group(spec: Spec, snapshot: Snapshot) -> t.Iterator[Step | None]:
    found, balancer = snapshot.target_group, snapshot.load_balancer
    if not spec.absent:
        yield target_group.plan_target_group(spec.target_group, found)
    elif found and spec.owner.owns(found.tags):
        ours = {balancer.arn} if balancer and spec.owner.owns(balancer.tags) else set()
        needs = {load_balancer.ADDRESS, *(listener.address(name) for name in listener.tagged(spec, snapshot))}
        yield target_group.plan_target_group_deletion(spec.target_group, found, load_balancer_arns=ours, needs=needs)


def _identify_target_group(snapshot: Snapshot) -> dict[str, dict[str, str]]:
    found = snapshot.target_group
    return {target_group.ADDRESS: {"id": found.arn}} if found and snapshot.spec.owner.owns(found.tags) else {}


RESOURCES: t.Final = (
    load_balancer.RESOURCE,
    Resource(kind=target_group.KIND, plan=_plan_target_group, identify=_identify_target_group),
    listener.RESOURCE,
    security_group.RESOURCE,
)
plan: t.Final = functools.partial(plan_all, RESOURCES)
identify: t.Final = functools.partial(identify_all, RESOURCES)
