# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The changes that take everything of ours away, in the order AWS wants. Pure."""

from __future__ import annotations

import typing as t

from .._engine.plan import Action, Change, Plan, Wait
from .._resources.log_group import plan_log_group_deletion
from .._resources.role import plan_role_deletion
from .._resources.security_group import plan_group_deletion
from .snapshot import Snapshot
from .spec import GROUP, LOGS, Spec
from .spec_roles import EXECUTION, TASK
from .steps import CLUSTER, DEFINITION, DRAINED, SERVICE, Drained, drained_wait, kind_and_name


def plan_absent(spec: Spec, snapshot: Snapshot) -> Plan:
    """Delete what is ours, whatever an earlier run has left of it. What is not ours stays."""
    ours = spec.owner.owns
    service = snapshot.service if snapshot.service and ours(snapshot.service.tags) else None
    changes: list[Change] = []
    waits: list[Wait] = []
    if service is not None:
        waits.append(drained_wait(spec, needs={SERVICE}))
        if not service.draining:
            data = Drained(cluster=spec.names.cluster, service=spec.names.service)
            changes.append(_deletion(SERVICE, {"arn": service.arn}, data, needs=()))
    if snapshot.cluster and ours(snapshot.cluster.tags):
        changes.append(_deletion(CLUSTER, {"arn": snapshot.cluster.arn}, spec.names.cluster))
    if snapshot.revisions:
        shown = {"revisions": [item.arn.rpartition("/")[2] for item in snapshot.revisions]}
        changes.append(_deletion(DEFINITION, shown, snapshot.revisions))
    if snapshot.log_group and ours(snapshot.log_group.tags):
        changes.append(plan_log_group_deletion(LOGS, snapshot.log_group, needs={DRAINED}))
    for name, role in ((EXECUTION, snapshot.execution_role), (TASK, snapshot.task_role)):
        if role and ours(role.tags):
            changes.append(plan_role_deletion(name, role, needs={DRAINED}))
    for number, group in enumerate(snapshot.groups):
        # More than one only if the VPC was replaced behind our back.
        name = GROUP if number == 0 else f"{GROUP}-{number}"
        changes.append(plan_group_deletion(spec.owner, name, group, needs={DRAINED}))
    return Plan(changes=tuple(changes), waits=tuple(waits))


def _deletion(
    address: str, before: t.Mapping[str, t.Any], data: object, *, needs: t.Iterable[str] = (DRAINED,)
) -> Change:
    kind, name = kind_and_name(address)
    return Change(
        kind=kind,
        name=name,
        action=Action.DELETE,
        reason="state is absent",
        before=before,
        needs=frozenset(needs),
        data=data,
    )
