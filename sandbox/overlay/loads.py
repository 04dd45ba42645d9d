# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The load of a service's tasks, which the user sets: a local process does not show the load on Fargate.

A load is an amount of work. It does not change with the number of tasks, which share it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from moto.ecs.models import ecs_backends

from sandbox.overlay.base import World
from sandbox.overlay.ecs.model import Service
from sandbox.overlay.ecs.services import services_in

METRICS = ("cpu", "memory")
_MOST = 100.0


@dataclass(slots=True)
class Work:
    """Percent of a task, for all tasks together; None if it was not set."""

    cpu: float | None = None
    memory: float | None = None


def work_of(world: World, account: str, region: str, name: str) -> Work:
    """That of the service of this name."""
    return world.store(Work, "work", account, region, name)


def busy(world: World, account: str, region: str, service: Service, metric: str) -> tuple[float, ...]:
    """Percent for each running task; None if it was not set."""
    work = getattr(work_of(world, account, region, service.moto.name), metric)
    running = sum(task.last_status == "RUNNING" for task in service.tasks)
    return (min(_MOST, work / running),) * running if work is not None and running else ()


def load(world: World, name: str, only: str | None, said: Mapping[str, float | None]) -> list[str]:
    """Set the load of all services of this name. Returns their regions.

    :param only: the only region to search; None for all.
    :param said: percent for each metric; None to forget it.
    """
    found = []
    for account, region, _ecs in ecs_backends.iter_backends():
        for service in services_in(world, account, region).values():
            if service.moto.name == name and service.moto.status == "ACTIVE" and only in (None, region):
                work = work_of(world, account, region, name)
                for metric, percent in said.items():
                    setattr(work, metric, None if percent is None else percent * max(service.desired, 1))
                found.append(region)
    return found
