# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A service behind a load balancer that really answers, and words for what is done to it."""

from __future__ import annotations

import http.client
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from sandbox import Sandbox
from tests.sandbox.overlay.helpers import create_balancer, create_group, create_public_network, create_target_group
from tests.waiting import eventually

T = TypeVar("T")
NAME = "hello"
SERVICE = {"cluster": NAME, "service": NAME}
PORT = 8080


@dataclass(frozen=True)
class Answer:
    """What a load balancer answers; status 0 when the connection was cut or refused, -1 when nothing came in time."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def facts(self) -> dict[str, Any]:
        """What the built-in app says."""
        found: dict[str, Any] = json.loads(self.body)
        return found


@dataclass
class Stack:
    """A network, an internet-facing load balancer, a cluster; a service when it is asked for."""

    aws: Sandbox
    region: str = "us-west-1"
    account: str = "staging"
    group_id: str = ""
    balancer: str = ""
    target_group: str = ""
    listener: str = ""
    vpc_id: str = ""
    subnet_ids: list[str] = field(default_factory=list)

    def client(self, service: str) -> Any:
        return self.aws.client(service, account=self.account, region=self.region)

    def set_up(self) -> Stack:
        ec2, elb = self.client("ec2"), self.client("elbv2")
        self.client("iam").create_service_linked_role(AWSServiceName="ecs.amazonaws.com")
        self.vpc_id, self.subnet_ids = create_public_network(ec2)
        self.group_id = create_group(ec2, self.vpc_id)
        self.admit()
        self.balancer = create_balancer(elb, self.subnet_ids, SecurityGroups=[self.group_id])["LoadBalancerArn"]
        checks: dict[str, Any] = {"HealthyThresholdCount": 2, "UnhealthyThresholdCount": 2}
        checks |= {"HealthCheckIntervalSeconds": 5, "HealthCheckTimeoutSeconds": 2, "HealthCheckPath": "/health"}
        self.target_group = create_target_group(elb, self.vpc_id, Port=PORT, **checks)
        self.listener = self.listen(self.forward())
        self.client("ecs").create_cluster(clusterName=NAME)
        return self

    def admit(self, port: int = 80) -> None:
        self.client("ec2").authorize_security_group_ingress(GroupId=self.group_id, IpPermissions=[_everybody(port)])

    def shut_out(self, port: int = 80) -> None:
        self.client("ec2").revoke_security_group_ingress(GroupId=self.group_id, IpPermissions=[_everybody(port)])

    def forward(self) -> dict[str, Any]:
        return {"Type": "forward", "TargetGroupArn": self.target_group}

    def listen(self, action: dict[str, Any], port: int = 80, protocol: str = "HTTP", **more: Any) -> str:
        request = {"LoadBalancerArn": self.balancer, "Port": port, "Protocol": protocol, "DefaultActions": [action]}
        (listener,) = self.client("elbv2").create_listener(**request, **more)["Listeners"]
        return str(listener["ListenerArn"])

    def define(self, image: str = "hello:1", **container: Any) -> str:
        """A task definition; its ARN."""
        app = {"name": "app", "image": image, "portMappings": [{"containerPort": PORT}]} | container
        registered = self.client("ecs").register_task_definition(
            family=NAME,
            networkMode="awsvpc",
            requiresCompatibilities=["FARGATE"],
            cpu="256",
            memory="512",
            containerDefinitions=[app],
        )
        return str(registered["taskDefinition"]["taskDefinitionArn"])

    @property
    def network(self) -> dict[str, Any]:
        place = {"subnets": self.subnet_ids, "securityGroups": [self.group_id], "assignPublicIp": "ENABLED"}
        return {"awsvpcConfiguration": place}

    def create(self, image: str = "hello:1", desired: int = 2, **container: Any) -> None:
        """A service, which is not waited for."""
        self.client("ecs").create_service(
            cluster=NAME,
            serviceName=NAME,
            taskDefinition=self.define(image, **container),
            desiredCount=desired,
            launchType="FARGATE",
            networkConfiguration=self.network,
            loadBalancers=[{"targetGroupArn": self.target_group, "containerName": "app", "containerPort": PORT}],
            deploymentConfiguration={"deploymentCircuitBreaker": {"enable": True, "rollback": True}},
        )

    def serve(self, image: str = "hello:1", desired: int = 2, **container: Any) -> Stack:
        """A service that is up."""
        self.create(image, desired, **container)
        eventually(self.rollout, lambda found: found["rolloutState"] == "COMPLETED")
        eventually(lambda: [self.get(node=node).status for node in (0, 1)], lambda found: found == [200, 200])
        return self

    def service(self) -> dict[str, Any]:
        (found,) = self.client("ecs").describe_services(cluster=NAME, services=[NAME])["services"]
        return dict(found)

    def rollout(self) -> dict[str, Any]:
        """The newest deployment of the service."""
        return dict(self.service()["deployments"][0])

    def tasks(self, status: str = "RUNNING") -> list[dict[str, Any]]:
        ecs = self.client("ecs")
        arns = ecs.list_tasks(cluster=NAME, desiredStatus=status)["taskArns"]
        return list(ecs.describe_tasks(cluster=NAME, tasks=arns)["tasks"]) if arns else []

    def targets(self) -> dict[str, tuple[str, str, str]]:
        """State, reason and description of every target, by address."""
        described = self.client("elbv2").describe_target_health(TargetGroupArn=self.target_group)
        return {
            known["Target"]["Id"]: (health["State"], health.get("Reason", ""), health.get("Description", ""))
            for known in described["TargetHealthDescriptions"]
            for health in [known["TargetHealth"]]
        }

    def states(self) -> list[str]:
        return sorted(state for state, _reason, _words in self.targets().values())

    def nodes(self) -> list[str]:
        """The public addresses of the load balancer's nodes."""
        elb, ec2 = self.client("elbv2"), self.client("ec2")
        (balancer,) = elb.describe_load_balancers(LoadBalancerArns=[self.balancer])["LoadBalancers"]
        path = balancer["LoadBalancerArn"].partition(":loadbalancer/")[2]
        filters = [{"Name": "description", "Values": [f"ELB {path}"]}]
        interfaces = ec2.describe_network_interfaces(Filters=filters)["NetworkInterfaces"]
        return sorted(known["Association"]["PublicIp"] for known in interfaces)

    def get(self, path: str = "/", node: int = 0, method: str = "GET", seconds: float = 5.0, **more: Any) -> Answer:
        """Ask a node of the load balancer."""
        port = more.pop("port", 80) + int(self.aws.network().get("EVERLOOK_FAILOVER_PORT_SHIFT", 0))
        return ask(self.nodes()[node], port, path, method, seconds, **more)


def ask(address: str, port: int, path: str, method: str, seconds: float, **more: Any) -> Answer:
    """One request on a connection of its own. `more` takes headers and body."""
    connection = http.client.HTTPConnection(address, port, timeout=seconds)
    try:
        connection.request(method, path, **more)
        response = connection.getresponse()
        return Answer(response.status, response.read(), {key.lower(): value for key, value in response.getheaders()})
    except TimeoutError:
        return Answer(-1)
    except (OSError, http.client.HTTPException):
        return Answer(0)
    finally:
        connection.close()


def processes(aws: Sandbox) -> dict[int, list[str]]:
    """The children of the server: their command lines, by process id."""
    server = aws.api.get("health")["pid"]
    return children(server)


def children(parent: int) -> dict[int, list[str]]:
    """The children of a process that run: their command lines, by process id."""
    found = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, ppid = stat.read_text().rpartition(")")[2].split()[:2]
            words = (stat.parent / "cmdline").read_bytes().decode().split("\0")
        except OSError:
            continue
        if int(ppid) == parent and state != "Z":
            found[int(stat.parent.name)] = words
    return found


def _everybody(port: int) -> dict[str, Any]:
    return {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
