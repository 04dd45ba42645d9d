# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a service is deployed into, and what boto3 sees of it."""

from __future__ import annotations

import dataclasses
import json
import typing as t

from sandbox import Sandbox
from tests.waiting import eventually

REGION = "us-east-1"
NAME = "hello-dev-web"
LOG_GROUP = "/ecs/hello/dev/web"
ROLES = (f"{NAME}-{REGION}-execution", f"{NAME}-{REGION}-task")
EVERYTHING = {
    ("cluster", "main"),
    ("iam_role", "execution"),
    ("iam_role", "task"),
    ("listener_rule", "main"),
    ("log_group", "main"),
    ("security_group", "service"),
    ("service", "main"),
    ("target_group", "main"),
    ("task_definition", "main"),
}
FOREIGN_TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
)
SECRET = f"arn:aws:secretsmanager:{REGION}:111111111111:secret:hello-AbCdEf"
PARAMETER = f"arn:aws:ssm:{REGION}:111111111111:parameter/hello"


@dataclasses.dataclass(frozen=True)
class Surroundings:
    """What the other layers give."""

    vpc_id: str
    subnet_ids: tuple[str, ...]
    alb_security_group_id: str
    listener_arn: str

    @property
    def options(self) -> dict[str, t.Any]:
        return {
            **dataclasses.asdict(self),
            "name": "web",
            "subnet_ids": list(self.subnet_ids),
            "container_port": 8080,
            "health_check": {"interval": 5, "timeout": 2},
            "containers": [container()],
        }


def container(**changes: t.Any) -> dict[str, t.Any]:
    return {"name": "app", "image": "nginx:1.27", "port_mappings": [{"container_port": 8080}], **changes}


def make_surroundings(aws: Sandbox) -> Surroundings:
    """A VPC, and a load balancer with a listener, of another stack."""
    ec2, elb = aws.client("ec2"), aws.client("elbv2")
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    table = ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["RouteTables"][0]
    ec2.create_route(RouteTableId=table["RouteTableId"], DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.9.{number}.0/24", AvailabilityZone=f"{REGION}{zone}")["Subnet"]
        for number, zone in enumerate("abab")
    ]
    ids = [subnet["SubnetId"] for subnet in subnets]
    _lead_out(ec2, vpc, ids[0], ids[2:])
    group = ec2.create_security_group(GroupName="balancer", Description="balancer", VpcId=vpc)["GroupId"]
    balancer = elb.create_load_balancer(Name="theirs", Subnets=ids[:2], SecurityGroups=[group])["LoadBalancers"][0]
    nothing = {"StatusCode": "404", "ContentType": "text/plain", "MessageBody": "Nothing is here."}
    listener = elb.create_listener(
        LoadBalancerArn=balancer["LoadBalancerArn"],
        Protocol="HTTP",
        Port=80,
        DefaultActions=[{"Type": "fixed-response", "FixedResponseConfig": nothing}],
    )["Listeners"][0]["ListenerArn"]
    return Surroundings(vpc, tuple(ids[2:]), group, listener)


def _lead_out(ec2: t.Any, vpc: str, public: str, private: t.Sequence[str]) -> None:
    """Tasks have no public addresses: a NAT gateway is their way to registries."""
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    nat = ec2.create_nat_gateway(SubnetId=public, AllocationId=address)["NatGateway"]["NatGatewayId"]
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", NatGatewayId=nat)
    for subnet in private:
        ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)


def changed(result: dict[str, t.Any]) -> set[tuple[str, str]]:
    """Kind and name of every change."""
    return {(change["kind"], change["name"]) for change in result["changes"]}


def reasons(result: dict[str, t.Any]) -> dict[str, str]:
    """By kind."""
    return {change["kind"]: change["reason"] for change in result["changes"]}


def target_group_of(aws: Sandbox, name: str = NAME) -> dict[str, t.Any]:
    found: dict[str, t.Any] = aws.client("elbv2").describe_target_groups(Names=[name])["TargetGroups"][0]
    return found


def healthy(aws: Sandbox, name: str = NAME) -> int:
    arn = target_group_of(aws, name)["TargetGroupArn"]
    answer = aws.client("elbv2").describe_target_health(TargetGroupArn=arn)
    return [item["TargetHealth"]["State"] for item in answer["TargetHealthDescriptions"]].count("healthy")


def rules(aws: Sandbox) -> list[dict[str, t.Any]]:
    """All rules of all load balancers but the default ones, in order of priority, with their tags."""
    elb = aws.client("elbv2")
    found = [
        rule
        for balancer in elb.describe_load_balancers()["LoadBalancers"]
        for listener in elb.describe_listeners(LoadBalancerArn=balancer["LoadBalancerArn"])["Listeners"]
        for rule in elb.describe_rules(ListenerArn=listener["ListenerArn"])["Rules"]
        if not rule["IsDefault"]
    ]
    arns = [rule["RuleArn"] for rule in found]
    tagged = elb.describe_tags(ResourceArns=arns)["TagDescriptions"] if arns else []
    tags = {item["ResourceArn"]: {tag["Key"]: tag["Value"] for tag in item["Tags"]} for item in tagged}
    return [{**rule, "Tags": tags[rule["RuleArn"]]} for rule in found]


class Deploy(t.Protocol):
    def __call__(self, *, check_mode: bool = False, **params: t.Any) -> dict[str, t.Any]: ...


def service_of(aws: Sandbox) -> dict[str, t.Any]:
    answer = aws.client("ecs").describe_services(cluster=NAME, services=[NAME], include=["TAGS"])
    found: dict[str, t.Any] = answer["services"][0]
    return found


def rolled_out(aws: Sandbox) -> dict[str, t.Any]:
    """The service, once ECS calls its deployment completed: a while after the tasks of a first one are healthy."""
    return eventually(
        lambda: service_of(aws),
        lambda found: found["deployments"][0]["rolloutState"] == "COMPLETED",
        what="the end of the rollout",
    )


def definition_of(aws: Sandbox, name: str = "") -> dict[str, t.Any]:
    arn = name or service_of(aws)["taskDefinition"]
    found: dict[str, t.Any] = aws.client("ecs").describe_task_definition(taskDefinition=arn)["taskDefinition"]
    return found


def everything(aws: Sandbox) -> dict[t.Any, t.Any]:
    """All resources of all accounts, without what comes about by itself: ECS's own role, and states of what
    the surroundings have."""
    found: dict[t.Any, t.Any] = {
        item.key: (item.tags, item.content)
        for item in aws.snapshot()
        if item.kind not in ("load_balancers", "nat_gateways") and "AWSServiceRoleFor" not in str(item)
    }
    return {**found, "rules": rules(aws)}


def break_service(**changes: t.Any) -> t.Callable[[Sandbox], object]:
    return lambda aws: aws.client("ecs").update_service(cluster=NAME, service=NAME, **changes)


SERVICE, ROLE = ("service", "main"), ("iam_role", "task")


def identities(aws: Sandbox) -> list[tuple[str, ...]]:
    """What is ours, with the logical name it is tagged with."""
    found = [item for item in aws.snapshot() if item.tags.get("Stack") == "hello"]
    named = [(item.service, item.kind, item.tags["Resource"]) for item in found if item.kind != "tasks"]
    return sorted([*named, *(("elbv2", "rules", rule["Tags"]["Resource"]) for rule in rules(aws))])
