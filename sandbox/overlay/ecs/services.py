# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""CreateService, UpdateService, DeleteService and what they refuse."""

from __future__ import annotations

import re
from typing import Any

from moto.ecs.models import Service as MotoService
from moto.ecs.models import ecs_backends
from moto.ecs.responses import EC2ContainerServiceResponse

from sandbox.overlay.base import AwsError, Call, World, override
from sandbox.overlay.ecs import network
from sandbox.overlay.ecs.common import (
    SERVICE_LINKED_ROLE,
    active_cluster,
    backend,
    client_error,
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


def services(world: World, ecs: Any) -> dict[str, Service]:
    """The services of an account and region, by cluster and name."""
    known: dict[str, Service] = world.store(dict, "ecs services", ecs.account_id, ecs.region_name)
    return known


def find(world: World, ecs: Any, cluster: str | None, name: str) -> Service:
    """A service by name or ARN. Raises ServiceNotFoundException."""
    key = f"{active_cluster(ecs, cluster).name}:{name.rpartition('/')[2]}"
    service = services(world, ecs).get(key)
    if service is None:
        raise AwsError("ServiceNotFoundException", "Service not found.")
    return service


def find_definition(ecs: Any, name: str | None) -> Any:
    """A task definition that tasks can be started of. Raises ClientException."""
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
    """Have the services of a region looked at now: something has happened to tasks or targets."""
    for service in services(world, ecs_backends[account][region]).values():
        service.scheduler.look(service)


class Services:
    """The operations on services."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._scheduler = Scheduler(world)

    def create(self, call: Call) -> Any:
        """CreateService: never twice, and not while the former one drains."""
        ecs, name = backend(call), call.get("serviceName") or ""
        cluster = active_cluster(ecs, call.get("cluster"))
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,255}", name):
            raise invalid("Invalid service name.")
        former = services(self._world, ecs).get(f"{cluster.name}:{name}")
        if former is not None and former.moto.status == "ACTIVE":
            raise invalid("Creation of service was not idempotent.")
        if former is not None and former.moto.status == "DRAINING":
            raise invalid("Unable to Start a service that is still Draining.")
        if not role_exists(self._world, call.account, SERVICE_LINKED_ROLE):
            raise invalid(
                "Unable to assume the service linked role. Please verify that the ECS service linked role exists."
            )
        settings = self._settings(call, dict(_DEFAULTS))
        definition = find_definition(ecs, call.get("taskDefinition"))
        self._check(ecs, definition, settings)
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
        service = Service(ecs, moto, settings, desired, scheduler=self._scheduler)
        ecs.services[f"{cluster.name}:{name}"] = moto
        services(self._world, ecs)[f"{cluster.name}:{name}"] = service
        self._scheduler.begin(service, definition)
        return {"service": service_view(service, tags=True, current=False)}

    def _settings(self, call: Call, settings: dict[str, Any]) -> dict[str, Any]:
        given = {key: call.get(key) for key in _SETTINGS if call.get(key) is not None}
        config = settings.get("deploymentConfiguration") or {**_PERCENTAGES, "deploymentCircuitBreaker": _BREAKER}
        wanted = given.pop("deploymentConfiguration", {})
        breaker = config["deploymentCircuitBreaker"] | (wanted.get("deploymentCircuitBreaker") or {})
        settings |= given
        settings["deploymentConfiguration"] = config | wanted | {"deploymentCircuitBreaker": breaker}
        if settings.get("launchType") and settings.get("capacityProviderStrategy"):
            raise invalid("Specify either Launch Type or Capacity Provider Strategy, but not both.")
        if not settings.get("capacityProviderStrategy"):
            settings.setdefault("launchType", "EC2")
        return settings

    def _check(self, ecs: Any, definition: Any, settings: dict[str, Any]) -> None:
        if settings.get("launchType") == "FARGATE" and "FARGATE" not in definition.compatibilities:
            raise invalid("Task definition does not support launch_type FARGATE.")
        settings["networkConfiguration"] = network.check(ecs, definition, settings.get("networkConfiguration"))
        balancers = settings.get("loadBalancers") or []
        network.check_balancers(ecs, definition, balancers)
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

    def update(self, call: Call) -> Any:
        """UpdateService: every field; a new deployment where AWS starts one."""
        ecs = backend(call)
        service = find(self._world, ecs, call.get("cluster"), call.get("service"))
        if service.moto.status != "ACTIVE":
            raise AwsError("ServiceNotActiveException", "Service was not ACTIVE.")
        definition = service.primary.revision.definition
        if call.get("taskDefinition"):
            definition = find_definition(ecs, call.get("taskDefinition"))
        settings = self._settings(call, _other_launch_type(dict(service.settings), call))
        self._check(ecs, definition, settings)
        changed = definition is not service.primary.revision.definition or any(
            settings.get(key) != service.settings.get(key) for key in REVISION_SETTINGS
        )
        service.settings = settings
        service.moto.load_balancers = settings.get("loadBalancers") or []
        service.moto.propagate_tags = settings["propagateTags"]
        if call.get("desiredCount") is not None:
            service.desired = service.moto.desired_count = int(call.get("desiredCount"))
        if changed or call.get("forceNewDeployment"):
            self._scheduler.begin(service, definition)
        elif call.get("desiredCount") is not None:
            self._scheduler.scale(service, service.desired)
        return {"service": service_view(service, tags=True, current=False)}

    def delete(self, call: Call) -> Any:
        """DeleteService: DRAINING until the tasks are gone, then INACTIVE."""
        service = find(self._world, backend(call), call.get("cluster"), call.get("service"))
        if service.moto.status == "INACTIVE":
            raise AwsError("ServiceNotFoundException", "Service not found.")
        if service.moto.status == "ACTIVE":
            if service.desired > 0 and not call.get("force"):
                raise invalid("The service cannot be stopped while it is scaled above 0.")
            self._scheduler.drain(service)
        return {"service": service_view(service, tags=True)}

    def describe(self, call: Call) -> Any:
        """DescribeServices."""
        ecs, cluster = backend(call), active_cluster(backend(call), call.get("cluster"))
        if not call.get("services"):
            raise invalid("Services cannot be empty.")
        if len(call.get("services")) > _MOST_DESCRIBED:
            raise invalid(f"The number of services can't be more than {_MOST_DESCRIBED}.")
        tags = "TAGS" in (call.get("include") or [])
        known = services(self._world, ecs)
        found, missing = [], []
        for name in call.get("services"):
            service = known.get(f"{cluster.name}:{name.rpartition('/')[2]}")
            if service is None:
                base = f"arn:aws:ecs:{call.region}:{call.account}:service/{cluster.name}/"
                missing.append(name if name.startswith("arn:") else base + name)
            else:
                found.append(service_view(service, tags=tags))
        return {"services": found, "failures": [{"arn": arn, "reason": "MISSING"} for arn in missing]}

    def list_all(self, call: Call) -> Any:
        """ListServices leaves out what is gone."""
        ecs, cluster = backend(call), active_cluster(backend(call), call.get("cluster"))
        found = [
            service
            for service in services(self._world, ecs).values()
            if service.moto.cluster_name == cluster.name
            and service.moto.status != "INACTIVE"
            and call.get("launchType") in (None, service.settings.get("launchType"))
            and call.get("schedulingStrategy") in (None, service.settings["schedulingStrategy"])
        ]
        return {"serviceArns": sorted(service.moto.arn for service in found)}


def _other_launch_type(settings: dict[str, Any], call: Call) -> dict[str, Any]:
    """A capacity provider strategy takes the place of the launch type; an empty one leads back to it."""
    strategy = call.get("capacityProviderStrategy")
    if strategy:
        settings.pop("launchType", None)
    elif strategy is not None:
        settings.setdefault("launchType", "FARGATE")
    return settings


def install(world: World) -> None:
    """Correct services."""
    own = Services(world)
    override(EC2ContainerServiceResponse, "CreateService", own.create)
    override(EC2ContainerServiceResponse, "UpdateService", own.update)
    override(EC2ContainerServiceResponse, "DeleteService", own.delete)
    override(EC2ContainerServiceResponse, "DescribeServices", own.describe)
    override(EC2ContainerServiceResponse, "ListServices", own.list_all)
