# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The snapshot: everything is in it, and it changes when, and only when, something was changed."""

from __future__ import annotations

import json
from collections.abc import Callable

from botocore.exceptions import ClientError

from sandbox import Resource, Sandbox
from tests.waiting import eventually

TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}


def accepted(call: Callable[[], object]) -> bool:
    """Whether AWS takes the call."""
    try:
        call()
    except ClientError:
        return False
    return True


def kinds(resources: list[Resource]) -> set[tuple[str, str]]:
    return {(resource.service, resource.kind) for resource in resources}


def test_reading_changes_nothing(aws: Sandbox) -> None:
    before = aws.snapshot()
    for region in ("us-east-1", "us-west-1"):
        aws.client("ec2", region=region).describe_vpcs()
        aws.client("ec2", region=region).describe_network_interfaces()
        aws.client("ecs", region=region).list_clusters()
        aws.client("elbv2", region=region).describe_load_balancers()
    aws.client("iam").list_roles()
    aws.client("iam", account="prod").list_policies()
    aws.client("route53").list_hosted_zones()
    assert aws.snapshot() == before


def test_what_is_made_is_in_it_and_gone_when_deleted(aws: Sandbox) -> None:
    before = aws.snapshot()
    ec2 = aws.client("ec2", account="staging", region="us-west-1")
    tags = [{"ResourceType": "vpc", "Tags": [{"Key": "Stack", "Value": "hello"}]}]
    vpc_id = ec2.create_vpc(CidrBlock="10.1.0.0/16", TagSpecifications=tags)["Vpc"]["VpcId"]
    (vpc,) = [found for found in aws.snapshot() if found.id == vpc_id]
    assert (vpc.account, vpc.region, vpc.service, vpc.kind) == ("222222222222", "us-west-1", "ec2", "vpcs")
    assert vpc.tags == {"Stack": "hello"}
    # A VPC comes with a route table, a network ACL and a security group.
    assert len(aws.snapshot()) > len(before) + 1
    ec2.delete_vpc(VpcId=vpc_id)
    assert aws.snapshot() == before


def test_the_default_group_of_schedules_is_no_ones_until_there_is_one_in_it(aws: Sandbox) -> None:
    before, scheduler = aws.snapshot(), aws.client("scheduler")
    assert scheduler.list_schedules()["Schedules"] == []
    assert aws.snapshot() == before
    trust = json.dumps(TRUST).replace("ecs-tasks", "scheduler")
    role = aws.client("iam").create_role(RoleName="publisher", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    with_role = aws.snapshot()

    def create() -> str:
        made = scheduler.create_schedule(
            Name="every-minute",
            ScheduleExpression="rate(1 minute)",
            FlexibleTimeWindow={"Mode": "OFF"},
            State="DISABLED",
            Target={"Arn": "arn:aws:scheduler:::aws-sdk:cloudwatch:putMetricData", "RoleArn": role, "Input": "{}"},
        )
        return str(made["ScheduleArn"])

    eventually(lambda: accepted(create))  # a new role is known after a moment
    assert "every-minute" in str(set(map(str, aws.snapshot())) - set(map(str, with_role)))
    scheduler.delete_schedule(Name="every-minute")
    aws.client("iam").delete_role(RoleName="publisher")
    assert aws.snapshot() == before


def test_a_changed_attribute_shows(aws: Sandbox) -> None:
    ec2 = aws.client("ec2")
    (group,) = ec2.describe_security_groups(Filters=[{"Name": "group-name", "Values": ["hello-dev-entrance"]}])[
        "SecurityGroups"
    ]
    before = {found.key: found for found in aws.snapshot()}
    rule = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "IpRanges": [{"CidrIp": "192.0.2.0/24"}]}
    ec2.authorize_security_group_ingress(GroupId=group["GroupId"], IpPermissions=[rule])
    after = {found.key: found for found in aws.snapshot()}
    changed = [found for key, found in after.items() if before.get(key) != found]
    assert group["GroupId"] in [found.id for found in changed]
    assert "192.0.2.0/24" in json.dumps([found.content for found in changed])


def test_a_changed_record_shows(aws: Sandbox) -> None:
    route53 = aws.client("route53", account="management")
    zone = next(found for found in aws.snapshot() if found.tags == {} and "www.example.com." in str(found.content))
    record = {"Name": "www.example.com", "Type": "A", "TTL": 300, "ResourceRecords": [{"Value": "192.0.2.99"}]}
    batch = {"Changes": [{"Action": "UPSERT", "ResourceRecordSet": record}]}
    route53.change_resource_record_sets(HostedZoneId=zone.id.rpartition("/")[2], ChangeBatch=batch)
    (after,) = [found for found in aws.snapshot() if found.key == zone.key]
    assert after != zone
    assert "192.0.2.99" in json.dumps(after.content)


def test_tags_of_zones_and_checks_are_in_it(aws: Sandbox) -> None:
    route53 = aws.client("route53")
    check = route53.list_health_checks()["HealthChecks"][0]["Id"]
    tags = [{"Key": "Stack", "Value": "hello"}]
    route53.change_tags_for_resource(ResourceType="healthcheck", ResourceId=check, AddTags=tags)
    assert [found.tags for found in aws.snapshot() if found.id == check] == [{"Stack": "hello"}]


def test_tags_that_moto_keeps_elsewhere_are_in_it(aws: Sandbox) -> None:
    tags = {"Stack": "hello"}
    aws.client("logs").create_log_group(logGroupName="/hello", tags=tags)
    aws.client("ecs").create_cluster(clusterName="hello", tags=[{"key": "Stack", "value": "hello"}])
    aws.client("cloudwatch").put_metric_alarm(
        AlarmName="hello",
        Namespace="Hello",
        MetricName="hello",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
        Tags=[{"Key": "Stack", "Value": "hello"}],
    )
    aws.client("iam").create_role(
        RoleName="hello",
        AssumeRolePolicyDocument=json.dumps(TRUST),
        Tags=[{"Key": "Stack", "Value": "hello"}],
    )
    found = {resource.service for resource in aws.snapshot() if resource.tags == tags}
    assert found == {"logs", "ecs", "cloudwatch", "iam"}


def test_the_service_linked_role_of_aws_is_not_in_it(aws: Sandbox) -> None:
    before = aws.snapshot()
    aws.client("iam", account="prod").create_service_linked_role(AWSServiceName="ecs.amazonaws.com")
    assert aws.snapshot() == before


def test_tags_of_load_balancing_are_in_it(aws: Sandbox) -> None:
    vpc = aws.client("ec2").create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    group = aws.client("elbv2").create_target_group(
        Name="hello", Protocol="HTTP", Port=80, VpcId=vpc, TargetType="ip", Tags=[{"Key": "Stack", "Value": "hello"}]
    )["TargetGroups"][0]
    (found,) = [each for each in aws.snapshot() if each.id == group["TargetGroupArn"]]
    assert found.tags == {"Stack": "hello"}


def test_the_defaults_of_an_account_are_not_in_it(aws: Sandbox) -> None:
    (default,) = aws.client("ec2").describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"]
    assert default["VpcId"] not in json.dumps([found.content for found in aws.snapshot()])
    assert ("ec2", "managed_prefix_lists") not in kinds(aws.snapshot())
    assert ("iam", "account_summary") not in kinds(aws.snapshot())


def test_a_schedule_is_in_it_and_the_group_of_every_account_is_not(aws: Sandbox) -> None:
    before = aws.snapshot()
    trust = json.loads(json.dumps(TRUST).replace("ecs-tasks", "scheduler"))
    role = aws.client("iam").create_role(RoleName="publisher", AssumeRolePolicyDocument=json.dumps(trust))["Role"]
    scheduler = aws.client("scheduler")
    target = {"Arn": "arn:aws:scheduler:::aws-sdk:cloudwatch:putMetricData", "RoleArn": role["Arn"], "Input": "{}"}
    request = {"ScheduleExpression": "rate(1 minute)", "FlexibleTimeWindow": {"Mode": "OFF"}, "Target": target}

    def made() -> bool:
        try:
            return bool(scheduler.create_schedule(Name="one", **request))
        except scheduler.exceptions.ValidationException:  # its role is not known yet
            return False

    eventually(made)
    assert kinds(aws.snapshot()) - kinds(before) == {("scheduler", "schedules")}
    scheduler.delete_schedule(Name="one")
    aws.client("iam").delete_role(RoleName="publisher")
    assert aws.snapshot() == before


def test_a_rule_is_in_it_with_its_tags_and_the_event_bus_of_every_account_is_not(aws: Sandbox) -> None:
    before, events = aws.snapshot(), aws.client("events")
    assert events.list_rules()["Rules"] == []
    assert aws.snapshot() == before
    events.put_rule(Name="one", EventPattern='{"source": ["aws.ecs"]}', Tags=[{"Key": "Stack", "Value": "hello"}])
    (rule,) = (each for each in aws.snapshot() if each not in before)
    assert (rule.service, rule.kind, rule.tags) == ("events", "rules", {"Stack": "hello"})
    events.delete_rule(Name="one")
    assert aws.snapshot() == before
