# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Clusters: idempotent, described as asked for, and not deleted while in use."""

from __future__ import annotations

from typing import Any

from moto.ecs.responses import EC2ContainerServiceResponse
from moto.iam.models import SERVICE_NAME_CONVERSION

from sandbox.overlay.base import AwsError, Call, World, override
from sandbox.overlay.ecs.common import SERVICE_LINKED_ROLE, active_cluster, backend, iam_of, invalid
from sandbox.overlay.ecs.services import services

_INSIGHTS = [{"name": "containerInsights", "value": "disabled"}]


class Clusters:
    """The operations on clusters."""

    def __init__(self, world: World) -> None:
        self._world = world

    def create(self, call: Call) -> Any:
        """CreateCluster makes ECS's service-linked role as well, where there is none yet."""
        ecs, name = backend(call), call.get("clusterName") or "default"
        existing = ecs.clusters.get(name)
        if existing is not None and existing.status == "ACTIVE":
            wanted = (_pairs(call.get("tags")), _pairs(call.get("settings") or _INSIGHTS, "name"))
            if wanted != (_pairs(existing.tags), _pairs(existing.settings, "name")):
                raise invalid(
                    "Arguments on this idempotent request are inconsistent with arguments used in previous request(s)."
                )
            return {"cluster": self._view(ecs, existing, ["TAGS", "SETTINGS", "CONFIGURATIONS"])}
        iam = iam_of(call.account)
        if not any(role.name == SERVICE_LINKED_ROLE for role in iam.roles.values()):
            iam.create_service_linked_role("ecs.amazonaws.com", "Role to enable Amazon ECS to manage your cluster.", "")
        cluster = call.proceed()["cluster"]
        return {"cluster": self._view(ecs, cluster, ["TAGS", "SETTINGS", "CONFIGURATIONS"])}

    def change(self, call: Call) -> Any:
        """UpdateCluster, UpdateClusterSettings and PutClusterCapacityProviders of an ACTIVE cluster."""
        active_cluster(backend(call), call.get("cluster"))
        cluster = call.proceed()["cluster"]
        return {"cluster": self._view(backend(call), cluster, ["TAGS", "SETTINGS", "CONFIGURATIONS"])}

    def settings(self, call: Call) -> Any:
        """UpdateClusterSettings, which moto does not have."""
        cluster = active_cluster(backend(call), call.get("cluster"))
        cluster.settings = call.get("settings")
        return {"cluster": self._view(backend(call), cluster, ["SETTINGS"])}

    def describe(self, call: Call) -> Any:
        """DescribeClusters: tags, settings and configuration where they are asked for."""
        ecs, names = backend(call), call.get("clusters") or ["default"]
        found = {name: ecs.clusters.get(name.rpartition("/")[2]) for name in names}
        base = f"arn:aws:ecs:{call.region}:{call.account}:cluster/"
        missing = [base + name.rpartition("/")[2] for name, cluster in found.items() if cluster is None]
        include = call.get("include") or []
        return {
            "clusters": [self._view(ecs, cluster, include) for cluster in found.values() if cluster is not None],
            "failures": [{"arn": arn, "reason": "MISSING"} for arn in missing],
        }

    def list_all(self, call: Call) -> Any:
        """ListClusters leaves out what is INACTIVE."""
        return {"clusterArns": [known.arn for known in backend(call).clusters.values() if known.status == "ACTIVE"]}

    def delete(self, call: Call) -> Any:
        """DeleteCluster refuses while services or tasks are there."""
        ecs = backend(call)
        cluster = active_cluster(ecs, call.get("cluster"))
        if self._services(ecs, cluster):
            raise AwsError(
                "ClusterContainsServicesException", "The Cluster cannot be deleted while Services are active."
            )
        if any(task.last_status != "STOPPED" for task in ecs.tasks.get(cluster.name, {}).values()):
            raise AwsError("ClusterContainsTasksException", "The Cluster cannot be deleted while Tasks are active.")
        call.proceed()
        return {"cluster": self._view(ecs, cluster, [])}

    def _services(self, ecs: Any, cluster: Any) -> list[Any]:
        return [
            service
            for service in services(self._world, ecs).values()
            if service.moto.cluster_name == cluster.name and service.moto.status != "INACTIVE"
        ]

    def _view(self, ecs: Any, cluster: Any, include: list[str]) -> dict[str, Any]:
        tasks = list(ecs.tasks.get(cluster.name, {}).values())
        active = [service for service in self._services(ecs, cluster) if service.moto.status == "ACTIVE"]
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


def install(world: World) -> None:
    """Correct clusters."""
    clusters = Clusters(world)
    override(EC2ContainerServiceResponse, "CreateCluster", clusters.create)
    override(EC2ContainerServiceResponse, "UpdateCluster", clusters.change)
    override(EC2ContainerServiceResponse, "UpdateClusterSettings", clusters.settings)
    override(EC2ContainerServiceResponse, "PutClusterCapacityProviders", clusters.change)
    override(EC2ContainerServiceResponse, "DescribeClusters", clusters.describe)
    override(EC2ContainerServiceResponse, "ListClusters", clusters.list_all)
    override(EC2ContainerServiceResponse, "DeleteCluster", clusters.delete)
    # The way AWS spells the name of its role.
    SERVICE_NAME_CONVERSION["ecs"] = "ECS"
