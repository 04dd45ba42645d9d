# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Foreign resources in a stack, or that look like a part of it, one function each.

A function returns another one that removes the resource, and fails if it is gone.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Sequence
from typing import Any

from chaos import look_alikes_network as network
from chaos.planting import ACCOUNT, DOMAIN, HALF, REGION, Remove, subnet_of, tags, vpc_of
from sandbox import Sandbox


def service_in_the_cluster(aws: Sandbox) -> Remove:
    """Without tasks, so that nothing else holds it."""
    ecs = aws.client("ecs")
    cluster = ecs.describe_services(cluster="hello-dev-hello", services=["hello-dev-hello"])["services"][0]
    network = {"awsvpcConfiguration": {"subnets": [subnet_of(aws, vpc_of(aws))]}}
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
        Name="hello-dev-theirs", Protocol="HTTP", Port=80, VpcId=vpc_of(aws), TargetType="ip", Tags=tags(HALF)
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
    iam.create_role(RoleName="hello-dev-hello-theirs", AssumeRolePolicyDocument=trust, Tags=tags(HALF))
    return functools.partial(iam.delete_role, RoleName="hello-dev-hello-theirs")


def topic_beside(aws: Sandbox) -> Remove:
    """Of a name that begins as the stack's does."""
    sns = aws.client("sns")
    arn = sns.create_topic(Name="hello-dev-alarms-theirs", Tags=tags(HALF))["TopicArn"]
    # Deleting one that is gone is no error.
    return lambda: (sns.get_topic_attributes(TopicArn=arn), sns.delete_topic(TopicArn=arn))


def rule_beside(aws: Sandbox) -> Remove:
    """Of a name that begins as the stack's does."""
    events = aws.client("events")
    name, pattern = "hello-dev-rollout-failed-theirs", json.dumps({"source": ["aws.ecs"]})
    events.put_rule(Name=name, EventPattern=pattern, Tags=tags(HALF))
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
        Tags=tags(HALF),
    )
    return functools.partial(cloudwatch.delete_alarms, AlarmNames=["hello-dev-theirs"])


def certificate_beside(aws: Sandbox) -> Remove:
    """For a name in the zone, with some of the tags. One for the stack's own name would share its validation record."""
    acm = aws.client("acm")
    made = acm.request_certificate(DomainName=f"theirs.{DOMAIN}", ValidationMethod="DNS", Tags=tags(HALF))
    return functools.partial(acm.delete_certificate, CertificateArn=made["CertificateArn"])


def repository_beside(aws: Sandbox) -> Remove:
    """Of a name that ends as the stack's does. One that begins so would be replicated with it, which is refused."""
    ecr = aws.client("ecr")
    ecr.create_repository(repositoryName="theirs/hello", tags=tags(HALF))
    return functools.partial(ecr.delete_repository, repositoryName="theirs/hello")


def replication_of_others(aws: Sandbox) -> Remove:
    """A rule beside the stack's, in the one configuration that the registry has."""
    ecr = aws.client("ecr")
    destination = {"region": "eu-west-1", "registryId": ACCOUNT}
    theirs = {
        "destinations": [destination],
        "repositoryFilters": [{"filter": "legacy", "filterType": "PREFIX_MATCH"}],
    }

    def rules() -> list[Any]:
        return list(ecr.describe_registry()["replicationConfiguration"]["rules"])

    def put(wanted: list[Any]) -> None:
        ecr.put_replication_configuration(replicationConfiguration={"rules": wanted})

    def remove() -> None:
        there = rules()
        if theirs not in there:
            raise LookupError("the rule is gone or changed")
        put([each for each in there if each != theirs])

    put([*rules(), theirs])
    return remove


def bucket_beside(aws: Sandbox) -> Remove:
    """Of a name that begins as the stack's does."""
    s3, name = aws.client("s3"), f"hello-dev-{ACCOUNT}-{REGION}-logs-theirs"
    s3.create_bucket(Bucket=name)
    s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": tags(HALF)})
    return functools.partial(s3.delete_bucket, Bucket=name)


def dashboard_beside(aws: Sandbox) -> Remove:
    """Of another environment. One whose name begins as the stack's does would be the stack's to the oracle."""
    cloudwatch, name = aws.client("cloudwatch"), "hello-dev2-failover"
    cloudwatch.put_dashboard(DashboardName=name, DashboardBody=json.dumps({"widgets": []}))
    return functools.partial(cloudwatch.delete_dashboards, DashboardNames=[name])


def log_policy_beside(aws: Sandbox) -> Remove:
    """Lets a service write to what the stack's does not."""
    logs, name = aws.client("logs"), "theirs-query-logging"
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "route53.amazonaws.com"},
        "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
        "Resource": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/aws/route53/theirs.example.com:*",
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    logs.put_resource_policy(policyName=name, policyDocument=document)
    return functools.partial(logs.delete_resource_policy, policyName=name)


LOOK_ALIKES: Sequence[Callable[[Sandbox], Remove]] = (
    network.subnet_in_the_vpc,
    network.address_of_another_environment,
    network.security_group_in_the_vpc,
    network.gateway_with_half_the_tags,
    network.route_table_in_the_vpc,
    network.health_check_with_copied_tags,
    network.interface_in_a_subnet,
    log_group_beside,
    network.record_in_the_zone,
    role_beside,
    service_in_the_cluster,
    target_group_with_half_the_tags,
    topic_beside,
    rule_beside,
    alarm_beside,
    certificate_beside,
    repository_beside,
    replication_of_others,
    bucket_beside,
    network.endpoint_in_the_vpc,
    dashboard_beside,
    log_policy_beside,
)
