# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The service's IAM roles. Pure."""

from __future__ import annotations

import typing as t

from ..._engine.plan import Change
from ..._engine.resource import Resource
from ..._resources.role import KIND, Role, RoleSpec, plan_role, plan_role_deletion
from ..spec_roles import EXECUTION, SHIFT, TASK
from . import service_rollout
from .target_group import ADDRESS as TARGET_GROUP
from .target_group import is_paired

if t.TYPE_CHECKING:
    from ..snapshot import Snapshot
    from ..spec import Spec

EXECUTION_ROLE: t.Final = f"{KIND}/{EXECUTION}"
TASK_ROLE: t.Final = f"{KIND}/{TASK}"


def plan(spec: Spec, snapshot: Snapshot) -> t.Iterator[Change | None]:
    """Creates, repairs or deletes them. One that an option replaces is deleted once no task uses it."""
    if spec.absent:
        for name, found in _observed(snapshot).items():
            if found and spec.owner.owns(found.tags):
                yield plan_role_deletion(name, found)
        return
    roles = spec.wanted.roles
    trim_after = (service_rollout.ADDRESS,) if service_rollout.replaces(spec, snapshot) else ()
    yield from _plan(spec, EXECUTION, roles.execution, snapshot.execution_role, trim_after)
    yield from _plan(spec, TASK, roles.task, snapshot.task_role, trim_after)
    if spec.routing and is_paired(spec, snapshot):
        # A tag of the target group says that there is a role.
        yield from plan_role(roles.shift, snapshot.shift_role, needs={TARGET_GROUP})
    elif snapshot.shift_role and spec.owner.owns(snapshot.shift_role.tags):
        yield plan_role_deletion(SHIFT, snapshot.shift_role, reason="a worker has none")


def identify(snapshot: Snapshot) -> dict[str, dict[str, str]]:
    """Names and ARNs of those that exist."""
    roles = _observed(snapshot)
    return {f"{KIND}/{name}": {"id": role.role_name, "arn": role.arn} for name, role in roles.items() if role}


RESOURCE: t.Final = Resource(kind=KIND, plan=plan, identify=identify)


def _observed(snapshot: Snapshot) -> dict[str, Role | None]:
    return {EXECUTION: snapshot.execution_role, TASK: snapshot.task_role, SHIFT: snapshot.shift_role}


def _plan(
    spec: Spec, name: str, role: RoleSpec | str, observed: Role | None, trim_after: t.Collection[str]
) -> t.Iterator[Change]:
    if isinstance(role, RoleSpec):
        yield from plan_role(role, observed, trim_after=trim_after)
    elif observed and observed.arn != role and spec.owner.owns(observed.tags):
        yield plan_role_deletion(name, observed, reason=f"{role} takes its place")
