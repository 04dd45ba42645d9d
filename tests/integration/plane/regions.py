# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A region with a load balancer and tasks behind it, put together by API calls: what records can point to."""

from __future__ import annotations

import dataclasses
import typing as t

from sandbox import Sandbox
from tests.sandbox.overlay.helpers import create_balancer, create_listener, create_target_group
from tests.waiting import eventually

NAME = "hello"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Region:
    """What was made in it, and the faults that AWS's own API allows."""

    aws: Sandbox
    name: str
    vpc_id: str
    subnet_ids: list[str]
    group_id: str
    balancer: dict[str, t.Any]
    target_group: str

    def client(self, service: str) -> t.Any:
        """A client of the account `dev` in this region."""
        return self.aws.client(service, region=self.name)

    @property
    def alias(self) -> dict[str, t.Any]:
        """The AliasTarget that leads to the load balancer, as a failover record must have it."""
        return {
            "HostedZoneId": self.balancer["CanonicalHostedZoneId"],
            "DNSName": self.balancer["DNSName"],
            "EvaluateTargetHealth": True,
        }

    def scale(self, tasks: int) -> None:
        """Run that many tasks; returns when that many targets are healthy, and no other one is there."""
        self.client("ecs").update_service(cluster=NAME, service=NAME, desiredCount=tasks)
        eventually(lambda: self.states() == ["healthy"] * tasks)

    def states(self, target_group: str = "") -> list[str]:
        """The states of the targets."""
        health = self.client("elbv2").describe_target_health(TargetGroupArn=target_group or self.target_group)
        return sorted(found["TargetHealth"]["State"] for found in health["TargetHealthDescriptions"])

    def probe(self, path: str) -> None:
        """Have targets probed at another path."""
        self.client("elbv2").modify_target_group(TargetGroupArn=self.target_group, HealthCheckPath=path)

    def ingress(self, *, allowed: bool) -> None:
        """Let everybody in at port 80, or nobody."""
        ec2 = self.client("ec2")
        change = ec2.authorize_security_group_ingress if allowed else ec2.revoke_security_group_ingress
        everybody = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
        change(GroupId=self.group_id, IpPermissions=[everybody])


def make_region(aws: Sandbox, name: str, tasks: int = 1) -> Region:
    """A network over two zones, a load balancer, a service; returns when its tasks are healthy."""
    ec2, elb = aws.client("ec2", region=name), aws.client("elbv2", region=name)
    vpc_id = ec2.create_vpc(CidrBlock="10.10.0.0/16")["Vpc"]["VpcId"]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc_id)
    (table,) = ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [vpc_id]}])["RouteTables"]
    ec2.create_route(RouteTableId=table["RouteTableId"], DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    zones = [zone["ZoneName"] for zone in ec2.describe_availability_zones()["AvailabilityZones"]][:2]
    subnet_ids = [
        ec2.create_subnet(VpcId=vpc_id, CidrBlock=f"10.10.{number}.0/24", AvailabilityZone=zone)["Subnet"]["SubnetId"]
        for number, zone in enumerate(zones)
    ]
    group_id = ec2.create_security_group(GroupName=NAME, Description=NAME, VpcId=vpc_id)["GroupId"]
    balancer = create_balancer(elb, subnet_ids, NAME, SecurityGroups=[group_id])
    probing = {"HealthCheckPath": "/health", "HealthCheckIntervalSeconds": 5, "HealthCheckTimeoutSeconds": 2}
    target_group = create_target_group(elb, vpc_id, NAME, **probing, HealthyThresholdCount=2, UnhealthyThresholdCount=2)
    create_listener(elb, balancer["LoadBalancerArn"], target_group)
    region = Region(
        aws=aws,
        name=name,
        vpc_id=vpc_id,
        subnet_ids=subnet_ids,
        group_id=group_id,
        balancer=balancer,
        target_group=target_group,
    )
    region.ingress(allowed=True)
    _run_service(region, tasks)
    eventually(lambda: region.states() == ["healthy"] * tasks)
    return region


def _run_service(region: Region, tasks: int) -> None:
    ecs = region.client("ecs")
    ecs.create_cluster(clusterName=NAME)
    container = {"name": NAME, "image": f"{NAME}:1", "portMappings": [{"containerPort": 8080}]}
    definition = ecs.register_task_definition(
        family=NAME,
        networkMode="awsvpc",
        requiresCompatibilities=["FARGATE"],
        cpu="256",
        memory="512",
        containerDefinitions=[container],
    )["taskDefinition"]["taskDefinitionArn"]
    place = {"subnets": region.subnet_ids, "securityGroups": [region.group_id], "assignPublicIp": "ENABLED"}
    ecs.create_service(
        cluster=NAME,
        serviceName=NAME,
        taskDefinition=definition,
        desiredCount=tasks,
        launchType="FARGATE",
        networkConfiguration={"awsvpcConfiguration": place},
        loadBalancers=[{"targetGroupArn": region.target_group, "containerName": NAME, "containerPort": 8080}],
    )
