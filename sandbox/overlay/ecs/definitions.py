# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Task definitions: Fargate's rules, the defaults AWS fills in, revisions that only count up."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from moto.core.utils import utcnow
from moto.ecs.responses import EC2ContainerServiceResponse

from sandbox.overlay.base import Call, corrects
from sandbox.overlay.ecs import storage
from sandbox.overlay.ecs.common import client_error, role_exists

# CPU units: memory in MiB. From the ECS Developer Guide, "Task CPU and memory".
_FARGATE: dict[int, Sequence[int]] = {
    256: (512, 1024, 2048),
    512: range(1024, 4096 + 1, 1024),
    1024: range(2048, 8192 + 1, 1024),
    2048: range(4096, 16384 + 1, 1024),
    4096: range(8192, 30720 + 1, 1024),
    8192: range(16384, 61440 + 1, 4096),
    16384: range(32768, 122880 + 1, 8192),
}
_STORAGE = (21, 200)
_HEALTH_CHECK = {"interval": 30, "timeout": 5, "retries": 3}
_UNITS = {"vcpu": 1024, "gb": 1024}


@corrects(EC2ContainerServiceResponse, "RegisterTaskDefinition")
def _register(call: Call) -> Any:
    family = call.get("family") or ""
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,255}", family):
        raise client_error("Family contains invalid characters.")
    containers = call.get("containerDefinitions") or []
    _check_containers(containers)
    storage.check(call.get("volumes") or [], containers)
    if "FARGATE" in (call.get("requiresCompatibilities") or []):
        _check_fargate(call, containers)
        storage.check_fargate(call.get("volumes") or [], containers)
    for role in (call.get("executionRoleArn"), call.get("taskRoleArn")):
        if role and not role_exists(call.world, call.account, role):
            raise client_error("Role is not valid.")
    call.params["containerDefinitions"] = [_filled(known, call.get("networkMode")) for known in containers]
    definition = call.proceed()["taskDefinition"]
    _count_up(call, definition)
    definition.registered_at = utcnow()
    definition.registered_by = f"arn:aws:iam::{call.account}:root"
    return {"taskDefinition": definition, "tags": definition.tags}


def _count_up(call: Call, definition: Any) -> None:
    """A revision number is never used again, also when the last revision was deleted."""
    last: dict[str, int] = call.world.store(dict, "revisions", call.account, call.region)
    family, given = definition.family, definition.revision
    revisions = call.backend.task_definitions[family]
    number = max(given, last.get(family, 0) + 1)
    if number != given:
        del revisions[given]
        definition.revision = number
        definition.arn = f"{definition.arn.rpartition(':')[0]}:{number}"
        revisions[number] = definition
    last[family] = number


@corrects(EC2ContainerServiceResponse, "DescribeTaskDefinition")
def describe(call: Call) -> Any:
    """DescribeTaskDefinition: by family, the latest ACTIVE revision."""
    name = (call.get("taskDefinition") or "").rpartition("/")[2]
    if ":" not in name:
        known = call.backend.task_definitions.get(name, {})
        active = [number for number, definition in known.items() if definition.status == "ACTIVE"]
        if not active:
            raise client_error("Unable to describe task definition.")
        call.params["taskDefinition"] = f"{name}:{max(active)}"
    definition = call.proceed()["taskDefinition"]
    described = {"taskDefinition": definition}
    return described | ({"tags": definition.tags} if "TAGS" in (call.get("include") or []) else {})


@corrects(EC2ContainerServiceResponse, "ListTaskDefinitions")
def list_all(call: Call) -> Any:
    """ListTaskDefinitions, in the requested order."""
    family, status = call.get("familyPrefix"), call.get("status") or "ACTIVE"
    found = [
        definition
        for revisions in call.backend.task_definitions.values()
        for definition in revisions.values()
        if family in (None, definition.family) and definition.status == status
    ]
    found.sort(key=lambda known: (known.family, known.revision), reverse=call.get("sort") == "DESC")
    return {"taskDefinitionArns": [known.arn for known in found]}


@corrects(EC2ContainerServiceResponse, "DeregisterTaskDefinition")
def _deregister(call: Call) -> Any:
    definition = call.proceed()["taskDefinition"]
    definition.deregistered_at = utcnow()
    return {"taskDefinition": definition}


def _check_containers(containers: list[dict[str, Any]]) -> None:
    names = [known.get("name", "") for known in containers]
    if not containers:
        raise client_error("Container list cannot be empty.")
    for name in names:
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,255}", name):
            raise client_error("Container name contains invalid characters.")
    if len(set(names)) < len(names):
        raise client_error("Container names must be unique within a task definition.")
    if not any(known.get("essential", True) for known in containers):
        raise client_error("Task definition must have at least one essential container.")


def _check_fargate(call: Call, containers: list[dict[str, Any]]) -> None:
    if call.get("networkMode") != "awsvpc":
        raise client_error("Fargate only supports network mode 'awsvpc'.")
    for name in ("cpu", "memory"):
        if not call.get(name):
            raise client_error(f"Fargate requires that '{name}' be defined at the task level.")
    cpu, memory = _number(call.get("cpu")), _number(call.get("memory"))
    if memory not in _FARGATE.get(cpu, ()):
        raise client_error(
            f"No Fargate configuration exists for given values: {cpu} CPU, {memory} memory. See the Amazon ECS "
            "documentation for the valid values."
        )
    if sum(known.get("cpu") or 0 for known in containers) > cpu:
        raise client_error("The total 'cpu' of the containers exceeds the 'cpu' of the task.")
    reserved = sum(known.get("memoryReservation") or known.get("memory") or 0 for known in containers)
    if reserved > memory or any((known.get("memory") or 0) > memory for known in containers):
        raise client_error("The total 'memory' of the containers exceeds the 'memory' of the task.")
    storage = (call.get("ephemeralStorage") or {}).get("sizeInGiB", _STORAGE[0])
    if not _STORAGE[0] <= storage <= _STORAGE[1]:
        raise client_error(f"Ephemeral storage must be between {_STORAGE[0]} and {_STORAGE[1]} GiB.")
    if not call.get("executionRoleArn"):
        _check_no_execution(containers)


def _number(value: str) -> int:
    """CPU units or MiB; `.5 vCPU` and `1 GB` are valid too."""
    match = re.fullmatch(r"(\d*\.?\d+)\s*(vcpu|gb)?", str(value).strip().lower())
    if not match:
        raise client_error(f"Invalid 'cpu' or 'memory' setting for task: {value}.")
    return int(float(match[1]) * (_UNITS[match[2]] if match[2] else 1))


def _check_no_execution(containers: list[dict[str, Any]]) -> None:
    for known in containers:
        if (known.get("logConfiguration") or {}).get("logDriver") == "awslogs":
            raise client_error(
                "Fargate requires task definition to have execution role ARN to support log driver awslogs."
            )
        if ".dkr.ecr." in known.get("image", ""):
            raise client_error("Fargate requires task definition to have execution role ARN to support ECR images.")
        if known.get("secrets"):
            raise client_error(
                "When you are specifying container secrets, you must also specify a value for 'executionRoleArn'."
            )


def _filled(container: dict[str, Any], network_mode: str | None) -> dict[str, Any]:
    """A container definition with the values that AWS adds."""
    full = {"systemControls": [], **container}
    ports = []
    for mapping in container.get("portMappings") or []:
        port = {"protocol": "tcp", **mapping}
        if network_mode == "awsvpc":
            if port.get("hostPort", port["containerPort"]) != port["containerPort"]:
                raise client_error(
                    "When networkMode=awsvpc, the host ports and container ports in port mappings must match."
                )
            port["hostPort"] = port["containerPort"]
        ports.append(port)
    full["portMappings"] = ports
    if container.get("healthCheck"):
        full["healthCheck"] = {**_HEALTH_CHECK, **container["healthCheck"]}
    return full
