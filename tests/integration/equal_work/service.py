# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Drifts of the service and what it runs on."""

from __future__ import annotations

import json
import typing as t

from .drifts import EAST, World, drift

_NAME = "hello-dev-hello"
_ROLE = f"{_NAME}-{EAST}-execution"
_GROUP = "/ecs/hello/dev/hello"
_SERVICE: dict[str, dict[str, t.Any]] = {
    "count": {"desiredCount": 3},
    "grace": {"healthCheckGracePeriodSeconds": 61},
    "rebalancing": {"availabilityZoneRebalancing": "DISABLED"},
    "platform": {"platformVersion": "1.4.0"},
    "managed tags": {"enableECSManagedTags": False},
    "propagation": {"propagateTags": "NONE"},
    "exec": {"enableExecuteCommand": True},
    "balancer": {"loadBalancers": [], "healthCheckGracePeriodSeconds": 0},
    "deployment": {"deploymentConfiguration": {"maximumPercent": 150, "minimumHealthyPercent": 50}},
    "registries": {"serviceRegistries": [{"registryArn": "arn:aws:servicediscovery:us-east-1:111111111111:service/s"}]},
}


def ecs(world: World) -> t.Any:
    return world.client("ecs")


def iam(world: World) -> t.Any:
    return world.client("iam")


for name, change in _SERVICE.items():

    def _update(world: World, change: dict[str, t.Any] = change) -> None:
        ecs(world).update_service(cluster=_NAME, service=_NAME, **change)

    drift.put(f"service {name}", "service/main", _update)


@drift("service capacity", "service/main")
def _(world: World) -> None:
    ecs(world).put_cluster_capacity_providers(
        cluster=_NAME, capacityProviders=["FARGATE_SPOT"], defaultCapacityProviderStrategy=[]
    )
    strategy = [{"capacityProvider": "FARGATE_SPOT", "weight": 1}]
    ecs(world).update_service(cluster=_NAME, service=_NAME, capacityProviderStrategy=strategy)


@drift("service revision", "service/main")
def _(world: World) -> None:
    found = ecs(world).describe_task_definition(taskDefinition=_NAME)["taskDefinition"]
    taken = ("family", "containerDefinitions", "networkMode", "cpu", "requiresCompatibilities", "executionRoleArn")
    made = ecs(world).register_task_definition(**{key: found[key] for key in taken}, memory="1024")
    arn = made["taskDefinition"]["taskDefinitionArn"]
    ecs(world).update_service(cluster=_NAME, service=_NAME, taskDefinition=arn)


@drift("service network", "service/main")
def _(world: World) -> None:
    network = {"subnets": list(world.of("vpc")["private_subnet_ids"])[:1], "securityGroups": []}
    network["securityGroups"] = [world.of("ecs_service")["security_group_id"]]
    ecs(world).update_service(cluster=_NAME, service=_NAME, networkConfiguration={"awsvpcConfiguration": network})


def service_arn(world: World) -> str:
    return str(ecs(world).describe_services(cluster=_NAME, services=[_NAME])["services"][0]["serviceArn"])


@drift("service tags", "service/main")
def _(world: World) -> None:
    ecs(world).untag_resource(resourceArn=service_arn(world), tagKeys=["Name"])


@drift("task definition tags", "task_definition/main")
def _(world: World) -> None:
    found = ecs(world).describe_services(cluster=_NAME, services=[_NAME])["services"][0]
    ecs(world).untag_resource(resourceArn=found["taskDefinition"], tagKeys=["Name"])


@drift("cluster insights", "cluster/main")
def _(world: World) -> None:
    settings = [{"name": "containerInsights", "value": "disabled"}]
    ecs(world).update_cluster(cluster=_NAME, settings=settings)


@drift("cluster tags", "cluster/main")
def _(world: World) -> None:
    arn = ecs(world).describe_clusters(clusters=[_NAME])["clusters"][0]["clusterArn"]
    ecs(world).untag_resource(resourceArn=arn, tagKeys=["Name"])


@drift("cluster configuration", "cluster/main")
def _(world: World) -> None:
    ecs(world).update_cluster(cluster=_NAME, configuration={"executeCommandConfiguration": {"logging": "NONE"}})


@drift("cluster service connect", "cluster/main")
def _(world: World) -> None:
    ecs(world).update_cluster(cluster=_NAME, serviceConnectDefaults={"namespace": "elsewhere"})


@drift("log retention", "log_group/main")
def _(world: World) -> None:
    world.client("logs").put_retention_policy(logGroupName=_GROUP, retentionInDays=7)


@drift("log group tags", "log_group/main")
def _(world: World) -> None:
    arn = f"arn:aws:logs:{EAST}:111111111111:log-group:{_GROUP}"
    world.client("logs").untag_resource(resourceArn=arn, tagKeys=["Name"])


@drift("role trust", "iam_role/execution")
def _(world: World) -> None:
    statement = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam(world).update_assume_role_policy(RoleName=_ROLE, PolicyDocument=document)


@drift("role description", "iam_role/execution")
def _(world: World) -> None:
    iam(world).update_role(RoleName=_ROLE, Description="another")


@drift("role session", "iam_role/execution")
def _(world: World) -> None:
    iam(world).update_role(RoleName=_ROLE, MaxSessionDuration=7200)


@drift("role boundary", "iam_role/execution")
def _(world: World) -> None:
    iam(world).put_role_permissions_boundary(
        RoleName=_ROLE, PermissionsBoundary="arn:aws:iam::aws:policy/ReadOnlyAccess"
    )


@drift("role tags", "iam_role/execution")
def _(world: World) -> None:
    iam(world).untag_role(RoleName=_ROLE, TagKeys=["Name"])


@drift("role policy", "iam_role/execution")
def _(world: World) -> None:
    statement = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam(world).put_role_policy(RoleName=_ROLE, PolicyName="execution", PolicyDocument=document)


@drift("role policy gone", "iam_role/execution")
def _(world: World) -> None:
    iam(world).delete_role_policy(RoleName=_ROLE, PolicyName="execution")
