# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Services, deployments and tasks in the shape of the API.

moto's serializer takes the API's members, in either spelling, and leaves out None.
"""

from __future__ import annotations

import hashlib
from typing import Any

from sandbox.overlay.ecs.common import SERVICE_LINKED_ROLE
from sandbox.overlay.ecs.model import Revision, Rollout, Service, ServiceDeployment, Task
from sandbox.overlay.ecs.replacing import threshold

_PLATFORM = "1.4.0"
_FAMILY = "Linux"
_ROLE = f"aws-service-role/ecs.amazonaws.com/{SERVICE_LINKED_ROLE}"


def service_view(service: Service, *, tags: bool, current: bool = True) -> dict[str, Any]:
    """A service as DescribeServices shows it. Create and update don't name the deployment yet."""
    moto, settings = service.moto, service.settings
    described = {
        "serviceArn": moto.arn,
        "serviceName": service.name,
        "clusterArn": moto.cluster_arn,
        "status": moto.status,
        "desiredCount": service.desired,
        "runningCount": _count(service.tasks, "RUNNING"),
        "pendingCount": _count(service.tasks, "PENDING"),
        "taskDefinition": moto.task_definition,
        "platformFamily": _FAMILY,
        "deployments": [rollout_view(known, service) for known in service.rollouts if moto.status != "INACTIVE"],
        "events": service.events,
        "createdAt": service.created_at,
        "placementConstraints": settings.get("placementConstraints") or [],
        "placementStrategy": settings.get("placementStrategy") or [],
        "serviceRegistries": settings.get("serviceRegistries") or [],
        "loadBalancers": settings.get("loadBalancers") or [],
        "roleArn": f"arn:aws:iam::{service.ecs.account_id}:role/{_ROLE}",
    }
    shown = {key: value for key, value in settings.items() if key not in described and value is not None}
    if current:
        shown["currentServiceDeployment"] = service.history[0].arn
        shown["currentServiceRevisions"] = [revision_summary(rollout) for rollout in service.rollouts]
    if tags:
        shown["tags"] = moto.tags
    return described | shown


def _count(tasks: list[Task], status: str) -> int:
    return sum(task.last_status == status for task in tasks)


def rollout_view(rollout: Rollout, service: Service) -> dict[str, Any]:
    """A deployment as DescribeServices shows it."""
    primary = rollout is service.primary and rollout.state != "FAILED"
    return rollout.revision.settings | {
        "id": rollout.id,
        "status": rollout.status,
        "taskDefinition": rollout.revision.definition.arn,
        "desiredCount": service.desired if primary else len(rollout.wanted),
        "pendingCount": _count(rollout.tasks, "PENDING"),
        "runningCount": _count(rollout.tasks, "RUNNING"),
        "failedTasks": rollout.failed,
        "createdAt": rollout.created_at,
        "updatedAt": rollout.updated_at,
        "platformVersion": _PLATFORM,
        "platformFamily": _FAMILY,
        "rolloutState": rollout.state,
        "rolloutStateReason": rollout.reason,
    }


def revision_summary(rollout: Rollout) -> dict[str, Any]:
    """How far a revision is."""
    return {
        "requestedProductionTrafficWeight": rollout.shift.share if rollout.shift else None,
        "arn": rollout.revision.arn,
        "requestedTaskCount": len(rollout.wanted),
        "runningTaskCount": _count(rollout.tasks, "RUNNING"),
        "pendingTaskCount": _count(rollout.tasks, "PENDING"),
    }


def deployment_view(service: Service, deployment: ServiceDeployment) -> dict[str, Any]:
    """A service deployment as ListServiceDeployments and DescribeServiceDeployments show it."""
    target, rollout = deployment.target, deployment.rollout
    breaker: dict[str, Any] = {"status": deployment.breaker}
    if rollout is not None:
        breaker |= {"failureCount": rollout.failed, "threshold": threshold(service.desired)}
    return {
        "serviceDeploymentArn": deployment.arn,
        "serviceArn": service.moto.arn,
        "clusterArn": service.moto.cluster_arn,
        "startedAt": deployment.created_at,
        "createdAt": deployment.created_at,
        "updatedAt": deployment.updated_at,
        "finishedAt": deployment.finished_at,
        "stoppedAt": deployment.stopped_at,
        "targetServiceRevisionArn": target.arn,
        "targetServiceRevision": {"arn": target.arn} if rollout is None else revision_summary(rollout),
        "sourceServiceRevisions": [{"arn": revision.arn} for revision in deployment.sources],
        "status": deployment.status,
        "statusReason": deployment.reason or None,
        "lifecycleStage": rollout.shift.stage if rollout and rollout.shift else None,
        "deploymentConfiguration": target.settings["deploymentConfiguration"],
        "rollback": deployment.rollback,
        "deploymentCircuitBreaker": breaker,
        "alarms": deployment.alarms or None,
    }


def revision_view(service: Service, revision: Revision) -> dict[str, Any]:
    """A service revision as DescribeServiceRevisions shows it."""
    settings, containers = revision.settings, revision.definition.container_definitions
    balancers = settings.get("loadBalancers") or []
    return settings | {
        "serviceRevisionArn": revision.arn,
        "serviceArn": service.moto.arn,
        "clusterArn": service.moto.cluster_arn,
        "taskDefinition": revision.definition.arn,
        "platformVersion": _PLATFORM,
        "platformFamily": _FAMILY,
        "loadBalancers": balancers,
        "resolvedConfiguration": {"loadBalancers": [_resolved(revision, known) for known in balancers]},
        "serviceRegistries": settings.get("serviceRegistries") or [],
        "containerImages": [
            {"containerName": container["name"], "image": container["image"]} for container in containers
        ],
        "createdAt": revision.created_at,
    }


def _resolved(revision: Revision, balancer: dict[str, Any]) -> dict[str, Any]:
    rule = (balancer.get("advancedConfiguration") or {}).get("productionListenerRule")
    return {"targetGroupArn": revision.groups[balancer["targetGroupArn"]], "productionListenerRule": rule}


def task_view(task: Task, *, tags: bool) -> dict[str, Any]:
    """A task as DescribeTasks shows it."""
    status = "DELETED" if task.last_status == "STOPPED" else "ATTACHED"
    checked = any(container.get("healthCheck") for container in task.definition.container_definitions)
    well = "HEALTHY" if checked and task.last_status == "RUNNING" and not task.broken else "UNKNOWN"
    return vars(task) | {
        "taskDefinitionArn": task.task_definition_arn,
        "platformFamily": _FAMILY,
        "availabilityZone": task.interface.availability_zone,
        "healthStatus": well,
        "connectivity": "CONNECTED" if task.started_at else None,
        "cpu": task.definition.cpu,
        "memory": task.definition.memory,
        "attachments": [_attachment(task, status)],
        "containers": [_container(task, known, well) for known in task.definition.container_definitions],
        "tags": task.tags if tags else None,
    }


def _attachment(task: Task, status: str) -> dict[str, Any]:
    details = {
        "subnetId": task.interface.subnet.id,
        "networkInterfaceId": task.interface.id,
        "macAddress": task.interface.mac_address,
        "privateIPv4Address": task.address,
    }
    pairs = [{"name": name, "value": value} for name, value in details.items()]
    return {"id": task.attachment_id, "type": "ElasticNetworkInterface", "status": status, "details": pairs}


def _digest(image: str) -> str:
    """The digest that a registry would return: the same for the same name everywhere."""
    _name, _at, digest = image.partition("@")
    return digest or f"sha256:{hashlib.sha256(image.encode()).hexdigest()}"


def _container(task: Task, known: dict[str, Any], health: str) -> dict[str, Any]:
    arn = task.task_arn.replace(":task/", ":container/")
    return {
        "containerArn": f"{arn}/{known['name']}",
        "taskArn": task.task_arn,
        "name": known["name"],
        "image": known["image"],
        "imageDigest": None if task.started_at is None else _digest(known["image"]),
        "lastStatus": "RUNNING" if task.last_status == "DEACTIVATING" else task.last_status,
        "exitCode": task.exit_code,
        "healthStatus": health if known.get("healthCheck") else "UNKNOWN",
        "networkInterfaces": [{"attachmentId": task.attachment_id, "privateIpv4Address": task.address}],
        "cpu": str(known.get("cpu", 0)),
    }
