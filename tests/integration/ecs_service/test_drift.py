# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Drift is named and repaired alone."""

from __future__ import annotations

import json
import typing as t

import pytest

from sandbox import Sandbox
from tests.sampling import every_third

from .world import (
    FOREIGN_TRUST,
    LOG_GROUP,
    NAME,
    ROLE,
    ROLES,
    SERVICE,
    Deploy,
    Surroundings,
    break_service,
    changed,
    definition_of,
    healthy,
    reasons,
    rolled_out,
    service_of,
)

pytestmark = pytest.mark.once


def break_group(aws: Sandbox) -> None:
    ec2 = aws.client("ec2")
    [group] = ec2.describe_security_groups(Filters=[{"Name": "tag:Resource", "Values": ["security_group/service"]}])[
        "SecurityGroups"
    ]
    anyone = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    ec2.authorize_security_group_ingress(GroupId=group["GroupId"], IpPermissions=[anyone])


def untag(aws: Sandbox) -> None:
    service = service_of(aws)
    aws.client("ecs").untag_resource(resourceArn=service["serviceArn"], tagKeys=["Name"])


def move_to_spot(aws: Sandbox) -> None:
    aws.client("ecs").put_cluster_capacity_providers(
        cluster=NAME, capacityProviders=["FARGATE_SPOT"], defaultCapacityProviderStrategy=[]
    )
    break_service(capacityProviderStrategy=[{"capacityProvider": "FARGATE_SPOT", "weight": 1}])(aws)


def another_revision(aws: Sandbox) -> None:
    found = definition_of(aws)
    found["containerDefinitions"][0]["image"] = "nginx:theirs"
    keys = ("family", "containerDefinitions", "cpu", "memory", "networkMode", "executionRoleArn", "taskRoleArn")
    request = {key: found[key] for key in (*keys, "requiresCompatibilities")}
    arn = aws.client("ecs").register_task_definition(**request)["taskDefinition"]["taskDefinitionArn"]
    break_service(taskDefinition=arn)(aws)


def drift(what: str, breaker: t.Callable[[Sandbox], object], *expected: tuple[str, str]) -> t.Any:
    return pytest.param(breaker, set(expected), id=what)


ANYTHING = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})
DRIFTS = [
    drift(
        "log retention",
        lambda aws: aws.client("logs").put_retention_policy(logGroupName=LOG_GROUP, retentionInDays=1),
        ("log_group", "main"),
    ),
    drift(
        "log group deleted",
        lambda aws: aws.client("logs").delete_log_group(logGroupName=LOG_GROUP),
        ("log_group", "main"),
    ),
    drift(
        "container insights",
        lambda aws: aws.client("ecs").update_cluster(
            cluster=NAME, settings=[{"name": "containerInsights", "value": "disabled"}]
        ),
        ("cluster", "main"),
    ),
    drift("security group", break_group, ("security_group", "service")),
    drift(
        "role's policy",
        lambda aws: aws.client("iam").put_role_policy(
            RoleName=ROLES[0], PolicyName="execution", PolicyDocument=ANYTHING
        ),
        ("iam_role", "execution"),
    ),
    drift(
        "another policy",
        lambda aws: aws.client("iam").put_role_policy(RoleName=ROLES[1], PolicyName="x", PolicyDocument=ANYTHING),
        ROLE,
    ),
    drift(
        "attached policy",
        lambda aws: aws.client("iam").attach_role_policy(
            RoleName=ROLES[1], PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess"
        ),
        ROLE,
    ),
    drift(
        "trust policy",
        lambda aws: aws.client("iam").update_assume_role_policy(RoleName=ROLES[1], PolicyDocument=FOREIGN_TRUST),
        ROLE,
    ),
    drift("role deleted", lambda aws: aws.client("iam").delete_role(RoleName=ROLES[1]), ROLE),
    drift("grace period", break_service(healthCheckGracePeriodSeconds=1), SERVICE),
    drift("ecs exec", break_service(enableExecuteCommand=True), SERVICE),
    drift("managed tags", break_service(enableECSManagedTags=False), SERVICE),
    drift("propagated tags", break_service(propagateTags="NONE"), SERVICE),
    drift("rebalancing", break_service(availabilityZoneRebalancing="DISABLED"), SERVICE),
    drift("platform version", break_service(platformVersion="1.3.0"), SERVICE),
    drift(
        "circuit breaker",
        break_service(deploymentConfiguration={"deploymentCircuitBreaker": {"enable": False, "rollback": False}}),
        SERVICE,
    ),
    drift(
        "percentages",
        break_service(deploymentConfiguration={"maximumPercent": 150, "minimumHealthyPercent": 50}),
        SERVICE,
    ),
    drift("load balancer", break_service(loadBalancers=[], healthCheckGracePeriodSeconds=0), SERVICE),
    drift("spot", move_to_spot, SERVICE),
    drift("tags", untag, SERVICE),
    drift("revision", another_revision, SERVICE, ("task_definition", "main")),
    drift(
        "revision deregistered",
        lambda aws: aws.client("ecs").deregister_task_definition(taskDefinition=f"{NAME}:1"),
        SERVICE,
        ("task_definition", "main"),
    ),
    drift(
        "service deleted",
        lambda aws: aws.client("ecs").delete_service(cluster=NAME, service=NAME, force=True),
        SERVICE,
    ),
]


@pytest.mark.parametrize(("breaker", "expected"), every_third(DRIFTS))
def test_drift_is_named_and_repaired_alone(
    aws: Sandbox, deploy: Deploy, breaker: t.Callable[[Sandbox], object], expected: t.Any
) -> None:
    deploy()
    rolled_out(aws)
    breaker(aws)
    assert changed(deploy(check_mode=True)) == expected
    assert changed(deploy()) == expected
    assert healthy(aws) == 2
    assert deploy()["changes"] == []


def test_drift_of_the_network_is_repaired(aws: Sandbox, deploy: Deploy, surroundings: Surroundings) -> None:
    deploy()
    network = service_of(aws)["networkConfiguration"]["awsvpcConfiguration"]
    open_to_all = {**network, "assignPublicIp": "ENABLED", "subnets": network["subnets"][:1]}
    break_service(networkConfiguration={"awsvpcConfiguration": open_to_all})(aws)
    assert reasons(deploy()) == {"service": "differs in network"}
    repaired = service_of(aws)["networkConfiguration"]["awsvpcConfiguration"]
    assert repaired["assignPublicIp"] == "DISABLED"
    assert sorted(repaired["subnets"]) == sorted(surroundings.subnet_ids)
