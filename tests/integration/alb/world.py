# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A network for a load balancer, and what boto3 sees of the layer alb."""

from __future__ import annotations

import collections
import dataclasses
import typing as t

from sandbox import Sandbox

OURS = {"ManagedBy": "everlook.failover", "Stack": "hello", "Environment": "dev", "Component": "entrance"}
NAME = "hello-dev"
GROUP_NAME = "hello-dev-entrance"


@dataclasses.dataclass(frozen=True)
class Network:
    vpc_id: str
    subnet_ids: tuple[str, ...]

    @property
    def options(self) -> dict[str, t.Any]:
        return {"vpc_id": self.vpc_id, "subnet_ids": list(self.subnet_ids)}


def make_network(aws: Sandbox, cidr: str = "10.10", zones: str = "abc", region: str = "us-east-1") -> Network:
    """A VPC with an internet gateway and a public subnet in each zone, of nobody's stack."""
    ec2 = aws.client("ec2", region=region)
    vpc = ec2.create_vpc(CidrBlock=f"{cidr}.0.0/16")["Vpc"]["VpcId"]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    table = ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["RouteTables"][0]
    ec2.create_route(RouteTableId=table["RouteTableId"], DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"{cidr}.{number}.0/24", AvailabilityZone=f"{region}{zone}")["Subnet"]
        for number, zone in enumerate(zones)
    ]
    return Network(vpc, tuple(sorted(subnet["SubnetId"] for subnet in subnets)))


def make_web_acls(aws: Sandbox) -> list[str]:
    """Those of two web ACLs, which are nobody's stack's."""
    config = {"SampledRequestsEnabled": False, "CloudWatchMetricsEnabled": False, "MetricName": "x"}
    waf = aws.client("wafv2")
    return [
        waf.create_web_acl(Name=name, Scope="REGIONAL", DefaultAction={"Allow": {}}, VisibilityConfig=config)[
            "Summary"
        ]["ARN"]
        for name in ("shop", "other")
    ]


class Deploy(t.Protocol):
    def __call__(
        self, *, check_mode: bool = False, warnings: list[str] | None = None, **params: t.Any
    ) -> dict[str, t.Any]: ...


def pairs(tags: t.Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


@dataclasses.dataclass(frozen=True)
class Stack:
    """What boto3 sees of the layer, by the names it has."""

    aws: Sandbox

    @property
    def ec2(self) -> t.Any:
        return self.aws.client("ec2")

    @property
    def elb(self) -> t.Any:
        return self.aws.client("elbv2")

    @property
    def balancer(self) -> dict[str, t.Any]:
        (found,) = self.elb.describe_load_balancers(Names=[NAME])["LoadBalancers"]
        return t.cast("dict[str, t.Any]", found)

    @property
    def arn(self) -> str:
        return str(self.balancer["LoadBalancerArn"])

    @property
    def listener(self) -> dict[str, t.Any]:
        (found,) = self.elb.describe_listeners(LoadBalancerArn=self.arn)["Listeners"]
        return t.cast("dict[str, t.Any]", found)

    @property
    def group(self) -> dict[str, t.Any]:
        (found,) = self.ec2.describe_security_groups(Filters=[{"Name": "tag:Stack", "Values": ["hello"]}])[
            "SecurityGroups"
        ]
        return t.cast("dict[str, t.Any]", found)

    def tags(self, arn: str) -> dict[str, str]:
        (found,) = self.elb.describe_tags(ResourceArns=[arn])["TagDescriptions"]
        return {tag["Key"]: tag["Value"] for tag in found["Tags"]}

    def attributes(self) -> dict[str, str]:
        found = self.elb.describe_load_balancer_attributes(LoadBalancerArn=self.arn)["Attributes"]
        return {each["Key"]: each["Value"] for each in found}

    def add_service(self, port: int = 8080) -> str:
        """A target group with a target and a rule of the stack's service ``api``. Returns the target group's ARN."""
        tags = pairs({**OURS, "Component": "api"})
        group = self.elb.create_target_group(
            Name="hello-dev-api",
            Protocol="HTTP",
            Port=port,
            VpcId=self.balancer["VpcId"],
            TargetType="ip",
            Tags=tags,
        )["TargetGroups"][0]["TargetGroupArn"]
        self.elb.register_targets(TargetGroupArn=group, Targets=[{"Id": "10.10.0.10", "Port": port}])
        self.elb.create_rule(
            ListenerArn=self.listener["ListenerArn"],
            Priority=1,
            Conditions=[{"Field": "path-pattern", "Values": ["/api/*"]}],
            Actions=[{"Type": "forward", "TargetGroupArn": group}],
            Tags=tags,
        )
        return str(group)

    def service(self) -> list[t.Any]:
        """The service ``api`` as it is: rules, target group and targets."""
        (group,) = self.elb.describe_target_groups(Names=["hello-dev-api"])["TargetGroups"]
        arn = group["TargetGroupArn"]
        rules = self.elb.describe_rules(ListenerArn=self.listener["ListenerArn"])["Rules"]
        targets = self.elb.describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"]
        return [
            group,
            self.elb.describe_target_group_attributes(TargetGroupArn=arn)["Attributes"],
            [rule for rule in rules if not rule["IsDefault"]],
            [target["Target"] for target in targets],
            self.tags(arn),
        ]

    def seen(self) -> dict[str, t.Any]:
        """Everything that can drift, comparable."""
        balancer, listener, group = self.balancer, self.listener, self.group
        arns = [balancer["LoadBalancerArn"], listener["ListenerArn"]]
        tags = self.elb.describe_tags(ResourceArns=arns)["TagDescriptions"]
        return {
            "balancer": {key: balancer[key] for key in ("Scheme", "Type", "SecurityGroups", "IpAddressType")},
            "subnets": sorted(zone["SubnetId"] for zone in balancer["AvailabilityZones"]),
            "attributes": self.attributes(),
            "listener": {key: listener[key] for key in ("Port", "Protocol", "DefaultActions")},
            "tags": [sorted((tag["Key"], tag["Value"]) for tag in each["Tags"]) for each in tags],
            "group_tags": sorted((tag["Key"], tag["Value"]) for tag in group["Tags"]),
            "rules": (group["IpPermissions"], group["IpPermissionsEgress"]),
        }


def ours(aws: Sandbox) -> collections.Counter[str]:
    """How many resources of ours there are of each kind."""
    elb = aws.client("elbv2")
    balancers = [each["LoadBalancerArn"] for each in elb.describe_load_balancers()["LoadBalancers"]]
    arns = balancers + [each["TargetGroupArn"] for each in elb.describe_target_groups()["TargetGroups"]]
    for balancer in balancers:
        arns += [each["ListenerArn"] for each in elb.describe_listeners(LoadBalancerArn=balancer)["Listeners"]]
    tagged = elb.describe_tags(ResourceArns=arns)["TagDescriptions"] if arns else []
    tagged += aws.client("ec2").describe_security_groups()["SecurityGroups"]
    tags = [{tag["Key"]: tag["Value"] for tag in each.get("Tags", [])} for each in tagged]
    return collections.Counter(each.get("Resource", "untold") for each in tags if each.items() >= OURS.items())


def changes(result: t.Mapping[str, t.Any]) -> dict[str, str]:
    return {f"{each['kind']}/{each['name']}": each["action"] for each in result["changes"]}


COMPLETE = {"load_balancer/main", "listener/http", "security_group/alb"}
