# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""RunTask and the other operations on tasks."""

from __future__ import annotations

from typing import Any

from moto.ecs.responses import EC2ContainerServiceResponse

from sandbox.overlay.base import Call, corrects
from sandbox.overlay.ecs import network, tasks
from sandbox.overlay.ecs.common import active_cluster, failures, invalid
from sandbox.overlay.ecs.model import Task
from sandbox.overlay.ecs.scheduler import Scheduler
from sandbox.overlay.ecs.services import find_definition, services
from sandbox.overlay.ecs.views import task_view

_MOST_TASKS = 10


@corrects(EC2ContainerServiceResponse, "RunTask")
def run(call: Call) -> Any:
    """RunTask, on Fargate."""
    ecs = call.backend
    cluster = active_cluster(call)
    definition = find_definition(ecs, call.get("taskDefinition"))
    count = int(call.get("count") or 1)
    if not 1 <= count <= _MOST_TASKS:
        raise invalid(f"Tasks to start must be between 1 and {_MOST_TASKS}.")
    place = network.check(ecs, definition, call.get("networkConfiguration"))["awsvpcConfiguration"]
    group = call.get("group") or f"family:{definition.family}"
    options = {
        "tags": call.get("tags") or [],
        "overrides": call.get("overrides") or {},
        "enable_execute_command": bool(call.get("enableExecuteCommand")),
    }
    started = []
    for number in range(count):
        order = tasks.Order(cluster, definition, place, group, call.get("startedBy"), number, options)
        started.append(tasks.launch(call.world, ecs, order))
    return {"tasks": [task_view(task, tags=True) for task in started], "failures": []}


@corrects(EC2ContainerServiceResponse, "StopTask")
def stop(call: Call) -> Any:
    """StopTask; a service starts another one."""
    task = _find(call, call.get("task"))
    if task is None:
        raise invalid("The referenced task was not found.")
    tasks.stop(call.world, task, "UserInitiated", call.get("reason") or "Task stopped by user")
    for service in services(call).values():
        if task in service.tasks:
            Scheduler(call.world).mark_changed(service)
    return {"task": task_view(task, tags=True)}


@corrects(EC2ContainerServiceResponse, "DescribeTasks")
def _describe(call: Call) -> Any:
    wanted = call.get("tasks") or []
    if not wanted:
        raise invalid("Tasks cannot be empty.")
    tags = "TAGS" in (call.get("include") or [])
    found = {name: _find(call, name) for name in wanted}
    return {
        "tasks": [task_view(task, tags=tags) for task in found.values() if task is not None],
        "failures": failures(call, "task", (name for name, task in found.items() if task is None)),
    }


@corrects(EC2ContainerServiceResponse, "ListTasks")
def list_all(call: Call) -> Any:
    """ListTasks: by default those with the desired status RUNNING."""
    cluster = active_cluster(call)
    status, service = call.get("desiredStatus") or "RUNNING", call.get("serviceName")
    found = [
        task
        for task in call.backend.tasks.get(cluster.name, {}).values()
        if task.desired_status == status
        and (not service or task.group == f"service:{service.rpartition('/')[2]}")
        and (not call.get("family") or task.definition.family == call.get("family"))
        and (not call.get("startedBy") or task.started_by == call.get("startedBy"))
    ]
    return {"taskArns": [task.task_arn for task in found]}


def _find(call: Call, name: str) -> Task | None:
    cluster = active_cluster(call)
    for arn, task in call.backend.tasks.get(cluster.name, {}).items():
        if name in (arn, task.id):
            found: Task = task
            return found
    return None
