# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tasks that run: a process for each container of each ECS task that is not stopped."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from time import monotonic

from moto.ecs.models import ecs_backends

from sandbox.overlay.ecs import tasks as life
from sandbox.overlay.ecs.model import Task
from sandbox.overlay.ecs.services import reconsider
from sandbox.plane.containers import Container, Where, containers
from sandbox.plane.processes import Process
from sandbox.plane.routes import target_address
from sandbox.plane.site import Part, Site
from sandbox.plane.throttle import LASTING_SECONDS, Throttle

_LOOK_SECONDS = 0.05
# After this time a container that does not listen counts as running.
_LISTEN_SECONDS = 3.0
# ECS's stopTimeout: between SIGTERM and SIGKILL.
_STOP_SECONDS = 30.0
_LEAST_STOP_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Wanted:
    """A task to run: its identity, its service (or itself, without one), its address, its containers."""

    account: str
    region: str
    cluster: str
    service: str
    arn: str
    address: str
    containers: tuple[Container, ...]


@dataclass(slots=True)
class Running:
    """A running task, its start, and whether ECS was notified."""

    wanted: Wanted
    processes: list[Process]
    since: float
    reported: bool = False


@dataclass(slots=True)
class EndingProcess:
    """A process that was signalled to end, and its deadline."""

    process: Process
    until: float


@dataclass(slots=True)
class Tasks(Part):
    """Every task of every account."""

    site: Site
    _running: dict[str, Running] = field(default_factory=dict)
    _ending: list[EndingProcess] = field(default_factory=list)
    _throttle: Throttle = field(default_factory=Throttle)

    async def run(self) -> None:
        """Keep processes in line with tasks. Cancelled, end them all."""
        lifeline, owner = os.pipe()
        try:
            read: int | None = None
            wanted: dict[str, Wanted] = {}
            while True:
                revision = self.site.revision()
                if revision != read:
                    wanted, read = self._wanted(), revision
                self._align(wanted, lifeline)
                await asyncio.sleep(_LOOK_SECONDS)
        finally:
            processes = [process for running in self._running.values() for process in running.processes]
            for process in [*processes, *(ending.process for ending in self._ending)]:
                process.kill()
            self._running.clear()
            self._ending.clear()
            os.close(owner)
            os.close(lifeline)

    def _wanted(self) -> dict[str, Wanted]:
        with self.site.looking():
            return {task.task_arn: self._wanted_task(task) for task in _tasks() if _is_wanted(task)}

    def _wanted_task(self, task: Task) -> Wanted:
        region, account = task.ecs.region_name, task.ecs.account_id
        address = target_address(self.site, task.interface.subnet.vpc_id, task.address)
        known = self._running.get(task.task_arn)
        return Wanted(
            account=account,
            region=region,
            cluster=task.cluster_name,
            service=f"{task.cluster_arn}/{task.group}" if task.group.startswith("service:") else task.task_arn,
            arn=task.task_arn,
            address=address,
            containers=known.wanted.containers if known else self._containers(task, address),
        )

    def _containers(self, task: Task, address: str) -> tuple[Container, ...]:
        where = Where(task.ecs.region_name, task.id, address, self.site.addresses.port)
        definition = f"{task.definition.family}:{task.definition.revision}"
        runs = partial(self.site.commands.may_run, definition)
        return tuple(containers(task.definition.container_definitions, task.overrides, where, os.environ, runs))

    def _align(self, wanted: dict[str, Wanted], lifeline: int) -> None:
        for arn in [known for known in self._running if known not in wanted]:
            self._end(self._running.pop(arn))
        self._reap()
        for arn, task in wanted.items():
            if arn not in self._running and self._throttle.permits(task.service, monotonic()):
                self._running[arn] = self._begin(task, lifeline)
            if arn in self._running:
                self._look(self._running[arn])

    def _begin(self, task: Wanted, lifeline: int) -> Running:
        running = Running(task, [], monotonic())
        for container in task.containers:
            try:
                running.processes.append(Process.start(container, task.address, lifeline))
            except OSError as error:
                print(f"task {task.arn}: {container.name} does not start: {error}", file=sys.stderr)
        return running

    def _look(self, running: Running) -> None:
        """Notify ECS of changes of a task."""
        for process in running.processes:
            code = process.exit_code()
            if code is not None and process.container.essential:
                lasted = monotonic() - running.since >= self.site.seconds(LASTING_SECONDS)
                self._throttle.ended(running.wanted.service, monotonic(), lasted=lasted)
                self._report_exit(running, code)
                return
        if not running.reported and self._is_up(running):
            running.reported = True
            self._report_exit(running, None)

    def _is_up(self, running: Running) -> bool:
        lasted = monotonic() - running.since
        if lasted < self.site.world.timings.of("task_start"):
            return False
        return lasted >= _LISTEN_SECONDS or all(process.listens() for process in running.processes)

    def _report_exit(self, running: Running, code: int | None) -> None:
        known = running.wanted
        with self.site.looking() as world:
            task = ecs_backends[known.account][known.region].tasks.get(known.cluster, {}).get(known.arn)
            if task is None or task.last_status == "STOPPED":
                return
            if code is not None:
                life.exited(world, task, code)
            else:
                life.start(world, task)
            reconsider(world, known.account, known.region)
            world.changed()

    def _end(self, running: Running) -> None:
        until = monotonic() + self.site.seconds(_STOP_SECONDS, _LEAST_STOP_SECONDS)
        for process in running.processes:
            process.signal(signal.SIGTERM)
            self._ending.append(EndingProcess(process, until))

    def _reap(self) -> None:
        for ending in self._ending:
            if ending.until <= monotonic():
                ending.process.signal(signal.SIGKILL)
        self._ending = [ending for ending in self._ending if ending.process.exit_code() is None]


def _is_wanted(task: Task) -> bool:
    """Whether the task has processes: one whose image cannot be pulled never has."""
    return task.last_status != "STOPPED" and not task.unpullable


def _tasks() -> Iterator[Task]:
    for _account, _region, ecs in ecs_backends.iter_backends():
        for cluster in ecs.tasks.values():
            yield from (task for task in cluster.values() if isinstance(task, Task))
