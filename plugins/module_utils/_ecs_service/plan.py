# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The resources of the layer, and the order in which they are created and deleted. Pure."""

from __future__ import annotations

import dataclasses
import typing as t

from .._engine.plan import Action, Change, Plan, Step
from .._engine.resource import Resource, plan_of
from .resources import (
    cluster,
    deployment_strategy,
    listener_rule,
    log_group,
    roles,
    scalable_target,
    scaling_policy,
    scheduled_action,
    security_group,
    service,
    service_rollout,
    target_group,
    task_definition,
)
from .snapshot import Snapshot
from .spec import Spec
from .spec_images import with_digests

RESOURCES: t.Final[tuple[Resource[Spec, Snapshot], ...]] = (
    log_group.RESOURCE,
    cluster.RESOURCE,
    security_group.RESOURCE,
    roles.RESOURCE,
    task_definition.RESOURCE,
    target_group.RESOURCE,
    listener_rule.RESOURCE,
    service.RESOURCE,
    scalable_target.RESOURCE,
    scaling_policy.RESOURCE,
    scheduled_action.RESOURCE,
    service_rollout.RESOURCE,
    deployment_strategy.RESOURCE,
)

_GONE: t.Final = frozenset({service.KIND, service.DRAINED_KIND, service_rollout.KIND})
# Creations and updates of a kind come after those of these kinds. ECS accepts a target group only after a rule forwards
# to it.
_MADE_AFTER: t.Final[t.Mapping[str, frozenset[str]]] = {
    task_definition.KIND: frozenset({roles.RESOURCE.kind}),
    listener_rule.KIND: frozenset({target_group.KIND}),
    service.KIND: frozenset(
        {
            *(roles.RESOURCE.kind, log_group.RESOURCE.kind, cluster.KIND, security_group.RESOURCE.kind),
            *(task_definition.KIND, listener_rule.KIND, service.DRAINED_KIND),
        }
    ),
    scalable_target.KIND: frozenset({service.KIND}),
    scaling_policy.KIND: frozenset({scalable_target.KIND, listener_rule.KIND, service.KIND}),
    scheduled_action.KIND: frozenset({scalable_target.KIND}),
    service_rollout.KIND: frozenset({service.KIND, scalable_target.KIND}),
    deployment_strategy.KIND: frozenset({service.KIND, service_rollout.KIND}),
}
# The same after deletions of these kinds. While there is a scalable target, it sets the service's number of tasks.
_AFTER_DELETION: t.Final[t.Mapping[str, frozenset[str]]] = {
    service.KIND: frozenset({scalable_target.KIND}),
    service.DRAINED_KIND: frozenset({service.KIND}),
}
# Deletions of a kind come after steps of these kinds: first the tasks go, then what they used.
_DELETED_AFTER: t.Final[t.Mapping[str, frozenset[str]]] = {
    scalable_target.KIND: frozenset(),
    scaling_policy.KIND: frozenset(),
    scheduled_action.KIND: frozenset(),
    service.KIND: frozenset({scalable_target.KIND}),
    target_group.KIND: _GONE | {listener_rule.KIND},
    security_group.RESOURCE.kind: _GONE | {target_group.KIND},
}


def plan(spec: Spec, snapshot: Snapshot) -> Plan:
    """The changes from the snapshot to the spec.

    Raises ConflictError if something with one of the names belongs to someone else, SpecError for what AWS cannot
    change.
    """
    spec = with_digests(spec, snapshot)
    # Deleted in reverse order, which is also the order of the changes in a result.
    resources = RESOURCES[::-1] if spec.absent else RESOURCES
    steps = [step for resource in resources for step in resource.plan(spec, snapshot) if step is not None]
    return plan_of(dataclasses.replace(step, needs=step.needs | _needs(step, steps)) for step in steps)


def _needs(step: Step, steps: t.Sequence[Step]) -> frozenset[str]:
    """The addresses of the steps that come first."""
    if _deletes(step):
        after = _DELETED_AFTER.get(step.kind, _GONE)
        return frozenset(other.address for other in steps if other.kind in after)
    made, deleted = (table.get(step.kind, frozenset()) for table in (_MADE_AFTER, _AFTER_DELETION))
    return frozenset(other.address for other in steps if other.kind in (deleted if _deletes(other) else made))


def _deletes(step: Step) -> bool:
    return isinstance(step, Change) and step.action is Action.DELETE
