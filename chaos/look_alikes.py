# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What others may have put into a stack, or made to look like a part of it. Each is made by one function.

A function returns what takes it away again, which fails if it is not there any more.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sandbox import Sandbox

REGION = "us-east-1"
DOMAIN = "dev.example.com"
Remove = Callable[[], object]
# One of the four is missing, or is another environment's.
_HALF = {"ManagedBy": "everlook.failover", "Stack": "hello", "Name": "hello-dev-network-main"}
_ELSEWHERE = {**_HALF, "Environment": "dev2", "Component": "network", "Resource": "elastic_ip/nat-a"}


def _tags(values: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in values.items()]


def _tagged(kind: str, values: Mapping[str, str]) -> list[dict[str, Any]]:
    return [{"ResourceType": kind, "Tags": _tags(values)}]


def _vpc(aws: Sandbox) -> str:
    owner = {"ManagedBy": "everlook.failover", "Stack": "hello", "Environment": "dev"}
    filters = [{"Name": f"tag:{key}", "Values": [value]} for key, value in owner.items()]
    return str(aws.client("ec2").describe_vpcs(Filters=filters)["Vpcs"][0]["VpcId"])


def _subnet(aws: Sandbox, vpc: str) -> str:
    subnets = aws.client("ec2").describe_subnets(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["Subnets"]
    return str(subnets[0]["SubnetId"])


def subnet_in_the_vpc(aws: Sandbox) -> Remove:
    """Without tags."""
    ec2 = aws.client("ec2")
    made = ec2.create_subnet(VpcId=_vpc(aws), CidrBlock="10.10.112.0/20", AvailabilityZone=f"{REGION}a")
    return functools.partial(ec2.delete_subnet, SubnetId=made["Subnet"]["SubnetId"])


def security_group_in_the_vpc(aws: Sandbox) -> Remove:
    """With some of the tags."""
    ec2 = aws.client("ec2")
    made = ec2.create_security_group(
        GroupName="theirs", Description="theirs", VpcId=_vpc(aws), TagSpecifications=_tagged("security-group", _HALF)
    )
    return functools.partial(ec2.delete_security_group, GroupId=made["GroupId"])


def route_table_in_the_vpc(aws: Sandbox) -> Remove:
    """With some of the tags."""
    ec2 = aws.client("ec2")
    made = ec2.create_route_table(VpcId=_vpc(aws), TagSpecifications=_tagged("route-table", _HALF))
    return functools.partial(ec2.delete_route_table, RouteTableId=made["RouteTable"]["RouteTableId"])


def interface_in_a_subnet(aws: Sandbox) -> Remove:
    """Without tags."""
    ec2 = aws.client("ec2")
    made = ec2.create_network_interface(SubnetId=_subnet(aws, _vpc(aws)))
    identifier = made["NetworkInterface"]["NetworkInterfaceId"]
    return functools.partial(ec2.delete_network_interface, NetworkInterfaceId=identifier)


def address_of_another_environment(aws: Sandbox) -> Remove:
    """With tags that differ in the environment alone."""
    ec2 = aws.client("ec2")
    made = ec2.allocate_address(Domain="vpc", TagSpecifications=_tagged("elastic-ip", _ELSEWHERE))
    return functools.partial(ec2.release_address, AllocationId=made["AllocationId"])


def gateway_with_half_the_tags(aws: Sandbox) -> Remove:
    """Attached to nothing."""
    ec2 = aws.client("ec2")
    made = ec2.create_internet_gateway(TagSpecifications=_tagged("internet-gateway", _HALF))
    identifier = made["InternetGateway"]["InternetGatewayId"]
    return functools.partial(ec2.delete_internet_gateway, InternetGatewayId=identifier)


def record_in_the_zone(aws: Sandbox) -> Remove:
    """Of a name that is not the stack's."""
    route53 = aws.client("route53")
    zones = route53.list_hosted_zones_by_name(DNSName=DOMAIN)["HostedZones"]
    zone = next(each["Id"] for each in zones if each["Name"] == f"{DOMAIN}." and not each["Config"]["PrivateZone"])
    values = [{"Value": "192.0.2.7"}]
    record = {"Name": f"theirs.{DOMAIN}", "Type": "A", "TTL": 60, "ResourceRecords": values}

    def change(action: str) -> None:
        batch = {"Changes": [{"Action": action, "ResourceRecordSet": record}]}
        route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch=batch)

    change("CREATE")
    return functools.partial(change, "DELETE")


def health_check_with_copied_tags(aws: Sandbox) -> Remove:
    """Of a health check the CallerReference says whose it is."""
    route53 = aws.client("route53")
    config = {"Type": "HTTP", "FullyQualifiedDomainName": f"{REGION}.{DOMAIN}", "Port": 80, "ResourcePath": "/"}
    made = route53.create_health_check(CallerReference="theirs", HealthCheckConfig=config)
    identifier = made["HealthCheck"]["Id"]
    route53.change_tags_for_resource(ResourceType="healthcheck", ResourceId=identifier, AddTags=_tags(_HALF))
    return functools.partial(route53.delete_health_check, HealthCheckId=identifier)


def service_in_the_cluster(aws: Sandbox) -> Remove:
    """Without tasks, so that nothing else holds it."""
    ecs = aws.client("ecs")
    cluster = ecs.describe_services(cluster="hello-dev-hello", services=["hello-dev-hello"])["services"][0]
    network = {"awsvpcConfiguration": {"subnets": [_subnet(aws, _vpc(aws))]}}
    ecs.create_service(
        cluster="hello-dev-hello",
        serviceName="theirs",
        taskDefinition=cluster["taskDefinition"],
        desiredCount=0,
        launchType="FARGATE",
        networkConfiguration=network,
    )
    return functools.partial(ecs.delete_service, cluster="hello-dev-hello", service="theirs", force=True)


def target_group_with_half_the_tags(aws: Sandbox) -> Remove:
    """In the stack's own network."""
    elb = aws.client("elbv2")
    made = elb.create_target_group(
        Name="hello-dev-theirs", Protocol="HTTP", Port=80, VpcId=_vpc(aws), TargetType="ip", Tags=_tags(_HALF)
    )
    arn = made["TargetGroups"][0]["TargetGroupArn"]
    return functools.partial(elb.delete_target_group, TargetGroupArn=arn)


def log_group_beside(aws: Sandbox) -> Remove:
    """Of a name that begins as the stack's does."""
    logs = aws.client("logs")
    logs.create_log_group(logGroupName="/ecs/hello/dev/hello3")
    return functools.partial(logs.delete_log_group, logGroupName="/ecs/hello/dev/hello3")


def role_beside(aws: Sandbox) -> Remove:
    """Of a name that begins as the stack's does."""
    iam = aws.client("iam")
    principal = {"Service": "ecs-tasks.amazonaws.com"}
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.create_role(RoleName="hello-dev-hello-theirs", AssumeRolePolicyDocument=trust, Tags=_tags(_HALF))
    return functools.partial(iam.delete_role, RoleName="hello-dev-hello-theirs")


def topic_beside(aws: Sandbox) -> Remove:
    """Of a name that begins as the stack's does."""
    sns = aws.client("sns")
    arn = sns.create_topic(Name="hello-dev-alarms-theirs", Tags=_tags(_HALF))["TopicArn"]
    # Deleting one that is gone is no error.
    return lambda: (sns.get_topic_attributes(TopicArn=arn), sns.delete_topic(TopicArn=arn))


def rule_beside(aws: Sandbox) -> Remove:
    """Of a name that begins as the stack's does."""
    events = aws.client("events")
    name, pattern = "hello-dev-rollout-failed-theirs", json.dumps({"source": ["aws.ecs"]})
    events.put_rule(Name=name, EventPattern=pattern, Tags=_tags(_HALF))
    return lambda: (events.describe_rule(Name=name), events.delete_rule(Name=name))


def alarm_beside(aws: Sandbox) -> Remove:
    """Of a name that no stack has, for the stack's load."""
    cloudwatch = aws.client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName="hello-dev-theirs",
        Namespace="AWS/ECS",
        MetricName="CPUUtilization",
        Statistic="Average",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1.0,
        ComparisonOperator="GreaterThanThreshold",
        Tags=_tags(_HALF),
    )
    return functools.partial(cloudwatch.delete_alarms, AlarmNames=["hello-dev-theirs"])


def certificate_beside(aws: Sandbox) -> Remove:
    """For a name in the zone, with some of the tags. One for the stack's own name would share its validation record."""
    acm = aws.client("acm")
    made = acm.request_certificate(DomainName=f"theirs.{DOMAIN}", ValidationMethod="DNS", Tags=_tags(_HALF))
    return functools.partial(acm.delete_certificate, CertificateArn=made["CertificateArn"])


LOOK_ALIKES: Sequence[Callable[[Sandbox], Remove]] = (
    subnet_in_the_vpc,
    address_of_another_environment,
    security_group_in_the_vpc,
    gateway_with_half_the_tags,
    route_table_in_the_vpc,
    health_check_with_copied_tags,
    interface_in_a_subnet,
    log_group_beside,
    record_in_the_zone,
    role_beside,
    service_in_the_cluster,
    target_group_with_half_the_tags,
    topic_beside,
    rule_beside,
    alarm_beside,
    certificate_beside,
)
