# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A service behind a load balancer, for the tests of ECS."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.sandbox.overlay.helpers import (
    create_balancer,
    create_group,
    create_listener,
    create_public_network,
    create_target_group,
)

if TYPE_CHECKING:
    from tests.sandbox.overlay.conftest import Local

NAME = "hello-dev"
SERVICE = {"cluster": NAME, "service": NAME}
BREAKER = {"deploymentCircuitBreaker": {"enable": True, "rollback": True}}


@dataclass
class Platform:
    """A network, a load balancer that is active, a cluster; and words for what is done there."""

    local: Local
    vpc_id: str = ""
    subnet_ids: list[str] = field(default_factory=list)
    group_id: str = ""
    target_group: str = ""
    listener: str = ""

    @property
    def ecs(self) -> Any:
        return self.local.client("ecs")

    def set_up(self) -> None:
        ec2, elb = self.local.client("ec2"), self.local.client("elbv2")
        self.vpc_id, self.subnet_ids = create_public_network(ec2)
        self.group_id = create_group(ec2, self.vpc_id)
        balancer = create_balancer(elb, self.subnet_ids)["LoadBalancerArn"]
        self.target_group = create_target_group(elb, self.vpc_id)
        self.listener = create_listener(elb, balancer, self.target_group)["ListenerArn"]
        self.local.passes("load_balancer_create", 1.1)
        self.ecs.create_cluster(clusterName=NAME)

    def register(self, image: str = "hello:1", **more: Any) -> str:
        """A task definition; its ARN."""
        container = {"name": "app", "image": image, "portMappings": [{"containerPort": 8080}]}
        request = {
            "family": NAME,
            "networkMode": "awsvpc",
            "requiresCompatibilities": ["FARGATE"],
            "cpu": "256",
            "memory": "512",
            "containerDefinitions": [container],
        } | more
        arn: str = self.ecs.register_task_definition(**request)["taskDefinition"]["taskDefinitionArn"]
        return arn

    @property
    def network(self) -> dict[str, Any]:
        place = {"subnets": self.subnet_ids, "securityGroups": [self.group_id], "assignPublicIp": "ENABLED"}
        return {"awsvpcConfiguration": place}

    @property
    def balancers(self) -> list[dict[str, Any]]:
        return [{"targetGroupArn": self.target_group, "containerName": "app", "containerPort": 8080}]

    def create(self, image: str = "hello:1", **more: Any) -> Any:
        """A service with two tasks, as the creating call describes it."""
        request = {
            "cluster": NAME,
            "serviceName": NAME,
            "taskDefinition": more.pop("taskDefinition", None) or self.register(image),
            "desiredCount": 2,
            "launchType": "FARGATE",
            "networkConfiguration": self.network,
            "loadBalancers": self.balancers,
            "deploymentConfiguration": BREAKER,
        } | more
        return self.ecs.create_service(**request)["service"]

    def update(self, **more: Any) -> Any:
        return self.ecs.update_service(**SERVICE, **more)["service"]

    def describe(self) -> Any:
        (service,) = self.ecs.describe_services(cluster=NAME, services=[NAME])["services"]
        return service

    def tasks(self, status: str = "RUNNING") -> list[Any]:
        arns = self.ecs.list_tasks(cluster=NAME, serviceName=NAME, desiredStatus=status)["taskArns"]
        found: list[Any] = self.ecs.describe_tasks(cluster=NAME, tasks=arns)["tasks"] if arns else []
        return found

    def health(self) -> dict[str, str]:
        """The state of every target, by address."""
        elb = self.local.client("elbv2")
        described = elb.describe_target_health(TargetGroupArn=self.target_group)["TargetHealthDescriptions"]
        return {known["Target"]["Id"]: known["TargetHealth"]["State"] for known in described}

    def deployments(self) -> list[Any]:
        found: list[Any] = self.ecs.list_service_deployments(**SERVICE)["serviceDeployments"]
        return found

    def time_passes(self, seconds: float, step: float = 0.1) -> None:
        """Let time pass the way a client sees it that asks again and again."""
        for _ in range(round(seconds / step)):
            self.local.time += step
            self.describe()


def addresses(tasks: list[Any]) -> set[str]:
    """The private addresses of tasks."""
    return {
        detail["value"]
        for task in tasks
        for detail in task["attachments"][0]["details"]
        if detail["name"] == "privateIPv4Address"
    }
