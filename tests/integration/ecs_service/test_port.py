# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A service whose container comes to listen on another port, against the local AWS, seen with boto3."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._ecs_service.layer import LAYER
from ansible_collections.everlook.failover.plugins.module_utils._engine.errors import ApplyError
from sandbox import Sandbox
from tests.integration.conftest import RunJob
from tests.integration.kill import kill_after, writes
from tests.sampling import one_of_each

from .world import NAME, Surroundings, container, make_surroundings, rolled_out, target_group_of

pytestmark = pytest.mark.once

OLD, NEW = 8080, 9090
# The test below that counts them holds this number to the truth.
WRITES = 4


@pytest.fixture
def surroundings(aws: Sandbox) -> Surroundings:
    return make_surroundings(aws)


class Deploy(t.Protocol):
    def __call__(self, port: int, *, check_mode: bool = False, **params: t.Any) -> dict[str, t.Any]: ...


@pytest.fixture
def deploy(run_job: RunJob, surroundings: Surroundings) -> Deploy:
    def run(port: int, *, check_mode: bool = False, image: str = "nginx:1.27", **params: t.Any) -> dict[str, t.Any]:
        options: dict[str, t.Any] = {
            "wait_timeout": 60,
            **surroundings.options,
            "container_port": port,
            "containers": [container(image=image, port_mappings=[{"container_port": port}])],
            **params,
        }
        return run_job(LAYER.job, check_mode=check_mode, **options)

    return run


def service_ports(aws: Sandbox) -> list[int]:
    [service] = aws.client("ecs").describe_services(cluster=NAME, services=[NAME])["services"]
    return [item["containerPort"] for item in service["loadBalancers"]]


def open_ports(aws: Sandbox) -> list[int]:
    """Of the tasks' security group, to the load balancer."""
    filters = [{"Name": "tag:Resource", "Values": ["security_group/service"]}]
    [group] = aws.client("ec2").describe_security_groups(Filters=filters)["SecurityGroups"]
    return sorted(permission["FromPort"] for permission in group["IpPermissions"])


def healthy_ports(aws: Sandbox) -> list[int]:
    arn = target_group_of(aws)["TargetGroupArn"]
    found = aws.client("elbv2").describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"]
    return [item["Target"]["Port"] for item in found if item["TargetHealth"]["State"] == "healthy"]


def assert_at(aws: Sandbox, deploy: Deploy, port: int) -> None:
    """Tasks, security group and target group are at this port alone, and nothing is left to do."""
    assert deploy(port)["changes"] == []
    assert (service_ports(aws), open_ports(aws), healthy_ports(aws)) == ([port], [port], [port, port])
    assert len(aws.client("elbv2").describe_target_groups()["TargetGroups"]) == 1


def test_another_port_is_a_rollout_within_the_target_group(aws: Sandbox, deploy: Deploy) -> None:
    before = deploy(OLD)
    dry = deploy(NEW, check_mode=True)
    assert service_ports(aws) == [OLD]
    mark = aws.requests.mark()
    after = deploy(NEW)
    assert dry["diff"]["before"].keys() == after["diff"]["before"].keys()
    assert {(change["kind"], change["action"]) for change in after["changes"]} == {
        ("task_definition", "update"),
        ("security_group", "update"),
        ("service", "update"),
        ("security_group_trim", "update"),
    }
    # The port is open before the first task needs it, and the former one closed behind the last that does.
    operations = [record.operation for record in aws.requests.writes(mark)]
    assert operations.index("AuthorizeSecurityGroupIngress") < operations.index("UpdateService")
    assert operations[-1] == "RevokeSecurityGroupIngress"
    assert (before["target_group_arn"], before["rule_arn"]) == (after["target_group_arn"], after["rule_arn"])
    assert_at(aws, deploy, NEW)


def test_a_port_that_nothing_answers_at_is_rolled_back_and_leaves_nothing(aws: Sandbox, deploy: Deploy) -> None:
    deploy(OLD)
    rolled_out(aws)
    with pytest.raises(ApplyError, match="was rolled back"):
        deploy(NEW, image="nginx:broken")
    # The former tasks serve, and may be reached.
    assert (service_ports(aws), healthy_ports(aws)) == ([OLD], [OLD, OLD])
    assert OLD in open_ports(aws)
    repaired = deploy(OLD)
    assert [change["kind"] for change in repaired["changes"]] == ["security_group"]
    assert_at(aws, deploy, OLD)
    deploy(NEW)
    assert_at(aws, deploy, NEW)


def test_the_number_of_writes_of_another_port(aws: Sandbox, deploy: Deploy) -> None:
    deploy(OLD)
    assert writes(aws, lambda: deploy(NEW)) == WRITES


# Killed after each write; of what is asked for then, either.
@pytest.mark.parametrize(
    ("nth", "then"),
    one_of_each(
        [(nth, (NEW, OLD)[(nth + turn) % 2]) for nth in range(1, WRITES + 1) for turn in range(2)],
        lambda row: row[0],
        lambda row: row[1],
    ),
)
def test_a_killed_change_of_the_port_is_finished_or_taken_back(
    aws: Sandbox, deploy: Deploy, nth: int, then: int
) -> None:
    deploy(OLD)
    kill_after(aws, nth, lambda: deploy(NEW))
    mark = aws.requests.mark()
    deploy(then)
    operations = [record.operation for record in aws.requests.writes(mark)]
    # While tasks of both ports serve, both are open.
    if "RevokeSecurityGroupIngress" in operations:
        assert operations[-1] == "RevokeSecurityGroupIngress"
    assert_at(aws, deploy, then)
