# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Task definitions as values: built for RegisterTaskDefinition, and in a canonical form for comparison.

ECS fills in defaults, and returns lists in any order. ``canonical`` removes both.
"""

from __future__ import annotations

import typing as t

from ..._engine.changes import fingerprint
from ..._images.reference import LABEL
from ..spec_containers import Container, HealthCheck, Port
from ..spec_logs import combined

if t.TYPE_CHECKING:
    from ..spec import Spec

Document: t.TypeAlias = "t.Mapping[str, t.Any]"

# ECS API, TaskDefinition: members that only answers have.
_ANSWERED: t.Final = frozenset(
    {
        *("taskDefinitionArn", "revision", "status", "requiresAttributes", "compatibilities", "tags"),
        *("registeredAt", "registeredBy", "deregisteredAt", "deleteRequestedAt"),
    }
)
# ECS API, ContainerDefinition and TaskDefinition: defaults.
_TASK_DEFAULTS: t.Final[dict[str, t.Any]] = {"enableFaultInjection": False, "ephemeralStorage": {"sizeInGiB": 20}}
_CONTAINER_DEFAULTS: t.Final[dict[str, t.Any]] = {
    "cpu": 0,
    "essential": True,
    "readonlyRootFilesystem": False,
    "privileged": False,
    "interactive": False,
    "pseudoTerminal": False,
    "disableNetworking": False,
    "versionConsistency": "enabled",
    "linuxParameters": {"initProcessEnabled": False},
    "restartPolicy": {"enabled": False},
}
_HEALTH_DEFAULTS: t.Final = {"interval": 30, "timeout": 5, "retries": 3, "startPeriod": 0}
_PLATFORM_DEFAULTS: t.Final = {"cpuArchitecture": "X86_64", "operatingSystemFamily": "LINUX"}
# Lists of pairs that are mappings: field → (key, value).
_PAIRS: t.Final = {
    "environment": ("name", "value"),
    "secrets": ("name", "valueFrom"),
    "dependsOn": ("containerName", "condition"),
    "systemControls": ("namespace", "value"),
}
_PLAIN_LOG_OPTIONS: t.Final = frozenset({"mode", "max-buffer-size"})
_STREAM_PREFIX: t.Final = "ecs"


def request(spec: Spec, *, execution_role_arn: str, task_role_arn: str) -> dict[str, t.Any]:
    """RegisterTaskDefinition's parameters, without tags. Raises FailoverError if state is absent."""
    task = spec.wanted.task
    return _pruned(
        {
            "family": spec.name,
            "networkMode": "awsvpc",
            "requiresCompatibilities": ["FARGATE"],
            "cpu": str(task.cpu),
            "memory": str(task.memory),
            "executionRoleArn": execution_role_arn,
            "taskRoleArn": task_role_arn,
            "runtimePlatform": {
                "cpuArchitecture": task.cpu_architecture,
                "operatingSystemFamily": task.operating_system,
            },
            "containerDefinitions": [_container(item, spec) for item in task.containers],
            "volumes": [volume.request() for volume in task.volumes],
            "ephemeralStorage": {"sizeInGiB": task.ephemeral_storage},
        }
    )


def request_of(answer: Document) -> dict[str, t.Any]:
    """RegisterTaskDefinition's parameters, without tags, from DescribeTaskDefinition's answer."""
    return {key: value for key, value in answer.items() if key not in _ANSWERED}


def canonical(document: Document) -> dict[str, t.Any]:
    """The document without defaults, order, and what only answers have. Containers by name."""
    tidy = request_of(document)
    tidy["runtimePlatform"] = {**_PLATFORM_DEFAULTS, **(tidy.get("runtimePlatform") or {})}
    tidy["requiresCompatibilities"] = sorted(tidy.get("requiresCompatibilities") or ())
    tidy["volumes"] = {item["name"]: _canonical_volume(item) for item in tidy.get("volumes") or ()}
    containers = {item["name"]: _canonical_container(item) for item in tidy.pop("containerDefinitions", ())}
    return {**_without_defaults(_pruned(tidy), _TASK_DEFAULTS), "containers": containers}


def shown(document: Document) -> dict[str, t.Any]:
    """A canonical document for diffs: a dotted entry for each field, fingerprints of values that may be secret."""
    return dict(_flat(document, ""))


def _container(container: Container, spec: Spec) -> dict[str, t.Any]:
    options = {
        "awslogs-group": spec.log_group_name,
        "awslogs-region": spec.region,
        "awslogs-stream-prefix": _STREAM_PREFIX,
        **combined(spec.wanted.log_delivery, container.log_options),
    }
    fields: dict[str, t.Any] = {
        "name": container.name,
        "image": container.image,
        "essential": container.essential,
        "command": list(container.command),
        "entryPoint": list(container.entry_point),
        "workingDirectory": container.working_directory,
        "user": container.user,
        "environment": [{"name": key, "value": value} for key, value in container.environment.items()],
        "secrets": [{"name": key, "valueFrom": arn} for key, arn in container.secrets.items()],
        "cpu": container.cpu,
        "memory": container.memory,
        "memoryReservation": container.memory_reservation,
        "portMappings": [_port(port) for port in container.ports],
        "dependsOn": [{"containerName": item.container, "condition": item.condition} for item in container.depends_on],
        "readonlyRootFilesystem": container.readonly_root_filesystem,
        "startTimeout": container.start_timeout,
        "stopTimeout": container.stop_timeout,
        "ulimits": [{"name": item.name, "softLimit": item.soft, "hardLimit": item.hard} for item in container.ulimits],
        "dockerLabels": container.docker_labels,
        "logConfiguration": {"logDriver": "awslogs", "options": options},
        "healthCheck": _health_check(container.health_check) if container.health_check else None,
        "mountPoints": [
            {"sourceVolume": item.volume, "containerPath": item.path, "readOnly": item.read_only}
            for item in container.mount_points
        ],
        "linuxParameters": _linux_parameters(container),
        "repositoryCredentials": {"credentialsParameter": container.repository_credentials},
    }
    return _pruned(fields)


def _linux_parameters(container: Container) -> dict[str, t.Any]:
    return {
        "initProcessEnabled": container.init_process or None,
        "capabilities": {"add": list(container.add_capabilities), "drop": list(container.drop_capabilities)},
        "tmpfs": [
            _pruned({"containerPath": item.path, "size": item.size, "mountOptions": list(item.options)})
            for item in container.tmpfs
        ],
    }


def _port(port: Port) -> dict[str, t.Any]:
    return _pruned(
        {
            "containerPort": port.number,
            "hostPort": port.number,
            "protocol": port.protocol,
            "name": port.name,
            "appProtocol": port.app_protocol,
        }
    )


def _health_check(check: HealthCheck) -> dict[str, t.Any]:
    return {
        "command": list(check.command),
        "interval": check.interval,
        "timeout": check.timeout,
        "retries": check.retries,
        "startPeriod": check.start_period,
    }


def _canonical_container(container: Document) -> dict[str, t.Any]:
    tidy = dict(container)
    # The tag that a digest was resolved from is not compared.
    tidy["dockerLabels"] = {key: value for key, value in (tidy.get("dockerLabels") or {}).items() if key != LABEL}
    for field, (key, value) in _PAIRS.items():
        tidy[field] = {item[key]: item.get(value, "") for item in tidy.get(field) or ()}
    # On Fargate, the host port is the container port (ECS API, PortMapping).
    ports = [
        {"protocol": "tcp", **_pruned(port), "hostPort": port.get("hostPort") or port.get("containerPort")}
        for port in tidy.get("portMappings") or ()
    ]
    tidy["portMappings"] = sorted(ports, key=lambda port: (port.get("containerPort") or 0, port["protocol"]))
    tidy["ulimits"] = sorted(tidy.get("ulimits") or (), key=lambda ulimit: str(ulimit["name"]))
    if tidy.get("healthCheck"):
        tidy["healthCheck"] = {**_HEALTH_DEFAULTS, **_pruned(tidy["healthCheck"])}
    if tidy.get("linuxParameters"):
        tidy["linuxParameters"] = _canonical_linux(tidy["linuxParameters"])
    points = [{"readOnly": False, **_pruned(point)} for point in tidy.get("mountPoints") or ()]
    tidy["mountPoints"] = sorted(points, key=lambda point: str(point.get("containerPath")))
    return _without_defaults(_pruned(tidy), _CONTAINER_DEFAULTS)


def _canonical_volume(volume: Document) -> dict[str, t.Any]:
    """The volume without its name; nothing else is left of a bind mount."""
    tidy = {key: value for key, value in _pruned(volume).items() if key != "name"}
    if efs := tidy.get("efsVolumeConfiguration"):
        own = _without_defaults(efs, {"rootDirectory": "/", "transitEncryption": "DISABLED"})
        own["authorizationConfig"] = _without_defaults(efs.get("authorizationConfig") or {}, {"iam": "DISABLED"})
        tidy["efsVolumeConfiguration"] = _pruned(own)
    return tidy or {"kind": "bind mount"}


def _canonical_linux(parameters: Document) -> dict[str, t.Any]:
    capabilities = {key: sorted(value or ()) for key, value in (parameters.get("capabilities") or {}).items()}
    mounts = [
        _pruned({**mount, "mountOptions": sorted(mount.get("mountOptions") or ())})
        for mount in parameters.get("tmpfs") or ()
    ]
    tmpfs = sorted(mounts, key=lambda mount: str(mount.get("containerPath")))
    return _pruned({**parameters, "capabilities": capabilities, "tmpfs": tmpfs})


def _pruned(value: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """Without None and empty lists and mappings, at any depth of mappings. Empty strings stay."""
    tidy = {key: _pruned(item) if isinstance(item, t.Mapping) else item for key, item in value.items()}
    return {key: item for key, item in tidy.items() if item is not None and item not in ([], {}, ())}


def _without_defaults(value: t.Mapping[str, t.Any], defaults: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    return {key: item for key, item in value.items() if key not in defaults or item != defaults[key]}


def _is_secret(path: str, key: str) -> bool:
    """Whether a value may be secret. Other log drivers than awslogs take tokens among their options."""
    if path.endswith(".options"):
        return not key.startswith("awslogs-") and key not in _PLAIN_LOG_OPTIONS
    return path.endswith(".environment")


def _flat(value: t.Any, path: str) -> t.Iterator[tuple[str, t.Any]]:
    if not isinstance(value, t.Mapping):
        yield path, value
        return
    for key, item in value.items():
        inner = f"{path}.{key}" if path else str(key)
        if _is_secret(path, key):
            yield inner, fingerprint(str(item))
        else:
            yield from _flat(item, inner)
