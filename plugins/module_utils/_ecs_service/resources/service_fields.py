# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The compared fields of a service. Pure.

Source: ECS API, CreateService, UpdateService, Service and DeploymentConfiguration.
"""

from __future__ import annotations

import typing as t

from ..._engine.field import Answer, Field, parameter
from ..spec_service import Service as ServiceSpec
from ..spec_shift import ROLLING
from .service_pair import read_pair, read_steps, write_pair

# A change starts a rollout.
DEPLOYS: t.Final = "deploys"
# A change takes effect with forceNewDeployment only.
FORCES: t.Final = "forces"
# A part of the deployment configuration, which ECS replaces as a whole.
PART: t.Final = "part of deployment"
# Fields of the deployment strategy, which ECS does not accept during a deployment.
STRATEGY: t.Final = ("strategy", "bake_time", "traffic_steps")

_ROLLS_OUT: t.Final = frozenset({DEPLOYS})


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
            "shifts_traffic": read_pair(item.get("advancedConfiguration") or {}),
        }
        for item in service.get("loadBalancers") or ()
    ]
    return sorted(found, key=lambda item: str(item["target_group"]))


def _write_load_balancers(value: t.Sequence[t.Mapping[str, t.Any]]) -> dict[str, t.Any]:
    return {
        "loadBalancers": [
            {
                "targetGroupArn": item["target_group"],
                "containerName": item["container"],
                "containerPort": item["port"],
                **write_pair(item["shifts_traffic"]),
            }
            for item in value
        ]
    }


def _read_deployment(service: Answer) -> dict[str, t.Any]:
    found = service.get("deploymentConfiguration") or {}
    breaker = found.get("deploymentCircuitBreaker") or {}
    return {
        "circuit_breaker": bool(breaker.get("enable")),
        # Without the breaker it has no meaning.
        "rollback": bool(breaker.get("enable") and breaker.get("rollback")),
        # CreateService: 200 and 100 by default.
        "maximum_percent": found.get("maximumPercent", 200),
        "minimum_healthy_percent": found.get("minimumHealthyPercent", 100),
    }


def _write_deployment(value: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    return {
        "deploymentConfiguration": {
            "deploymentCircuitBreaker": {"enable": value["circuit_breaker"], "rollback": value["rollback"]},
            "maximumPercent": value["maximum_percent"],
            "minimumHealthyPercent": value["minimum_healthy_percent"],
        }
    }


def primary(service: Answer) -> Answer:
    """The service's PRIMARY deployment, the only place of some settings; empty if there is none."""
    return next((item for item in service.get("deployments") or () if item.get("status") == "PRIMARY"), {})


def _read_alarms(service: Answer) -> list[str]:
    alarms = (service.get("deploymentConfiguration") or {}).get("alarms") or {}
    return sorted(alarms.get("alarmNames") or ()) if alarms.get("enable") else []


def _write_alarms(names: t.Sequence[str]) -> dict[str, t.Any]:
    alarms = {"alarmNames": list(names), "enable": bool(names), "rollback": bool(names)}
    return {"deploymentConfiguration": {"alarms": alarms}}


def _read_strategy(service: Answer) -> list[dict[str, t.Any]]:
    found = [
        {"capacityProvider": item.get("capacityProvider"), "weight": item.get("weight", 0), "base": item.get("base", 0)}
        for item in service.get("capacityProviderStrategy") or ()
    ]
    return sorted(found, key=lambda item: str(item["capacityProvider"]))


def _of_primary(name: str, key: str) -> Field:
    """A list of the PRIMARY deployment that has no option."""
    return Field(
        name=name,
        read=lambda service: primary(service).get(key) or [],
        write=lambda value: {key: value},
        default=[],
        traits=_ROLLS_OUT,
    )


def _of_deployment(name: str, *path: str, default: t.Any) -> Field:
    """A member of the deployment configuration that has no option. botocore may be too old to know it."""

    def read(service: Answer) -> t.Any:
        found = service.get("deploymentConfiguration")
        for key in path:
            found = (found or {}).get(key)
        return default if found is None else found

    def write(value: t.Any) -> dict[str, t.Any]:
        for key in reversed(path):
            value = {key: value}
        return {"deploymentConfiguration": value}

    return Field(name=name, read=read, write=write, default=default, traits=frozenset({PART}))


_SET: t.Final = (
    parameter("task_definition", "taskDefinition", traits=_ROLLS_OUT),
    parameter("desired_count", "desiredCount"),
    parameter("platform_version", "platformVersion", "LATEST", traits=_ROLLS_OUT),
    parameter("health_check_grace_period", "healthCheckGracePeriodSeconds", 0),
    # Running tasks could not be entered otherwise.
    parameter("execute_command", "enableExecuteCommand", False, traits=frozenset({DEPLOYS, FORCES})),
    parameter("managed_tags", "enableECSManagedTags", False),
    parameter("propagate_tags", "propagateTags", "NONE"),
    Field(
        name="availability_zone_rebalancing",
        # UpdateService: "if the service never had a value set, Amazon ECS treats this as DISABLED".
        read=lambda service: service.get("availabilityZoneRebalancing") or "DISABLED",
        write=lambda value: {"availabilityZoneRebalancing": value},
    ),
    Field(name="network", read=_read_network, write=_write_network, traits=_ROLLS_OUT),
    Field(name="load_balancers", read=_read_load_balancers, write=_write_load_balancers, default=[], traits=_ROLLS_OUT),
    Field(name="deployment", read=_read_deployment, write=_write_deployment),
    # Without a strategy, the launch type is FARGATE: all tasks are on demand.
    Field(
        name="capacity_provider_strategy",
        read=_read_strategy,
        write=lambda value: {"capacityProviderStrategy": value},
        default=[],
        traits=frozenset({DEPLOYS, FORCES}),
    ),
)
# Settings without an option, which should have ECS's default.
_UNSET: t.Final = (
    parameter("service_registries", "serviceRegistries", [], traits=_ROLLS_OUT),
    Field(
        name="service_connect",
        read=lambda service: bool((primary(service).get("serviceConnectConfiguration") or {}).get("enabled")),
        write=lambda value: {"serviceConnectConfiguration": {"enabled": value}},
        default=False,
        traits=_ROLLS_OUT,
    ),
    _of_primary("volumes", "volumeConfigurations"),
    _of_primary("vpc_lattice", "vpcLatticeConfigurations"),
    _of_deployment("strategy", "strategy", default="ROLLING"),
    Field(name="alarms", read=_read_alarms, write=_write_alarms, default=[], traits=frozenset({PART})),
    _of_deployment("circuit_breaker_reset", "deploymentCircuitBreaker", "resetOnHealthyTask", default=True),
    _of_deployment(
        "circuit_breaker_threshold",
        "deploymentCircuitBreaker",
        "thresholdConfiguration",
        default={"type": "BOUNDED_PERCENT", "value": 50},
    ),
    _of_deployment("bake_time", "bakeTimeInMinutes", default=0),
    Field(
        name="traffic_steps",
        read=read_steps,
        write=lambda steps: {"deploymentConfiguration": steps},
        default={},
        traits=frozenset({PART}),
    ),
    _of_deployment("lifecycle_hooks", "lifecycleHooks", default=[]),
    _of_deployment("early_success", "earlySuccessCriteria", "enable", default=False),
)
FIELDS: t.Final = (*_SET, *_UNSET)


def to_send(
    differing: t.Mapping[str, t.Any], wanted: t.Mapping[str, t.Any], found: t.Mapping[str, t.Any]
) -> dict[str, t.Any]:
    """The values of an update: those that differ, and the rest of the deployment configuration if a part of it does."""
    whole = any(PART in field.traits for field in FIELDS if field.name in differing)
    values = {**differing, **({"deployment": wanted["deployment"]} if whole else {})}
    if "deployment" in values and found["strategy"] == wanted.get("strategy", ROLLING) != ROLLING:
        values |= {name: wanted[name] for name in STRATEGY}
    if "deployment" in values and "alarms" not in wanted:
        values["alarms"] = found["alarms"]
    return values


def wanted_values(
    spec: ServiceSpec,
    *,
    task_definition: str,
    security_group_id: str,
    target_group_arn: str,
    pair: t.Mapping[str, str] | None = None,
) -> dict[str, t.Any]:
    """The wanted values of the fields. ``desired_count`` and ``alarms`` are left out if others set them.

    :param pair: the second target group, and rule and role by which ECS shifts traffic; None without.
    """
    values: dict[str, t.Any] = {
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
        "load_balancers": _load_balancers(spec, target_group_arn, pair),
        "deployment": {
            "circuit_breaker": spec.circuit_breaker,
            "rollback": spec.circuit_breaker and spec.rollback,
            "maximum_percent": spec.maximum_percent,
            "minimum_healthy_percent": spec.minimum_healthy_percent,
        },
        "capacity_provider_strategy": spec.spot.strategy if spec.spot else [],
        **_unset(spec),
    }
    if spec.desired_count is not None:
        values["desired_count"] = spec.desired_count
    return values


def _unset(spec: ServiceSpec) -> dict[str, t.Any]:
    values = {field.name: field.default for field in _UNSET}
    if shift := spec.shift:
        values |= {"strategy": shift.strategy, "bake_time": shift.bake_time, "traffic_steps": shift.steps}
    if spec.rollback_on_alarms:
        del values["alarms"]
    return values


def _load_balancers(
    spec: ServiceSpec, target_group_arn: str, pair: t.Mapping[str, str] | None
) -> list[dict[str, t.Any]]:
    if spec.container_port is None:
        return []
    to = {"target_group": target_group_arn, "container": spec.container_name, "port": spec.container_port}
    return [{**to, "shifts_traffic": dict(pair) if pair else False}]
