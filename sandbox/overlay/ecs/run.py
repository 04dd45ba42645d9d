# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""RunTask and the other operations on tasks."""

from __future__ import annotations

from typing import Any

from moto.ecs.responses import EC2ContainerServiceResponse

from sandbox.overlay.base import Call, World, override
from sandbox.overlay.ecs import network, tasks
from sandbox.overlay.ecs.common import active_cluster, backend, invalid
from sandbox.overlay.ecs.model import Task
from sandbox.overlay.ecs.services import find_definition, services
from sandbox.overlay.ecs.views import task_view

_MOST_TASKS = 10


class Run:
    """The operations on tasks."""

    def __init__(self, world: World) -> None:
        self._world = world

    def run(self, call: Call) -> Any:
        """RunTask, on Fargate."""
        ecs = backend(call)
        cluster = active_cluster(ecs, call.get("cluster"))
        definition = find_definition(ecs, call.get("taskDefinition"))
        count = int(call.get("count") or 1)
        if not 1 <= count <= _MOST_TASKS:
            raise invalid(f"Tasks to start must be between 1 and {_MOST_TASKS}.")
        place = network.check(ecs, definition, call.get("networkConfiguration"))["awsvpcConfiguration"]
        group = call.get("group") or f"family:{definition.family}"
        options = {
            "tags": call.get("tags") or [],
            "overrides": call.get("overrides") or {},
            "execute_command": bool(call.get("enableExecuteCommand")),
        }
        started = []
        for number in range(count):
            order = tasks.Order(cluster, definition, place, group, call.get("startedBy") or "", number, options)
            started.append(tasks.launch(self._world, ecs, order))
        return {"tasks": [task_view(task, tags=True) for task in started], "failures": []}

    def stop(self, call: Call) -> Any:
        """StopTask; a service starts another one."""
        ecs = backend(call)
        task = _find(call, call.get("task"))
        if task is None:
            raise invalid("The referenced task was not found.")
        tasks.stop(self._world, task, "UserInitiated", call.get("reason") or "Task stopped by user")
        for service in services(self._world, ecs).values():
            if task in service.tasks:
                service.steady = False
                service.scheduler.look(service)
        return {"task": task_view(task, tags=True)}

    def describe(self, call: Call) -> Any:
        """DescribeTasks."""
        wanted = call.get("tasks") or []
        if not wanted:
            raise invalid("Tasks cannot be empty.")
        tags = "TAGS" in (call.get("include") or [])
        found = {name: _find(call, name) for name in wanted}
        base = f"arn:aws:ecs:{call.region}:{call.account}:task/"
        missing = [name if name.startswith("arn:") else base + name for name, task in found.items() if task is None]
        return {
            "tasks": [task_view(task, tags=tags) for task in found.values() if task is not None],
            "failures": [{"arn": arn, "reason": "MISSING"} for arn in missing],
        }

    def list_all(self, call: Call) -> Any:
        """ListTasks: those meant to run unless asked otherwise."""
        cluster = active_cluster(backend(call), call.get("cluster"))
        status, service = call.get("desiredStatus") or "RUNNING", call.get("serviceName")
        found = [
            task
            for task in backend(call).tasks.get(cluster.name, {}).values()
            if task.desired_status == status
            and (not service or task.group == f"service:{service.rpartition('/')[2]}")
            and (not call.get("family") or task.definition.family == call.get("family"))
            and (not call.get("startedBy") or task.started_by == call.get("startedBy"))
        ]
        return {"taskArns": [task.task_arn for task in found]}


def _find(call: Call, name: str) -> Task | None:
    cluster = active_cluster(backend(call), call.get("cluster"))
    for arn, task in backend(call).tasks.get(cluster.name, {}).items():
        if name in (arn, task.id):
            found: Task = task
            return found
    return None


def install(world: World) -> None:
    """Correct tasks."""
    run = Run(world)
    override(EC2ContainerServiceResponse, "RunTask", run.run)
    override(EC2ContainerServiceResponse, "StopTask", run.stop)
    override(EC2ContainerServiceResponse, "DescribeTasks", run.describe)
    override(EC2ContainerServiceResponse, "ListTasks", run.list_all)
