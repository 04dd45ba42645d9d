# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""CreateService, UpdateService and DeleteService, and their refusals."""

from __future__ import annotations

import re
from typing import Any

from moto.ecs.models import Service as MotoService
from moto.ecs.responses import EC2ContainerServiceResponse

from sandbox.overlay.base import AwsError, Call, World, corrects
from sandbox.overlay.ecs import network, providers, storage, strategies
from sandbox.overlay.ecs.common import (
    SERVICE_LINKED_ROLE,
    active_cluster,
    client_error,
    failures,
    invalid,
    role_exists,
)
from sandbox.overlay.ecs.model import REVISION_SETTINGS, Service
from sandbox.overlay.ecs.scheduler import Scheduler
from sandbox.overlay.ecs.views import service_view

_SETTINGS = (
    *REVISION_SETTINGS,
    "availabilityZoneRebalancing",
    "deploymentConfiguration",
    "deploymentController",
    "enableECSManagedTags",
    "enableExecuteCommand",
    "healthCheckGracePeriodSeconds",
    "placementConstraints",
    "placementStrategy",
    "propagateTags",
    "schedulingStrategy",
)
_DEFAULTS: dict[str, Any] = {
    "availabilityZoneRebalancing": "ENABLED",
    "deploymentController": {"type": "ECS"},
    "enableECSManagedTags": False,
    "enableExecuteCommand": False,
    "platformVersion": "LATEST",
    "propagateTags": "NONE",
    "schedulingStrategy": "REPLICA",
}
_PERCENTAGES = {"maximumPercent": 200, "minimumHealthyPercent": 100, "strategy": "ROLLING", "bakeTimeInMinutes": 0}
_MOST_DESCRIBED = 10
_BREAKER = {"enable": False, "rollback": False}


def services_in(world: World, account: str, region: str) -> dict[str, Service]:
    """The services of an account and region, by cluster and name."""
    return world.store(dict, "ecs services", account, region)


def services(call: Call) -> dict[str, Service]:
    """The services of the call's account and region."""
    return services_in(call.world, call.account, call.region)


def service_of(call: Call) -> Service:
    """The service that a call names, by name or ARN. Raises ServiceNotFoundException."""
    service = services(call).get(f"{active_cluster(call).name}:{call.get('service').rpartition('/')[2]}")
    if service is None:
        raise AwsError("ServiceNotFoundException", "Service not found.")
    return service


def find_definition(ecs: Any, name: str | None) -> Any:
    """An active task definition. Raises ClientException."""
    if not name:
        raise invalid("TaskDefinition cannot be blank.")
    short = name.rpartition("/")[2]
    family, _, revision = short.partition(":")
    known = ecs.task_definitions.get(family, {})
    active = [number for number, definition in known.items() if definition.status == "ACTIVE"]
    definition = known.get(int(revision) if revision else max(active, default=0))
    if definition is None:
        raise client_error("TaskDefinition not found.")
    if definition.status != "ACTIVE":
        raise client_error("TaskDefinition is inactive")
    return definition


def reconsider(world: World, account: str, region: str) -> None:
    """Work on the services of a region now, because tasks or targets have changed."""
    for service in services_in(world, account, region).values():
        Scheduler(world).look(service)


@corrects(EC2ContainerServiceResponse, "CreateService")
def create(call: Call) -> Any:
    """CreateService: refused while the service exists or drains."""
    ecs, name = call.backend, call.get("serviceName") or ""
    cluster = active_cluster(call)
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,255}", name):
        raise invalid("Invalid service name.")
    former = services(call).get(f"{cluster.name}:{name}")
    if former is not None and former.moto.status == "ACTIVE":
        raise invalid("Creation of service was not idempotent.")
    if former is not None and former.moto.status == "DRAINING":
        raise invalid("Unable to Start a service that is still Draining.")
    if not role_exists(call.world, call.account, SERVICE_LINKED_ROLE):
        raise invalid(
            "Unable to assume the service linked role. Please verify that the ECS service linked role exists."
        )
    settings = _settings(call, dict(_DEFAULTS))
    providers.check(cluster, settings.get("capacityProviderStrategy"))
    definition = find_definition(ecs, call.get("taskDefinition"))
    _check(call.world, ecs, definition, settings)
    if call.get("desiredCount") is None and settings["schedulingStrategy"] == "REPLICA":
        raise invalid("Desired count cannot be empty for a service with the REPLICA scheduling strategy.")
    desired = int(call.get("desiredCount") or 0)
    moto = MotoService(
        cluster=cluster,
        service_name=name,
        desired_count=desired,
        backend=ecs,
        task_definition=definition,
        load_balancers=settings.get("loadBalancers"),
        scheduling_strategy=settings["schedulingStrategy"],
        tags=call.get("tags") or [],
        launch_type=settings.get("launchType"),
        propagate_tags=settings["propagateTags"],
    )
    service = Service(ecs, moto, settings, desired)
    ecs.services[f"{cluster.name}:{name}"] = moto
    services(call)[f"{cluster.name}:{name}"] = service
    Scheduler(call.world).begin(service, definition)
    return {"service": service_view(service, tags=True, current=False)}


def _settings(call: Call, settings: dict[str, Any]) -> dict[str, Any]:
    given = {key: call.get(key) for key in _SETTINGS if call.get(key) is not None}
    config = settings.get("deploymentConfiguration") or {**_PERCENTAGES, "deploymentCircuitBreaker": _BREAKER}
    wanted = given.pop("deploymentConfiguration", {})
    breaker = config["deploymentCircuitBreaker"] | (wanted.get("deploymentCircuitBreaker") or {})
    settings |= given
    config = config | wanted | {"deploymentCircuitBreaker": breaker}
    settings["deploymentConfiguration"] = strategies.complete(config, wanted)
    if settings.get("launchType") and settings.get("capacityProviderStrategy"):
        raise invalid("Specify either Launch Type or Capacity Provider Strategy, but not both.")
    if not settings.get("capacityProviderStrategy"):
        settings.setdefault("launchType", "EC2")
    return settings


def _check(world: World, ecs: Any, definition: Any, settings: dict[str, Any]) -> None:
    if settings.get("launchType") == "FARGATE" and "FARGATE" not in definition.compatibilities:
        raise invalid("Task definition does not support launch_type FARGATE.")
    storage.check_platform(
        settings["platformVersion"], definition, execute_command=bool(settings["enableExecuteCommand"])
    )
    settings["networkConfiguration"] = network.check(ecs, definition, settings.get("networkConfiguration"))
    balancers = settings.get("loadBalancers") or []
    network.check_balancers(ecs, definition, balancers)
    strategies.check(world, ecs, settings)
    if settings.get("healthCheckGracePeriodSeconds") and not balancers:
        raise invalid("Health check grace period is only valid for services configured to use load balancers")
    if balancers:
        settings.setdefault("healthCheckGracePeriodSeconds", 0)
    config = settings["deploymentConfiguration"]
    if config["maximumPercent"] <= config["minimumHealthyPercent"] and config["maximumPercent"] <= 100:
        raise invalid("maximumPercent must be greater than minimumHealthyPercent.")
    if settings["enableExecuteCommand"] and not getattr(definition, "task_role_arn", None):
        raise invalid(
            "The service couldn't be created because a valid taskRoleArn is not being used. Specify a valid "
            "task role in your task definition and try again."
        )


@corrects(EC2ContainerServiceResponse, "UpdateService")
def update(call: Call) -> Any:
    """UpdateService: every field, with a new deployment if AWS starts one."""
    ecs = call.backend
    service = service_of(call)
    if service.moto.status != "ACTIVE":
        raise AwsError("ServiceNotActiveException", "Service was not ACTIVE.")
    definition = service.primary.revision.definition
    if call.get("taskDefinition"):
        definition = find_definition(ecs, call.get("taskDefinition"))
    settings = _settings(call, _other_launch_type(dict(service.settings), call))
    providers.check(active_cluster(call), settings.get("capacityProviderStrategy"))
    _check(call.world, ecs, definition, settings)
    strategies.check_change(service, settings)
    changed = definition is not service.primary.revision.definition or any(
        settings.get(key) != service.settings.get(key) for key in REVISION_SETTINGS
    )
    service.settings = settings
    service.moto.load_balancers = settings.get("loadBalancers") or []
    service.moto.propagate_tags = settings["propagateTags"]
    if call.get("desiredCount") is not None:
        service.desired = service.moto.desired_count = int(call.get("desiredCount"))
    if changed or call.get("forceNewDeployment"):
        Scheduler(call.world).begin(service, definition)
    elif call.get("desiredCount") is not None:
        Scheduler(call.world).mark_changed(service)
    return {"service": service_view(service, tags=True, current=False)}


@corrects(EC2ContainerServiceResponse, "DeleteService")
def delete(call: Call) -> Any:
    """DeleteService: DRAINING until the tasks are gone, then INACTIVE."""
    service = service_of(call)
    if service.moto.status == "INACTIVE":
        raise AwsError("ServiceNotFoundException", "Service not found.")
    if service.moto.status == "ACTIVE":
        if service.desired > 0 and not call.get("force"):
            raise invalid("The service cannot be stopped while it is scaled above 0.")
        Scheduler(call.world).drain(service)
    return {"service": service_view(service, tags=True)}


@corrects(EC2ContainerServiceResponse, "DescribeServices")
def _describe(call: Call) -> Any:
    cluster = active_cluster(call)
    if not call.get("services"):
        raise invalid("Services cannot be empty.")
    if len(call.get("services")) > _MOST_DESCRIBED:
        raise invalid(f"The number of services can't be more than {_MOST_DESCRIBED}.")
    tags = "TAGS" in (call.get("include") or [])
    found = {name: services(call).get(f"{cluster.name}:{name.rpartition('/')[2]}") for name in call.get("services")}
    return {
        "services": [service_view(service, tags=tags) for service in found.values() if service is not None],
        "failures": failures(call, f"service/{cluster.name}", (name for name, known in found.items() if known is None)),
    }


@corrects(EC2ContainerServiceResponse, "ListServices")
def list_all(call: Call) -> Any:
    """ListServices leaves out INACTIVE services."""
    cluster = active_cluster(call)
    found = [
        service
        for service in services(call).values()
        if service.moto.cluster_name == cluster.name
        and service.moto.status != "INACTIVE"
        and call.get("launchType") in (None, service.settings.get("launchType"))
        and call.get("schedulingStrategy") in (None, service.settings["schedulingStrategy"])
    ]
    return {"serviceArns": sorted(service.moto.arn for service in found)}


def _other_launch_type(settings: dict[str, Any], call: Call) -> dict[str, Any]:
    """A capacity provider strategy replaces the launch type; an empty one restores it."""
    strategy = call.get("capacityProviderStrategy")
    if strategy:
        settings.pop("launchType", None)
    elif strategy is not None:
        settings.setdefault("launchType", "FARGATE")
    return settings
