# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The layer, put together."""

from __future__ import annotations

import typing as t

from .._engine.apply import Handlers
from .._engine.known import Known
from .._engine.layer import Layer
from .._engine.plan import Action
from .._engine.readings import Early
from .._engine.resource import handlers_of
from .._resources import log_group_calls, role_calls, security_group_calls
from . import apply, apply_service
from .observe import observe, read_early
from .options import OPTIONS, REQUIRED_IF
from .plan import chosen_definition, plan
from .rollout import wait_rollout
from .snapshot import Snapshot
from .spec import DEFAULT_COUNT, Spec, parse
from .steps import CLUSTER, DEFINITION, EXECUTION_ROLE, LOG_GROUP, SECURITY_GROUP, SERVICE, TASK_ROLE


def identify(snapshot: Snapshot) -> dict[str, dict[str, str]]:
    """What is known before anything is changed."""
    known: dict[str, dict[str, str]] = {}
    if snapshot.cluster:
        known[CLUSTER] = {"id": snapshot.cluster.arn}
    if snapshot.log_group:
        known[LOG_GROUP] = {"id": snapshot.log_group.name}
    if snapshot.group:
        known[SECURITY_GROUP] = {"id": snapshot.group.id}
    for address, role in ((EXECUTION_ROLE, snapshot.execution_role), (TASK_ROLE, snapshot.task_role)):
        if role:
            known[address] = {"id": role.role_name, "arn": role.arn}
    if snapshot.service and not snapshot.service.draining:
        known[SERVICE] = {
            "id": snapshot.service.arn,
            "desired": str(snapshot.service.desired_count),
            "running": str(snapshot.service.running_count),
        }
    return known


def outputs(spec: Spec, snapshot: Snapshot, known: Known) -> dict[str, t.Any]:
    """The module's return values. Once everything is gone, all but the names is None or 0."""
    names, desired = spec.names, spec.desired
    result: dict[str, t.Any] = {"cluster": names.cluster, "service": names.service, "log_group": names.log_group}
    if desired is None:
        gone = ("cluster_arn", "service_arn", "task_definition_arn", "security_group_id")
        roles = ("execution_role_arn", "task_role_arn")
        return {**result, **dict.fromkeys((*gone, *roles)), "desired_count": 0, "running_count": 0}
    chosen = chosen_definition(spec, snapshot)
    roles_of = ((desired.roles.execution, EXECUTION_ROLE), (desired.roles.task, TASK_ROLE))
    execution, task = (role if isinstance(role, str) else known.describe(address, "arn") for role, address in roles_of)
    default_count = DEFAULT_COUNT if desired.service.desired_count is None else desired.service.desired_count
    return {
        **result,
        "cluster_arn": known.describe(CLUSTER),
        "service_arn": known.describe(SERVICE),
        "task_definition_arn": chosen.arn if chosen and not known.has(DEFINITION) else known.describe(DEFINITION),
        "security_group_id": known.describe(SECURITY_GROUP),
        "execution_role_arn": execution,
        "task_role_arn": task,
        "desired_count": _number(known, "desired", default_count),
        "running_count": _number(known, "running", 0),
    }


def _number(known: Known, attribute: str, default: int) -> int:
    value = known.describe(SERVICE, attribute)
    return int(value) if value.isdecimal() else default


LAYER: t.Final = Layer(
    name="ecs_service",
    options=OPTIONS,
    required_if=REQUIRED_IF,
    parse=parse,
    observe=observe,
    early=Early(options=("stack", "environment", "state"), read=read_early),
    plan=plan,
    identify=identify,
    outputs=outputs,
    handlers=Handlers(
        changes={
            **handlers_of(
                [security_group_calls.CALLS, log_group_calls.CALLS, role_calls.CALLS, role_calls.TRIM_CALLS]
            ).changes,
            ("cluster", Action.CREATE): apply.create_cluster,
            ("cluster", Action.UPDATE): apply.update_cluster,
            ("cluster", Action.DELETE): apply.delete_cluster,
            ("task_definition", Action.CREATE): apply.register_definition,
            ("task_definition", Action.UPDATE): apply.update_definition,
            ("task_definition", Action.DELETE): apply.delete_definitions,
            ("service", Action.CREATE): apply_service.create_service,
            ("service", Action.UPDATE): apply_service.update_service,
            ("service", Action.DELETE): apply_service.delete_service,
        },
        waits={"rollout": wait_rollout, "service_drained": apply_service.wait_drained},
    ),
)
