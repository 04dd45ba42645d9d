# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The security group of the tasks. Pure."""

from __future__ import annotations

import typing as t

from ..._engine.plan import Change
from ..._engine.resource import Resource
from ..._resources.security_group import KIND, plan_group, plan_group_deletion
from ..spec import GROUP

if t.TYPE_CHECKING:
    from ..snapshot import Snapshot
    from ..spec import Spec

ADDRESS: t.Final = f"{KIND}/{GROUP}"


def plan(spec: Spec, snapshot: Snapshot) -> t.Iterator[Change | None]:
    """Makes, repairs or deletes it."""
    if not spec.absent:
        yield plan_group(spec.wanted.group, snapshot.group)
        return
    for number, found in enumerate(snapshot.groups):
        # More than one only if the VPC was replaced by someone else.
        yield plan_group_deletion(spec.owner, GROUP if number == 0 else f"{GROUP}-{number}", found)


def identify(snapshot: Snapshot) -> dict[str, dict[str, str]]:
    """The id of the one in the VPC."""
    return {ADDRESS: {"id": snapshot.group.id}} if snapshot.group else {}


RESOURCE: t.Final = Resource(kind=KIND, plan=plan, identify=identify)
