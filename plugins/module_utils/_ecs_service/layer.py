# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The layer ecs_service."""

from __future__ import annotations

import typing as t

from .._aws import stack_names, untagged
from .._engine.known import Known
from .._engine.layer import Layer
from .._engine.resource import Calls
from .._resources import log_group_calls, role_calls, security_group_calls
from .observe import observe
from .options import OPTIONS, REQUIRED_IF
from .plan import RESOURCES, plan
from .resources import (
    cluster,
    cluster_calls,
    deployment_strategy,
    listener_rule,
    listener_rule_calls,
    log_group,
    scalable_target_calls,
    scaling_policy_calls,
    scheduled_action_calls,
    security_group,
    service,
    service_calls,
    service_rollout_calls,
    target_group,
    target_group_calls,
    task_definition,
    task_definition_calls,
)
from .resources.roles import EXECUTION_ROLE, TASK_ROLE
from .snapshot import Snapshot
from .spec import Spec, group_description, parse
from .spec_images import with_digests

CALLS: t.Final = (
    log_group_calls.CALLS,
    cluster_calls.CALLS,
    security_group_calls.CALLS,
    security_group_calls.TRIM_CALLS,
    role_calls.CALLS,
    role_calls.TRIM_CALLS,
    task_definition_calls.CALLS,
    target_group_calls.CALLS,
    listener_rule_calls.CALLS,
    service_calls.CALLS,
    scalable_target_calls.CALLS,
    scaling_policy_calls.CALLS,
    scheduled_action_calls.CALLS,
    service_rollout_calls.CALLS,
    # The strategy is a part of the service.
    Calls(kind=deployment_strategy.KIND, update=service_calls.update),
)
# Return values that are None for a service without a port, and for an absent one.
_OF_A_PORT: t.Final = (
    *("target_group_arn", "target_group_name", "alternate_target_group_arn", "rule_arn", "rule_priority"),
    "target_protocol",
)
_GONE: t.Final = (
    *("cluster_arn", "service_arn", "task_definition_arn", "security_group_id", "execution_role_arn", "task_role_arn"),
    *_OF_A_PORT,
)


def left(spec: Spec, snapshot: Snapshot) -> list[dict[str, str]]:
    """Resources that have the service's names, but not its tags."""
    if not spec.absent:
        return []
    named = {
        service.ADDRESS: snapshot.service,
        cluster.ADDRESS: snapshot.cluster,
        task_definition.ADDRESS: snapshot.latest,
        target_group.ADDRESS: snapshot.target_group,
        log_group.ADDRESS: snapshot.log_group,
        EXECUTION_ROLE: snapshot.execution_role,
        TASK_ROLE: snapshot.task_role,
        target_group.ALTERNATE: snapshot.alternate_group,
        target_group.SHIFT_ROLE: snapshot.shift_role,
    }
    found = [(address, item.arn, item.tags) for address, item in named.items() if item]
    # In another network, the name of a group alone does not identify it.
    known = group_description(spec.owner)
    groups = [(security_group.ADDRESS, group.id, group.tags) for group in snapshot.groups if group.description == known]
    return untagged.describe(spec.owner, [*found, *groups])


def outputs(spec: Spec, snapshot: Snapshot, known: Known) -> dict[str, t.Any]:
    """The module's return values. If state is absent, all but the names are None, empty or 0."""
    name, component = spec.name, spec.owner.component
    result = {"cluster": name, "service": name, "component": component, "log_group": spec.log_group_name}
    if spec.absent:
        nothing: dict[str, t.Any] = {"images": {}, "scaling": None, "desired_count": 0, "running_count": 0}
        return {**result, **dict.fromkeys(_GONE), **nothing}
    spec = with_digests(spec, snapshot)
    wanted = spec.wanted
    chosen = task_definition.chosen(spec, snapshot)
    made = known.describe(task_definition.ADDRESS)
    roles = ((wanted.roles.execution, EXECUTION_ROLE), (wanted.roles.task, TASK_ROLE))
    execution, task = (role if isinstance(role, str) else known.describe(address, "arn") for role, address in roles)
    return {
        **result,
        "cluster_arn": known.describe(cluster.ADDRESS),
        "service_arn": known.describe(service.ADDRESS),
        "task_definition_arn": chosen.arn if chosen and not known.has(task_definition.ADDRESS) else made,
        "images": {container.name: container.image for container in wanted.task.containers},
        "security_group_id": known.describe(security_group.ADDRESS),
        "execution_role_arn": execution,
        "task_role_arn": task,
        "desired_count": _number(known, "desired", wanted.service.first_count),
        "running_count": _number(known, "running", 0),
        "scaling": {"minimum": wanted.scaling.minimum, "maximum": wanted.scaling.maximum} if wanted.scaling else None,
        **_routing(spec, snapshot, known),
    }


def _routing(spec: Spec, snapshot: Snapshot, known: Known) -> dict[str, t.Any]:
    if spec.routing is None:
        return dict.fromkeys(_OF_A_PORT)
    return {
        "target_group_arn": known.describe(target_group.ADDRESS),
        "target_group_name": stack_names.target_group(spec.owner),
        "alternate_target_group_arn": (
            known.describe(target_group.ALTERNATE) if target_group.is_paired(spec, snapshot) else None
        ),
        "rule_arn": known.describe(listener_rule.ADDRESS),
        "rule_priority": spec.routing.rule.priority,
        "target_protocol": spec.routing.target_group.values["target_protocol"],
    }


def _number(known: Known, attribute: str, default: int) -> int:
    value = known.describe(service.ADDRESS, attribute)
    return int(value) if value.isdecimal() else default


LAYER: t.Final = Layer(
    name="ecs_service",
    options=OPTIONS,
    required_if=REQUIRED_IF,
    parse=parse,
    observe=observe,
    plan=plan,
    replaces=lambda plan: service.replaces_tasks(plan.changes),
    outputs=outputs,
    resources=RESOURCES,
    untagged=left,
    calls=CALLS,
)
