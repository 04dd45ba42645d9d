# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The changes of the roles of execution and task, and what their ARNs are or will be. Pure."""

from __future__ import annotations

import typing as t

from .._engine.plan import Change
from .._engine.unknown import unknown
from .._resources.role import Role, RoleSpec, plan_role, plan_role_deletion
from .._resources.role_policy import account_of, partition_of
from .snapshot import Snapshot
from .spec import Desired, Spec
from .spec_roles import EXECUTION, TASK
from .steps import DRAINED, ROLLOUT, SERVICE


def role_changes(
    spec: Spec, desired: Desired, snapshot: Snapshot, *, trim_after: t.Collection[str]
) -> tuple[Change, ...]:
    """The changes of the module's own roles. One that an option replaces goes once no task has it any more.

    :param trim_after: as in plan_role.
    """
    named = (
        (EXECUTION, desired.roles.execution, snapshot.execution_role),
        (TASK, desired.roles.task, snapshot.task_role),
    )
    changes: list[Change] = []
    for name, role, observed in named:
        if isinstance(role, RoleSpec):
            changes += plan_role(role, observed, trim_after=trim_after)
        elif observed and observed.arn != role and spec.owner.owns(observed.tags):
            needs = {SERVICE, ROLLOUT, DRAINED}
            changes.append(plan_role_deletion(name, observed, needs=needs, reason=f"{role} takes its place"))
    return tuple(changes)


def own_roles(desired: Desired) -> frozenset[str]:
    """The addresses of the roles that the module makes, and the tasks need."""
    return frozenset(
        role.address for role in (desired.roles.execution, desired.roles.task) if isinstance(role, RoleSpec)
    )


def role_arn(role: RoleSpec | str, observed: Role | None, spec: Spec, snapshot: Snapshot) -> str:
    """The role's ARN. That of a role still to be made can be told as soon as anything shows the account's id."""
    if isinstance(role, str):
        return role
    if observed is not None:
        return observed.arn
    account = _account(snapshot)
    if account is None:
        return unknown(spec.region, role.address, "arn")
    return f"arn:{partition_of(spec.region)}:iam::{account}:role/{role.role_name}"


def _account(snapshot: Snapshot) -> str | None:
    seen = (
        snapshot.cluster,
        snapshot.log_group,
        snapshot.service,
        snapshot.latest,
        snapshot.execution_role,
        snapshot.task_role,
    )
    return next((account_of(item.arn) for item in seen if item is not None), None)
