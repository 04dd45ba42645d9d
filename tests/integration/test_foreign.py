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
from tests.integration.foreign import REGION, foreign_network, foreign_rest
from tests.integration.whole_stack import Stack, changes
from tests.sampling import every_third

pytestmark = pytest.mark.once


@pytest.fixture
def stack(run_job: RunJob) -> Stack:
    return Stack(run_job)


def test_look_alikes_survive_a_deployment_and_a_destroy(aws: Sandbox, run_job: RunJob) -> None:
    """Of a stack with all that it can have, of which nothing else is left."""
    stack = Stack(run_job, full=True)
    foreign_network(aws)
    foreign_rest(aws)
    before = others(aws)
    stack.deploy()
    assert not changes(stack.deploy())
    stack.destroy()
    assert others(aws) == before


def others(aws: Sandbox) -> dict[tuple[str, ...], object]:
    """What there is, without the states of alarms, which pass."""
    found = [item for item in aws.snapshot() if not shared(item.kind)]
    return {item.key: item.tags if item.kind == "alarms" else item for item in found}


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
    "clash",
    every_third([clash_load_balancer, clash_target_group, clash_cluster, clash_log_group, clash_zone, clash_role]),
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
