# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is not ours is never changed or deleted, however much it looks like ours."""

from __future__ import annotations

import json
import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._engine.errors import FailoverError
from sandbox import Sandbox
from tests.integration.conftest import RunJob
from tests.integration.whole_stack import Stack, changes

pytestmark = pytest.mark.once

REGION = "us-east-1"


@pytest.fixture
def stack(run_job: RunJob) -> Stack:
    return Stack(run_job)


def name_tag(kind: str, name: str) -> list[dict[str, t.Any]]:
    return [{"ResourceType": kind, "Tags": [{"Key": "Name", "Value": name}]}]


def foreign_network(aws: Sandbox) -> tuple[str, list[str]]:
    """The same network with the same names as ours will have, without our tags."""
    ec2 = aws.client("ec2", region=REGION)
    named = name_tag("vpc", "hello-dev-network-main")
    vpc = ec2.create_vpc(CidrBlock="10.10.0.0/16", TagSpecifications=named)["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(
            VpcId=vpc,
            CidrBlock=f"10.10.{number}.0/24",
            AvailabilityZone=f"{REGION}{zone}",
            TagSpecifications=name_tag("subnet", f"hello-dev-network-public-{zone}"),
        )["Subnet"]["SubnetId"]
        for number, zone in enumerate("ab")
    ]
    gateway = ec2.create_internet_gateway(TagSpecifications=name_tag("internet-gateway", "hello-dev-network-main"))
    ec2.attach_internet_gateway(VpcId=vpc, InternetGatewayId=gateway["InternetGateway"]["InternetGatewayId"])
    ec2.create_route_table(VpcId=vpc, TagSpecifications=name_tag("route-table", "hello-dev-network-public"))
    address = ec2.allocate_address(Domain="vpc", TagSpecifications=name_tag("elastic-ip", "hello-dev-a"))
    ec2.create_nat_gateway(
        SubnetId=subnets[0],
        AllocationId=address["AllocationId"],
        TagSpecifications=name_tag("natgateway", "hello-dev-a"),
    )
    # What becomes true by itself later would show as a change.
    ec2.get_waiter("nat_gateway_available").wait(WaiterConfig={"Delay": 1})
    for group in ("hello-dev-entrance", "hello-dev-hello"):
        ec2.create_security_group(GroupName=group, Description="theirs", VpcId=vpc)
    return vpc, subnets


def foreign_rest(aws: Sandbox) -> None:
    """A private zone of our name, checks with our endpoints, records next to ours, a stack of another environment."""
    vpc = aws.client("ec2", region=REGION).create_vpc(CidrBlock="10.90.0.0/16")["Vpc"]["VpcId"]
    route53 = aws.client("route53")
    route53.create_hosted_zone(
        Name="dev.example.com",
        CallerReference="theirs",
        VPC={"VPCRegion": REGION, "VPCId": vpc},
        HostedZoneConfig={"PrivateZone": True},
    )
    for region in ("us-east-1", "us-west-1"):
        route53.create_health_check(
            CallerReference=f"theirs-{region}",
            HealthCheckConfig={
                "Type": "HTTP",
                "FullyQualifiedDomainName": f"{region}.dev.example.com",
                "Port": 80,
                "ResourcePath": "/",
                "RequestInterval": 10,
                "FailureThreshold": 3,
            },
        )
    parent = aws.client("route53", account="management")
    zone = next(
        zone["Id"]
        for zone in parent.list_hosted_zones_by_name(DNSName="example.com")["HostedZones"]
        if zone["Name"] == "example.com." and not zone["Config"]["PrivateZone"]
    )
    for name in ("dev2.example.com", "xdev.example.com"):
        records = {"Name": name, "Type": "NS", "TTL": 300, "ResourceRecords": [{"Value": "ns1.elsewhere.example."}]}
        parent.change_resource_record_sets(
            HostedZoneId=zone, ChangeBatch={"Changes": [{"Action": "CREATE", "ResourceRecordSet": records}]}
        )
    aws.client("ecs", region=REGION).create_cluster(clusterName="hello-dev-hello2")
    aws.client("logs", region=REGION).create_log_group(logGroupName="/ecs/hello/dev/hello2")


def test_look_alikes_survive_a_deployment_and_a_destroy(aws: Sandbox, stack: Stack) -> None:
    foreign_network(aws)
    foreign_rest(aws)
    before = {item.key: item for item in aws.snapshot() if not shared(item.kind)}
    stack.deploy()
    assert not changes(stack.deploy())
    stack.destroy()
    after = {item.key: item for item in aws.snapshot() if not shared(item.kind)}
    assert after == before


def shared(kind: str) -> bool:
    """Zones of the parent's account hold records of both: compared one by one elsewhere."""
    return kind in {"zones", "roles"}


def clash_load_balancer(aws: Sandbox) -> None:
    _, subnets = foreign_network(aws)
    elb = aws.client("elbv2", region=REGION)
    elb.create_load_balancer(Name="hello-dev", Subnets=subnets)
    elb.get_waiter("load_balancer_available").wait(Names=["hello-dev"], WaiterConfig={"Delay": 1})


def clash_target_group(aws: Sandbox) -> None:
    vpc, _ = foreign_network(aws)
    aws.client("elbv2", region=REGION).create_target_group(
        Name="hello-dev-hello", Protocol="HTTP", Port=80, VpcId=vpc, TargetType="ip"
    )


def clash_cluster(aws: Sandbox) -> None:
    aws.client("ecs", region=REGION).create_cluster(clusterName="hello-dev-hello")


def clash_log_group(aws: Sandbox) -> None:
    aws.client("logs", region=REGION).create_log_group(logGroupName="/ecs/hello/dev/hello")


def clash_zone(aws: Sandbox) -> None:
    aws.client("route53").create_hosted_zone(Name="dev.example.com", CallerReference="theirs")


def clash_role(aws: Sandbox) -> None:
    trust = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"Service": "ecs.amazonaws.com"}, "Action": "sts:AssumeRole"}],
    }
    aws.client("iam").create_role(
        RoleName=f"hello-dev-hello-{REGION}-execution", AssumeRolePolicyDocument=json.dumps(trust)
    )


@pytest.mark.parametrize(
    "clash", [clash_load_balancer, clash_target_group, clash_cluster, clash_log_group, clash_zone, clash_role]
)
def test_a_name_that_is_taken_is_an_error_that_says_so(
    aws: Sandbox, stack: Stack, clash: t.Callable[[Sandbox], None]
) -> None:
    clash(aws)
    before = {item.key: item for item in aws.snapshot()}
    with pytest.raises(FailoverError, match=r"hello-dev|/ecs/hello/dev|dev\.example\.com"):
        stack.deploy()
    after = {item.key: item for item in aws.snapshot()}
    assert {key: after.get(key) for key in before if not shared(key[3])} == {
        key: item for key, item in before.items() if not shared(key[3])
    }
