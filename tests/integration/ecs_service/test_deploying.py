# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a first run makes, and what a second and a dry run do."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._ecs_service.layer import LAYER
from ansible_collections.everlook.failover.plugins.module_utils._engine.unknown import is_unknown, unknown
from sandbox import Sandbox
from tests.integration.conftest import RunJob

from .world import (
    EVERYTHING,
    LOG_GROUP,
    NAME,
    PARAMETER,
    REGION,
    ROLES,
    SECRET,
    Deploy,
    Surroundings,
    changed,
    container,
    definition_of,
    healthy,
    rolled_out,
)

pytestmark = pytest.mark.once


def test_a_dry_run_on_an_empty_account_is_complete_and_writes_nothing(aws: Sandbox, run_job: RunJob) -> None:
    mark = aws.requests.mark()
    result = run_job(
        LAYER.job,
        check_mode=True,
        vpc_id=unknown(REGION, "vpc/main"),
        subnet_ids=[unknown(REGION, "subnet/private-a"), unknown(REGION, "subnet/private-b")],
        alb_security_group_id=unknown(REGION, "security_group/alb"),
        listener_arn=unknown(REGION, "listener/http"),
        name="web",
        container_port=8080,
        containers=[container()],
    )
    assert changed(result) == EVERYTHING
    assert is_unknown(result["service_arn"])
    assert (result["service"], result["desired_count"], result["running_count"]) == (NAME, 2, 0)
    assert aws.requests.writes(mark) == []


def test_it_brings_up_a_service_and_waits_until_it_is_healthy(
    aws: Sandbox, deploy: Deploy, surroundings: Surroundings
) -> None:
    dry = deploy(check_mode=True)
    result = deploy()
    assert changed(result) == changed(dry) == EVERYTHING
    assert result.keys() == dry.keys()
    assert not is_unknown({key: value for key, value in result.items() if key not in ("diff", "changes")})
    assert (result["desired_count"], result["running_count"]) == (2, 2)
    assert healthy(aws) == 2
    service = rolled_out(aws)
    assert service["status"] == "ACTIVE"
    assert service["launchType"] == "FARGATE"
    assert service["taskDefinition"] == result["task_definition_arn"]
    network = service["networkConfiguration"]["awsvpcConfiguration"]
    assert network["assignPublicIp"] == "DISABLED"
    assert sorted(network["subnets"]) == sorted(surroundings.subnet_ids)
    assert network["securityGroups"] == [result["security_group_id"]]
    tags = {tag["key"]: tag["value"] for tag in service["tags"]}
    assert tags["ManagedBy"] == "everlook.failover"
    assert tags["Resource"] == "service/main"


def test_what_it_brings_along(aws: Sandbox, deploy: Deploy, surroundings: Surroundings) -> None:
    result = deploy(containers=[container(secrets={"A": SECRET})], execute_command=True)
    group = aws.client("logs").describe_log_groups(logGroupNamePrefix=LOG_GROUP)["logGroups"][0]
    assert group["retentionInDays"] == 30
    cluster = aws.client("ecs").describe_clusters(clusters=[NAME], include=["SETTINGS"])["clusters"][0]
    assert {"name": "containerInsights", "value": "enabled"} in cluster["settings"]
    [rules] = aws.client("ec2").describe_security_groups(GroupIds=[result["security_group_id"]])["SecurityGroups"]
    [ingress] = rules["IpPermissions"]
    assert (ingress["IpProtocol"], ingress["FromPort"], ingress["ToPort"]) == ("tcp", 8080, 8080)
    assert ingress["IpRanges"] == []
    assert [pair["GroupId"] for pair in ingress["UserIdGroupPairs"]] == [surroundings.alb_security_group_id]
    iam = aws.client("iam")
    execution = iam.get_role_policy(RoleName=ROLES[0], PolicyName="execution")["PolicyDocument"]["Statement"]
    assert {resource for statement in execution for resource in statement["Resource"]} == {
        SECRET,
        f"arn:aws:logs:{REGION}:111111111111:log-group:{LOG_GROUP}:*",
    }
    task = iam.get_role_policy(RoleName=ROLES[1], PolicyName="task")["PolicyDocument"]["Statement"]
    assert all(action.startswith("ssmmessages:") for statement in task for action in statement["Action"])
    trust = iam.get_role(RoleName=ROLES[1])["Role"]["AssumeRolePolicyDocument"]["Statement"][0]
    assert trust["Condition"]["StringEquals"] == {"aws:SourceAccount": ["111111111111"]}
    definition = definition_of(aws)
    assert definition["executionRoleArn"] == result["execution_role_arn"]
    assert definition["taskRoleArn"] == result["task_role_arn"]
    options = definition["containerDefinitions"][0]["logConfiguration"]["options"]
    assert (options["awslogs-group"], options["awslogs-region"]) == (LOG_GROUP, REGION)


RICH: dict[str, t.Any] = {
    "cpu": 1024,
    "memory": 2048,
    "cpu_architecture": "ARM64",
    "ephemeral_storage": 40,
    "desired_count": 1,
    "log_retention_days": 0,
    "container_insights": "enhanced",
    "execute_command": True,
    "platform_version": "1.4.0",
    "propagate_tags": "task_definition",
    "managed_tags": False,
    "availability_zone_rebalancing": False,
    "minimum_healthy_percent": 0,
    "maximum_percent": 150,
    "rollback": False,
    "tags": {"Team": "web"},
    "task_policy_statements": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::a/*"}],
    "task_policy_arns": ["arn:aws:iam::aws:policy/ReadOnlyAccess"],
    "containers": [
        container(
            command=["run"],
            entry_point=["/bin/sh", "-c"],
            environment={"Z": "1", "A": 2, "M": True},
            secrets={"Y": SECRET, "B": PARAMETER},
            cpu=512,
            memory_reservation=512,
            memory=1024,
            port_mappings=[{"container_port": 9000, "protocol": "udp"}, {"container_port": 8080, "name": "http"}],
            health_check={"command": ["CMD-SHELL", "true"], "start_period": 10},
            depends_on=[{"container": "init", "condition": "success"}],
            readonly_root_filesystem=True,
            init_process=True,
            user="1000",
            working_directory="/srv",
            stop_timeout=60,
            ulimits=[{"name": "nofile", "soft": 100, "hard": 200}, {"name": "core", "soft": 0, "hard": 0}],
            docker_labels={"a": "b"},
            log_options={"mode": "non-blocking"},
        ),
        {"name": "init", "image": "busybox", "essential": False, "command": ["true"]},
    ],
}


@pytest.mark.parametrize("options", [{}, RICH], ids=["plain", "rich"])
def test_a_second_run_changes_nothing_and_asks_little(aws: Sandbox, deploy: Deploy, options: dict[str, t.Any]) -> None:
    first = deploy(**options)
    rolled_out(aws)
    mark = aws.requests.mark()
    second = deploy(**options)
    assert second["changes"] == []
    assert {key: value for key, value in second.items() if key not in ("changed", "changes", "diff", "timeline")} == {
        key: value for key, value in first.items() if key not in ("changed", "changes", "diff", "timeline")
    }
    calls = aws.requests.since(mark)
    assert not [call for call in calls if call.write]
    assert len(calls) <= 19 + (options is RICH)
    assert deploy(check_mode=True, **options)["changed"] is False
