# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The default security group without rules, so that its members cannot reach each other. Pure.

It is the stack's because its VPC is, and has no tags: AWS creates it without, and a permission to tag untagged groups
would let the deployer take over any group of the account.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ..._engine.plan import Action, Change
from ..._engine.resource import Resource
from ..._resources.security_group import KIND, GroupChange, GroupSpec, plan_group
from . import vpc

if t.TYPE_CHECKING:
    from ..snapshot import Snapshot
    from ..zones import Layout

ADDRESS: t.Final = "security_group/default"


def plan(layout: Layout, snapshot: Snapshot) -> t.Iterator[Change | None]:
    """Remove its rules. AWS creates it with the VPC, with rules, and deletes it with the VPC."""
    if layout.spec.absent:
        return
    group = snapshot.default_group
    spec = GroupSpec(
        owner=layout.spec.owner,
        name="default",
        group_name="default",
        description="",
        vpc_id=group.vpc_id if group else "",
        rules=frozenset(),
    )
    if group is not None:
        yield plan_group(spec, dataclasses.replace(group, tags=spec.tags))
        return
    yield Change(
        kind=KIND,
        name="default",
        action=Action.UPDATE,
        reason="new with the VPC, and lets traffic through",
        before={"rules": ["AWS's default rules"]},
        after={"rules": []},
        needs=frozenset({vpc.ADDRESS}),
        data=GroupChange(spec=spec),
    )


RESOURCE: t.Final = Resource(
    kind=KIND,
    plan=plan,
    identify=lambda snapshot: {ADDRESS: {"id": snapshot.default_group.id}} if snapshot.default_group else {},
)
