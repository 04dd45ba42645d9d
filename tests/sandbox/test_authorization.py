# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Calls under policies: each resource that a call names is checked with its own tags, and AWS asks for more."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from chaos.witness import look
from sandbox import Sandbox
from sandbox.api import ControlError
from sandbox.rights.dependents import ACTIONS
from tests.waiting import eventually

IAM = Path(__file__).resolve().parents[2] / "docs" / "iam"
OWN = {"ManagedBy": "everlook.failover", "Stack": "hello", "Environment": "dev"}
ANYWHERE = [{"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
BOUNDARY = "arn:aws:iam::111111111111:policy/hello-dev-boundary"
TRUST = json.dumps({"Version": "2012-10-17", "Statement": []})
ALL = {"Effect": "Allow", "Action": "*", "Resource": "*"}


def policy(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((IAM / f"{name}.json").read_text())
    return found


def document(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def tagged(kind: str, tags: dict[str, str]) -> list[dict[str, Any]]:
    return [{"ResourceType": kind, "Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}]


@pytest.fixture
def ec2(aws: Sandbox) -> Any:
    """EC2 of an account with a VPC of somebody else, as the deployer of site.yml."""
    aws.restrict("dev", *map(policy, ("read", "site", "network")))
    return aws.client("ec2")


@pytest.fixture
def foreign(ec2: Any) -> dict[str, str]:
    """What the seed has of others: ids by kind."""
    (vpc,) = ec2.describe_vpcs(Filters=[{"Name": "cidr", "Values": ["172.30.0.0/16"]}])["Vpcs"]
    inside = [{"Name": "vpc-id", "Values": [vpc["VpcId"]]}]
    groups = ec2.describe_security_groups(Filters=inside)["SecurityGroups"]
    return {
        "vpc": vpc["VpcId"],
        "subnet": ec2.describe_subnets(Filters=inside)["Subnets"][0]["SubnetId"],
        "group": next(group["GroupId"] for group in groups if group["GroupName"] != "default"),
        "table": ec2.describe_route_tables(Filters=inside)["RouteTables"][0]["RouteTableId"],
    }


Attack = tuple[str, Callable[[dict[str, str]], dict[str, Any]]]
ATTACKS: dict[str, Attack] = {
    "open a security group": (
        "authorize_security_group_ingress",
        lambda it: {"GroupId": it["group"], "IpPermissions": ANYWHERE},
    ),
    "claim a VPC": (
        "create_tags",
        lambda it: {"Resources": [it["vpc"]], "Tags": tagged("vpc", OWN)[0]["Tags"]},
    ),
    "delete a VPC": ("delete_vpc", lambda it: {"VpcId": it["vpc"]}),
    "delete a subnet": ("delete_subnet", lambda it: {"SubnetId": it["subnet"]}),
    "lead a route table elsewhere": (
        "create_route",
        lambda it: {"RouteTableId": it["table"], "DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-1"},
    ),
    "make a subnet in a VPC": (
        "create_subnet",
        lambda it: {"VpcId": it["vpc"], "CidrBlock": "172.30.9.0/24", "TagSpecifications": tagged("subnet", OWN)},
    ),
    "make a security group in a VPC": (
        "create_security_group",
        lambda it: {
            "VpcId": it["vpc"],
            "GroupName": "x",
            "Description": "x",
            "TagSpecifications": tagged("security-group", OWN),
        },
    ),
    "make a VPC of another stack": (
        "create_vpc",
        lambda _it: {"CidrBlock": "10.9.0.0/16", "TagSpecifications": tagged("vpc", OWN | {"Stack": "other"})},
    ),
    "make a VPC without tags": ("create_vpc", lambda _it: {"CidrBlock": "10.9.0.0/16"}),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_deployer_cannot(ec2: Any, foreign: dict[str, str], attack: str) -> None:
    operation, arguments = ATTACKS[attack]
    with pytest.raises(ClientError, match="UnauthorizedOperation"):
        getattr(ec2, operation)(**arguments(foreign))


def test_a_deployer_can_do_all_of_it_to_the_stacks_own(ec2: Any) -> None:
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16", TagSpecifications=tagged("vpc", OWN))["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.9.0.0/24", TagSpecifications=tagged("subnet", OWN))["Subnet"]
    group = ec2.create_security_group(
        VpcId=vpc, GroupName="x", Description="x", TagSpecifications=tagged("security-group", OWN)
    )["GroupId"]
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=ANYWHERE)
    ec2.create_tags(Resources=[vpc], Tags=[{"Key": "Team", "Value": "blue"}])
    ec2.delete_security_group(GroupId=group)
    ec2.delete_subnet(SubnetId=subnet["SubnetId"])
    ec2.delete_vpc(VpcId=vpc)


def test_a_name_that_begins_alike_is_not_enough(aws: Sandbox) -> None:
    """A stack `hello-dev` in the environment `x`: what it has matches the patterns of names, and has other tags."""
    tags = OWN | {"Stack": "hello-dev", "Environment": "x"}
    elb, ecs, name = aws.client("elbv2"), aws.client("ecs"), "hello-dev-x-web-1a2b3c4d"
    vpc = aws.client("ec2").create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    pairs = [{"Key": key, "Value": value} for key, value in tags.items()]
    group = elb.create_target_group(Name=name, Protocol="HTTP", Port=80, VpcId=vpc, TargetType="ip", Tags=pairs)[
        "TargetGroups"
    ][0]["TargetGroupArn"]
    ecs.create_cluster(clusterName=name, tags=[{"key": key, "value": value} for key, value in tags.items()])
    aws.restrict("dev", *map(policy, ("read", "site", "network", "destroy", "drill")))
    with pytest.raises(ClientError, match=r"AccessDenied.*ModifyTargetGroup"):
        elb.modify_target_group(TargetGroupArn=group, HealthCheckPath="/")
    with pytest.raises(ClientError, match=r"AccessDenied.*AddTags"):
        elb.add_tags(ResourceArns=[group], Tags=[{"Key": key, "Value": value} for key, value in OWN.items()])
    with pytest.raises(ClientError, match=r"AccessDenied.*DeleteCluster"):
        ecs.delete_cluster(cluster=name)


def test_what_a_drill_breaks_is_the_stacks(aws: Sandbox, foreign: dict[str, str]) -> None:
    aws.restrict("dev", policy("read"), policy("drill"))
    with pytest.raises(ClientError, match="UnauthorizedOperation"):
        aws.client("ec2").revoke_security_group_ingress(GroupId=foreign["group"], IpPermissions=ANYWHERE)


@pytest.mark.parametrize(("service", "operation"), ACTIONS)
def test_aws_asks_for_more_than_the_call(aws: Sandbox, service: str, operation: str) -> None:
    """Without one of these actions the call is refused, though the caller may make it."""
    parameters: dict[str, dict[str, Any]] = {
        "CreateLoadBalancer": {"Name": "x", "Subnets": ["subnet-1", "subnet-2"]},
        "CreateTargetGroup": {"Name": "x"},
        "SetIpAddressType": {"LoadBalancerArn": "arn:x", "IpAddressType": "ipv4"},
        "SetSubnets": {"LoadBalancerArn": "arn:x", "Subnets": ["subnet-1", "subnet-2"]},
        "CreateVpcEndpoint": {"VpcId": "vpc-1", "ServiceName": "com.amazonaws.us-east-1.s3"},
        "GetWebACLForResource": {"ResourceArn": "arn:aws:elasticloadbalancing:x"},
    }
    client = aws.client(service)
    method = {"CreateVpcEndpoint": "create_vpc_endpoint"}.get(operation) or next(
        name for name, known in client.meta.method_to_api_mapping.items() if known == operation
    )
    for action in ACTIONS[service, operation]:
        aws.restrict("dev", document(ALL, {"Effect": "Deny", "Action": action, "Resource": "*"}))
        with pytest.raises(ClientError, match=f"not authorized to perform: {action}"):
            getattr(client, method)(**parameters[operation])


def test_a_role_is_passed_to_the_service_that_gets_it(aws: Sandbox) -> None:
    statement = {
        "Effect": "Allow",
        "Action": "iam:PassRole",
        "Resource": "*",
        "Condition": {"StringEquals": {"iam:PassedToService": "vpc-flow-logs.amazonaws.com"}},
    }
    aws.restrict("dev", document({"Effect": "Allow", "Action": "ecs:*", "Resource": "*"}, statement))
    with pytest.raises(ClientError, match="not authorized to perform: iam:PassRole"):
        aws.client("ecs").register_task_definition(
            family="x",
            containerDefinitions=[{"name": "x", "image": "x"}],
            taskRoleArn="arn:aws:iam::111111111111:role/legacy-task",
        )
    advanced = {"roleArn": "arn:aws:iam::111111111111:role/shift"}
    with pytest.raises(ClientError, match="not authorized to perform: iam:PassRole"):
        aws.client("ecs").update_service(cluster="x", service="x", loadBalancers=[{"advancedConfiguration": advanced}])


class TestBoundary:
    """docs/iam/boundary.json beside site.json."""

    @pytest.fixture
    def iam(self, aws: Sandbox) -> Any:
        aws.restrict("dev", policy("read"), policy("site"), policy("boundary"))
        return aws.client("iam")

    def create(self, iam: Any, **more: Any) -> None:
        iam.create_role(RoleName="hello-dev-x", AssumeRolePolicyDocument=TRUST, **more)

    def test_roles_are_made_with_it_alone(self, iam: Any) -> None:
        for more in ({}, {"PermissionsBoundary": "arn:aws:iam::aws:policy/AdministratorAccess"}):
            with pytest.raises(ClientError, match="AccessDenied"):
                self.create(iam, **more)
        self.create(iam, PermissionsBoundary=BOUNDARY)

    def test_it_stays_and_nothing_else_is_in_the_way(self, iam: Any) -> None:
        self.create(iam, PermissionsBoundary=BOUNDARY, Tags=[{"Key": "Stack", "Value": "hello"}])
        statements = json.dumps(document(ALL))
        iam.put_role_policy(RoleName="hello-dev-x", PolicyName="x", PolicyDocument=statements)
        iam.tag_role(RoleName="hello-dev-x", Tags=[{"Key": "Team", "Value": "blue"}])
        iam.update_role(RoleName="hello-dev-x", Description="x")
        with pytest.raises(ClientError, match="AccessDenied"):
            iam.delete_role_permissions_boundary(RoleName="hello-dev-x")
        with pytest.raises(ClientError, match="AccessDenied"):
            iam.put_role_permissions_boundary(
                RoleName="hello-dev-x", PermissionsBoundary="arn:aws:iam::aws:policy/AdministratorAccess"
            )
        iam.delete_role_policy(RoleName="hello-dev-x", PolicyName="x")
        iam.delete_role(RoleName="hello-dev-x")

    def test_a_role_without_it_gets_it_before_any_policy(self, aws: Sandbox, iam: Any) -> None:
        aws.restrict("dev", policy("site"))
        self.create(iam)
        aws.restrict("dev", policy("site"), policy("boundary"))
        put = {"RoleName": "hello-dev-x", "PolicyName": "x", "PolicyDocument": json.dumps(document(ALL))}
        with pytest.raises(ClientError, match="AccessDenied"):
            iam.put_role_policy(**put)
        iam.put_role_permissions_boundary(RoleName="hello-dev-x", PermissionsBoundary=BOUNDARY)
        iam.put_role_policy(**put)


def test_a_call_that_nobody_looked_into_proves_nothing(aws: Sandbox) -> None:
    aws.restrict("dev", document(ALL))
    with pytest.raises(ClientError, match=r"NotImplemented.*what CreateKeyPair must be allowed"):
        aws.client("ec2").create_key_pair(KeyName="x")


def test_whoever_may_do_everything_may_read_all_that_the_chaos_suite_looks_at(aws: Sandbox) -> None:
    aws.restrict("dev", document(ALL))
    assert look(aws)


def test_a_policy_with_an_unknown_condition_is_refused(aws: Sandbox) -> None:
    unknown = ALL | {"Condition": {"StringEquals": {"ec2:ResourceTag/Stack": "hello"}}}
    with pytest.raises(ControlError, match="the condition key ec2:ResourceTag/Stack"):
        aws.restrict("dev", document(unknown))


def test_a_dry_run_of_ec2_says_whether_it_would_be_allowed_and_does_nothing(aws: Sandbox) -> None:
    """EC2 API reference, common parameter DryRun."""
    ec2 = aws.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    group = ec2.create_security_group(GroupName="a", Description="a", VpcId=vpc)["GroupId"]
    mark = aws.requests.mark()

    def answer() -> str:
        with pytest.raises(ClientError) as refused:
            ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=ANYWHERE, DryRun=True)
        return str(refused.value.response["Error"]["Code"])

    assert answer() == "DryRunOperation"
    aws.restrict("dev", document(ALL, {"Effect": "Deny", "Action": "ec2:Authorize*", "Resource": "*"}))
    assert answer() == "UnauthorizedOperation"
    assert ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"][0]["IpPermissions"] == []
    assert aws.requests.writes(mark) == []


def test_who_makes_or_changes_a_schedule_needs_its_name_and_its_role(aws: Sandbox) -> None:
    iam, arns = aws.client("iam"), "arn:aws:{}:{}:111111111111:{}"
    trust = {"Effect": "Allow", "Principal": {"Service": "scheduler.amazonaws.com"}, "Action": "sts:AssumeRole"}
    role = iam.create_role(RoleName="publisher", AssumeRolePolicyDocument=json.dumps(document(trust)))["Role"]["Arn"]
    schedule = {
        "ScheduleExpression": "rate(1 minute)",
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "Target": {"Arn": "arn:aws:scheduler:::aws-sdk:cloudwatch:putMetricData", "RoleArn": role, "Input": "{}"},
    }
    named = {
        "Effect": "Allow",
        "Action": "scheduler:CreateSchedule",
        "Resource": arns.format("scheduler", "*", "schedule/default/hello-*"),
    }
    passing = {"StringEquals": {"iam:PassedToService": "scheduler.amazonaws.com"}}
    passes = {"Effect": "Allow", "Action": "iam:PassRole", "Resource": role, "Condition": passing}
    scheduler = aws.client("scheduler")
    for statements, name, missing in (
        ([named, passes], "other-switch", "scheduler:CreateSchedule"),
        ([named], "hello-switch", "iam:PassRole"),
    ):
        aws.restrict("dev", document(*statements))
        with pytest.raises(ClientError, match=f"not authorized to perform: {missing}"):
            scheduler.create_schedule(Name=name, **schedule)
    aws.restrict("dev", document(named, passes))

    def made() -> bool:
        try:
            return bool(scheduler.create_schedule(Name="hello-switch", **schedule))
        except scheduler.exceptions.ValidationException:  # its role is not known yet
            return False

    eventually(made)
