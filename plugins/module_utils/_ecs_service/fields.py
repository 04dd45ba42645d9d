# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What UpdateService can change, declared once: how to read it, how to write it, what it should be."""

from __future__ import annotations

import dataclasses
import typing as t

from .spec import Service as ServiceSpec

Answer: t.TypeAlias = "t.Mapping[str, t.Any]"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Field:
    """One comparable aspect of a service.

    :param name: in ``reason`` and diff.
    :param read: from DescribeServices' Service, in a form in which equal means the same.
    :param write: from a value of that form to parameters of CreateService and UpdateService.
    :param deploys: True if a change starts a rollout.
    :param forces: True if a change takes effect with forceNewDeployment only.
    :param create: as ``write``, for CreateService, where its default need not be said; None if it is the same.
    """

    name: str
    read: t.Callable[[Answer], t.Any]
    write: t.Callable[[t.Any], dict[str, t.Any]]
    deploys: bool = False
    forces: bool = False
    create: t.Callable[[t.Any], dict[str, t.Any]] | None = None


def _plain(name: str, key: str, default: t.Any, *, deploys: bool = False) -> Field:
    """A field that is one parameter; ECS may leave it out of answers when it has its default."""

    def read(service: Answer) -> t.Any:
        value = service.get(key)
        return default if value is None or value == "" else value

    return Field(name=name, read=read, write=lambda value: {key: value}, deploys=deploys)


def _read_network(service: Answer) -> dict[str, t.Any]:
    network = (service.get("networkConfiguration") or {}).get("awsvpcConfiguration") or {}
    return {
        "subnets": sorted(network.get("subnets") or ()),
        "security_groups": sorted(network.get("securityGroups") or ()),
        "public_addresses": network.get("assignPublicIp") == "ENABLED",
    }


def _write_network(value: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    network = {
        "subnets": value["subnets"],
        "securityGroups": value["security_groups"],
        "assignPublicIp": "ENABLED" if value["public_addresses"] else "DISABLED",
    }
    return {"networkConfiguration": {"awsvpcConfiguration": network}}


def _read_load_balancers(service: Answer) -> list[dict[str, t.Any]]:
    found = [
        {
            "target_group": item.get("targetGroupArn"),
            "container": item.get("containerName"),
            "port": item.get("containerPort"),
            # A second target group and rules, by which others shift traffic between two revisions.
            "shifts_traffic": bool(item.get("advancedConfiguration")),
        }
        for item in service.get("loadBalancers") or ()
    ]
    return sorted(found, key=lambda item: str(item["target_group"]))


def _write_load_balancers(value: t.Sequence[t.Mapping[str, t.Any]]) -> dict[str, t.Any]:
    return {
        "loadBalancers": [
            {"targetGroupArn": item["target_group"], "containerName": item["container"], "containerPort": item["port"]}
            for item in value
        ]
    }


def _read_deployment(service: Answer) -> dict[str, t.Any]:
    found = service.get("deploymentConfiguration") or {}
    breaker = found.get("deploymentCircuitBreaker") or {}
    alarms = found.get("alarms") or {}
    return {
        "circuit_breaker": bool(breaker.get("enable")),
        # Of a breaker that is off it means nothing.
        "rollback": bool(breaker.get("enable") and breaker.get("rollback")),
        # CreateService: 200 and 100 unless said otherwise.
        "maximum_percent": found.get("maximumPercent", 200),
        "minimum_healthy_percent": found.get("minimumHealthyPercent", 100),
        "strategy": found.get("strategy") or "ROLLING",
        "alarms": sorted(alarms.get("alarmNames") or ()) if alarms.get("enable") else [],
    }


def _create_deployment(value: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    return {
        "deploymentConfiguration": {
            "deploymentCircuitBreaker": {"enable": value["circuit_breaker"], "rollback": value["rollback"]},
            "maximumPercent": value["maximum_percent"],
            "minimumHealthyPercent": value["minimum_healthy_percent"],
        }
    }


def _write_deployment(value: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    ours = _create_deployment(value)["deploymentConfiguration"]
    alarms = {"alarmNames": value["alarms"], "enable": bool(value["alarms"]), "rollback": False}
    return {"deploymentConfiguration": {**ours, "strategy": value["strategy"], "alarms": alarms}}


def _default(_value: object) -> dict[str, t.Any]:
    return {}


def primary(service: Answer) -> Answer:
    """The service's PRIMARY deployment, which alone has some of its settings; empty if there is none."""
    return next((item for item in service.get("deployments") or () if item.get("status") == "PRIMARY"), {})


def _read_connect(service: Answer) -> bool:
    return bool((primary(service).get("serviceConnectConfiguration") or {}).get("enabled"))


def _of_primary(name: str, key: str) -> Field:
    """A list that nobody sets here."""
    return Field(
        name=name,
        read=lambda service: primary(service).get(key) or [],
        write=lambda value: {key: value},
        deploys=True,
        create=_default,
    )


def _of_deployment(name: str, *path: str, default: t.Any) -> Field:
    """A member of the deployment configuration that nobody sets here. botocore may be too old to know it."""

    def read(service: Answer) -> t.Any:
        found = service.get("deploymentConfiguration")
        for key in path:
            found = (found or {}).get(key)
        return default if found is None else found

    def write(value: t.Any) -> dict[str, t.Any]:
        for key in reversed(path):
            value = {key: value}
        return {"deploymentConfiguration": value}

    return Field(name=name, read=read, write=write, create=_default)


# What ECS does where nobody says anything (ECS API, DeploymentConfiguration and DeploymentCircuitBreaker).
_DEPLOYMENT_DEFAULTS: t.Final[dict[str, tuple[tuple[str, ...], t.Any]]] = {
    "circuit_breaker_reset": (("deploymentCircuitBreaker", "resetOnHealthyTask"), True),
    "circuit_breaker_threshold": (
        ("deploymentCircuitBreaker", "thresholdConfiguration"),
        {"type": "BOUNDED_PERCENT", "value": 50},
    ),
    "bake_time": (("bakeTimeInMinutes",), 0),
    "lifecycle_hooks": (("lifecycleHooks",), []),
    "early_success": (("earlySuccessCriteria", "enable"), False),
}


FIELDS: t.Final[tuple[Field, ...]] = (
    _plain("task_definition", "taskDefinition", None, deploys=True),
    _plain("desired_count", "desiredCount", 0),
    _plain("platform_version", "platformVersion", "LATEST", deploys=True),
    _plain("health_check_grace_period", "healthCheckGracePeriodSeconds", 0),
    # Tasks that run already could not be entered otherwise.
    dataclasses.replace(_plain("execute_command", "enableExecuteCommand", False, deploys=True), forces=True),
    _plain("managed_tags", "enableECSManagedTags", False),
    _plain("propagate_tags", "propagateTags", "NONE"),
    # UpdateService: "if the service never had a value set, Amazon ECS treats this as DISABLED".
    _plain("availability_zone_rebalancing", "availabilityZoneRebalancing", "DISABLED"),
    Field(name="network", read=_read_network, write=_write_network, deploys=True),
    Field(name="load_balancers", read=_read_load_balancers, write=_write_load_balancers, deploys=True),
    Field(name="deployment", read=_read_deployment, write=_write_deployment, create=_create_deployment),
    # What we never set, and someone may have.
    dataclasses.replace(
        _plain("capacity_provider_strategy", "capacityProviderStrategy", [], deploys=True), forces=True, create=_default
    ),
    dataclasses.replace(_plain("service_registries", "serviceRegistries", [], deploys=True), create=_default),
    Field(
        name="service_connect",
        read=_read_connect,
        write=lambda value: {"serviceConnectConfiguration": {"enabled": value}},
        deploys=True,
        create=_default,
    ),
    _of_primary("volumes", "volumeConfigurations"),
    _of_primary("vpc_lattice", "vpcLatticeConfigurations"),
    *(_of_deployment(name, *path, default=default) for name, (path, default) in _DEPLOYMENT_DEFAULTS.items()),
)
# What the fields that nobody sets here should be.
_UNSET: t.Final[dict[str, t.Any]] = {
    "capacity_provider_strategy": [],
    "service_registries": [],
    "service_connect": False,
    "volumes": [],
    "vpc_lattice": [],
    **{name: default for name, (_path, default) in _DEPLOYMENT_DEFAULTS.items()},
}
DEPLOYS: t.Final = frozenset(field.name for field in FIELDS if field.deploys)
FORCES: t.Final = frozenset(field.name for field in FIELDS if field.forces)


def read(service: Answer) -> dict[str, t.Any]:
    """All fields of a service."""
    return {field.name: field.read(service) for field in FIELDS}


def write(values: t.Mapping[str, t.Any], *, creating: bool = False) -> dict[str, t.Any]:
    """The parameters for these fields."""
    parameters: dict[str, t.Any] = {}
    for field in FIELDS:
        if field.name in values:
            convert = field.create if creating and field.create else field.write
            parameters = _merged(parameters, convert(values[field.name]))
    return parameters


def to_send(differing: t.Container[str], wanted: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """The values of an update for these fields: a part of the deployment configuration goes with the rest of it."""
    whole = any(name in differing for name in _DEPLOYMENT_DEFAULTS)
    return {key: value for key, value in wanted.items() if key in differing or (whole and key == "deployment")}


def _merged(one: t.Mapping[str, t.Any], other: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    both = {key for key in one.keys() & other.keys() if isinstance(one[key], dict) and isinstance(other[key], dict)}
    return {**one, **other, **{key: _merged(one[key], other[key]) for key in both}}


def wanted(spec: ServiceSpec, *, task_definition: str, security_group_id: str) -> dict[str, t.Any]:
    """The fields as they should be. Without ``desired_count`` where that is left to others."""
    fields: dict[str, t.Any] = {
        "task_definition": task_definition,
        "platform_version": spec.platform_version,
        "health_check_grace_period": spec.health_check_grace_period,
        "execute_command": spec.execute_command,
        "managed_tags": spec.managed_tags,
        "propagate_tags": spec.propagate_tags,
        "availability_zone_rebalancing": "ENABLED" if spec.availability_zone_rebalancing else "DISABLED",
        "network": {
            "subnets": sorted(spec.subnet_ids),
            "security_groups": [security_group_id],
            "public_addresses": False,
        },
        "load_balancers": [
            {
                "target_group": spec.target_group_arn,
                "container": spec.container_name,
                "port": spec.container_port,
                "shifts_traffic": False,
            }
        ],
        "deployment": {
            "circuit_breaker": spec.circuit_breaker,
            "rollback": spec.circuit_breaker and spec.rollback,
            "maximum_percent": spec.maximum_percent,
            "minimum_healthy_percent": spec.minimum_healthy_percent,
            "strategy": "ROLLING",
            "alarms": [],
        },
        **_UNSET,
    }
    if spec.desired_count is not None:
        fields["desired_count"] = spec.desired_count
    return fields
