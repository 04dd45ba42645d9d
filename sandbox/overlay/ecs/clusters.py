# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Clusters: idempotent, described with what is requested, and not deleted while in use."""

from __future__ import annotations

from typing import Any

from moto.ecs.responses import EC2ContainerServiceResponse
from moto.iam.models import SERVICE_NAME_CONVERSION

from sandbox.overlay.base import AwsError, Call, corrects
from sandbox.overlay.ecs.common import SERVICE_LINKED_ROLE, active_cluster, failures, iam_of, invalid
from sandbox.overlay.ecs.services import services

_EVERYTHING = ["TAGS", "SETTINGS", "CONFIGURATIONS"]
_INSIGHTS = [{"name": "containerInsights", "value": "disabled"}]


@corrects(EC2ContainerServiceResponse, "CreateCluster")
def create(call: Call) -> Any:
    """CreateCluster also creates ECS's service-linked role if it is missing."""
    ecs, name = call.backend, call.get("clusterName") or "default"
    existing = ecs.clusters.get(name)
    if existing is not None and existing.status == "ACTIVE":
        wanted = (_pairs(call.get("tags")), _pairs(call.get("settings") or _INSIGHTS, "name"))
        if wanted != (_pairs(existing.tags), _pairs(existing.settings, "name")):
            raise invalid(
                "Arguments on this idempotent request are inconsistent with arguments used in previous request(s)."
            )
        return {"cluster": _view(call, existing, _EVERYTHING)}
    iam = iam_of(call.account)
    if not any(role.name == SERVICE_LINKED_ROLE for role in iam.roles.values()):
        iam.create_service_linked_role("ecs.amazonaws.com", "Role to enable Amazon ECS to manage your cluster.", "")
    cluster = call.proceed()["cluster"]
    return {"cluster": _view(call, cluster, _EVERYTHING)}


@corrects(EC2ContainerServiceResponse, "UpdateCluster", "PutClusterCapacityProviders")
def change(call: Call) -> Any:
    """Only ACTIVE clusters can be changed."""
    active_cluster(call)
    cluster = call.proceed()["cluster"]
    return {"cluster": _view(call, cluster, _EVERYTHING)}


@corrects(EC2ContainerServiceResponse, "UpdateClusterSettings")
def settings(call: Call) -> Any:
    """UpdateClusterSettings, which moto does not have."""
    cluster = active_cluster(call)
    cluster.settings = call.get("settings")
    return {"cluster": _view(call, cluster, ["SETTINGS"])}


@corrects(EC2ContainerServiceResponse, "DescribeClusters")
def describe(call: Call) -> Any:
    """DescribeClusters: tags, settings and configuration only on request."""
    names = call.get("clusters") or ["default"]
    found = {name: call.backend.clusters.get(name.rpartition("/")[2]) for name in names}
    include = call.get("include") or []
    return {
        "clusters": [_view(call, cluster, include) for cluster in found.values() if cluster is not None],
        "failures": failures(call, "cluster", (name for name, cluster in found.items() if cluster is None)),
    }


@corrects(EC2ContainerServiceResponse, "ListClusters")
def list_all(call: Call) -> Any:
    """ListClusters leaves out INACTIVE clusters."""
    return {"clusterArns": [known.arn for known in call.backend.clusters.values() if known.status == "ACTIVE"]}


@corrects(EC2ContainerServiceResponse, "DeleteCluster")
def delete(call: Call) -> Any:
    """DeleteCluster refuses a cluster with services or tasks."""
    cluster = active_cluster(call)
    if _services(call, cluster):
        raise AwsError("ClusterContainsServicesException", "The Cluster cannot be deleted while Services are active.")
    if any(task.last_status != "STOPPED" for task in call.backend.tasks.get(cluster.name, {}).values()):
        raise AwsError("ClusterContainsTasksException", "The Cluster cannot be deleted while Tasks are active.")
    call.proceed()
    return {"cluster": _view(call, cluster, [])}


def _services(call: Call, cluster: Any) -> list[Any]:
    return [
        service
        for service in services(call).values()
        if service.moto.cluster_name == cluster.name and service.moto.status != "INACTIVE"
    ]


def _view(call: Call, cluster: Any, include: list[str]) -> dict[str, Any]:
    tasks = list(call.backend.tasks.get(cluster.name, {}).values())
    active = [service for service in _services(call, cluster) if service.moto.status == "ACTIVE"]
    described = {
        "clusterArn": cluster.arn,
        "clusterName": cluster.name,
        "status": cluster.status,
        "registeredContainerInstancesCount": 0,
        "runningTasksCount": sum(task.last_status == "RUNNING" for task in tasks),
        "pendingTasksCount": sum(task.last_status == "PENDING" for task in tasks),
        "activeServicesCount": len(active),
        "statistics": [],
        "tags": (cluster.tags or []) if "TAGS" in include else [],
        "settings": cluster.settings if "SETTINGS" in include else [],
        "capacityProviders": cluster.capacity_providers or [],
        "defaultCapacityProviderStrategy": cluster.default_capacity_provider_strategy or [],
    }
    if "CONFIGURATIONS" in include and cluster.configuration:
        described["configuration"] = cluster.configuration
    if (cluster.service_connect_defaults or {}).get("namespace"):
        described["serviceConnectDefaults"] = cluster.service_connect_defaults
    return described


def _pairs(items: list[dict[str, str]] | None, key: str = "key") -> dict[str, str]:
    return {item[key]: item.get("value", "") for item in items or []}


def patch() -> None:
    """The way AWS spells the name of its role."""
    SERVICE_NAME_CONVERSION["ecs"] = "ECS"
