# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The task: parsing of its options, Fargate's sizes, and constraints between its containers."""

from __future__ import annotations

import dataclasses
import graphlib
import typing as t

from .._engine.errors import SpecError
from .spec_containers import Container, parse_container
from .spec_volumes import Volume, parse_volumes

_LINUX: t.Final = "LINUX"

# Developer Guide, "Task size": CPU units → (least, most, step) of memory in MiB.
_SIZES: t.Final[dict[int, tuple[int, int, int]]] = {
    512: (1024, 4096, 1024),
    1024: (2048, 8192, 1024),
    2048: (4096, 16384, 1024),
    4096: (8192, 30720, 1024),
    8192: (16384, 61440, 4096),
    16384: (32768, 122880, 8192),
}
FARGATE_MEMORY: t.Final[dict[int, tuple[int, ...]]] = {
    256: (512, 1024, 2048),
    **{cpu: tuple(range(least, most + 1, step)) for cpu, (least, most, step) in _SIZES.items()},
}
# Quota "Containers per task definition".
_CONTAINERS_MOST: t.Final = 10
# The platform version of Fargate that introduced EFS, more storage, SYS_PTRACE ("Fargate Linux platform versions"), ECS
# Exec ("Monitor Amazon ECS containers with ECS Exec"), and tmpfs (its announcement, January 2026).
_PLATFORM: t.Final = (1, 4, 0)
# ECS API, EphemeralStorage: GiB. The default is 20.
_STORAGE_RANGE: t.Final = (21, 200)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Task:
    """Containers that run together. CPU units, memory in MiB, ``ephemeral_storage`` in GiB (None is AWS's 20)."""

    containers: tuple[Container, ...]
    cpu: int
    memory: int
    cpu_architecture: str
    operating_system: str
    ephemeral_storage: int | None
    volumes: tuple[Volume, ...]

    def container(self, name: str) -> Container | None:
        """The container of this name, or None."""
        return next((container for container in self.containers if container.name == name), None)


def parse_task(params: t.Mapping[str, t.Any], region: str) -> Task:
    """The task from a module's parameters. Raises SpecError."""
    task = Task(
        containers=tuple(parse_container(item, region) for item in params["containers"]),
        cpu=params["cpu"],
        memory=params["memory"],
        cpu_architecture=params["cpu_architecture"],
        operating_system=params["operating_system"],
        ephemeral_storage=params["ephemeral_storage"],
        volumes=parse_volumes(params),
    )
    _check_size(task)
    _check_platform(task)
    _check_containers(task)
    _check_volumes(task)
    _check_dependencies(task)
    return task


def check_platform_version(version: str, task: Task, *, execute_command: bool) -> None:
    """Raise SpecError for options that an older platform version does not support."""
    if task.operating_system != _LINUX or version == "LATEST" or tuple(map(int, version.split("."))) >= _PLATFORM:
        return
    newer = {
        "ephemeral_storage": task.ephemeral_storage,
        "execute_command": execute_command,
        **{f"volumes[{volume.name}].efs": volume.file_system for volume in task.volumes},
        **{
            f"containers[{container.name}].{option}": getattr(container, option)
            for container in task.containers
            for option in ("tmpfs", "add_capabilities")
        },
    }
    needing = [option for option, value in newer.items() if value]
    if needing:
        least = ".".join(map(str, _PLATFORM))
        raise SpecError(
            "platform_version",
            f"{version} has nothing of {', '.join(needing)}, which came with {least}.",
            "Leave it out for LATEST.",
        )


def _check_size(task: Task) -> None:
    if task.cpu not in FARGATE_MEMORY:
        sizes = ", ".join(map(str, FARGATE_MEMORY))
        raise SpecError("cpu", f"Fargate has no tasks of {task.cpu} CPU units.", f"Use one of {sizes}.")
    allowed = FARGATE_MEMORY[task.cpu]
    if task.memory not in allowed:
        raise SpecError(
            "memory",
            f"{task.memory} MiB do not go with {task.cpu} CPU units on Fargate.",
            f"Use one of {', '.join(map(str, allowed))}.",
        )
    least, most = _STORAGE_RANGE
    if task.ephemeral_storage is not None and not least <= task.ephemeral_storage <= most:
        raise SpecError("ephemeral_storage", f"has to be {least} to {most} GiB.", "Leave it out for AWS's 20 GiB.")


def _check_platform(task: Task) -> None:
    if task.operating_system == _LINUX:
        return
    if task.cpu_architecture != "X86_64":
        raise SpecError("cpu_architecture", "Windows tasks run on X86_64 only.")
    if task.cpu < 1024:
        raise SpecError("cpu", "Windows tasks need at least 1024 CPU units.")
    if task.ephemeral_storage is not None:
        raise SpecError("ephemeral_storage", "cannot be set for Windows tasks.")


def _check_containers(task: Task) -> None:
    names = [container.name for container in task.containers]
    if not 1 <= len(names) <= _CONTAINERS_MOST:
        raise SpecError("containers", f"a task has 1 to {_CONTAINERS_MOST} containers, not {len(names)}.")
    if len(set(names)) < len(names):
        raise SpecError("containers", "two containers have the same name.")
    if not any(container.essential for container in task.containers):
        raise SpecError("containers", "none is essential.", "The task lives as long as its essential containers.")
    ports = [(port.number, port.protocol) for container in task.containers for port in container.ports]
    if len(set(ports)) < len(ports):
        raise SpecError("containers", "two containers map the same port.", "They share one network interface.")
    cpu = sum(container.cpu or 0 for container in task.containers)
    if cpu > task.cpu:
        raise SpecError("cpu", f"the containers want {cpu} CPU units together, the task has {task.cpu}.")
    memory = sum(container.memory_reservation or container.memory or 0 for container in task.containers)
    hard = max(container.memory or 0 for container in task.containers)
    if max(memory, hard) > task.memory:
        raise SpecError("memory", f"the containers want {max(memory, hard)} MiB, the task has {task.memory}.")


def _check_volumes(task: Task) -> None:
    names = {volume.name for volume in task.volumes}
    for container in task.containers:
        where = f"containers[{container.name}]"
        strange = sorted({item.volume for item in container.mount_points} - names)
        if strange:
            raise SpecError(f"{where}.mount_points", f"{', '.join(strange)}: not among the volumes.")
        if task.operating_system == _LINUX:
            continue
        for option in ("tmpfs", "drop_capabilities", "add_capabilities"):
            if getattr(container, option):
                raise SpecError(f"{where}.{option}", "is for Linux, and the task is one of Windows.")
    held = sum(item.size for container in task.containers for item in container.tmpfs)
    if held >= task.memory:
        raise SpecError("memory", f"tmpfs can hold {held} MiB of it, the task has {task.memory}.")


def _check_dependencies(task: Task) -> None:
    for container in task.containers:
        where = f"containers[{container.name}].depends_on"
        for dependency in container.depends_on:
            other = task.container(dependency.container)
            if other is None or other is container:
                raise SpecError(where, f"{dependency.container!r} is not another container of the task.")
            if dependency.condition == "HEALTHY" and other.health_check is None:
                raise SpecError(where, f"{other.name} has no health_check, so it is never healthy.")
            if dependency.condition in ("COMPLETE", "SUCCESS") and other.essential:
                raise SpecError(where, f"{other.name} is essential, so the task ends with it.", "Set essential: false.")
    graph = {container.name: {item.container for item in container.depends_on} for container in task.containers}
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        raise SpecError("containers", f"wait for each other: {', '.join(error.args[1])}.") from None
