# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Releases, one after the other, while users ask twenty times a second."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from ansible_collections.everlook.failover.plugins.module_utils._ecs_release.job import JOB as RELEASE
from ansible_collections.everlook.failover.plugins.module_utils._engine.errors import ConflictError
from sandbox import Sandbox
from tests.integration.conftest import RunJob
from tests.integration.plane.deployed import NAME
from tests.integration.plane.visitor import Visitor
from tests.integration.visits import visited
from tests.integration.whole_stack import Stack
from tests.waiting import eventually

pytestmark = pytest.mark.once

SERVICE = "hello-dev-hello"
FIRST = "us-east-1"
# What is left of a twentieth of a second once it is answered.
PAUSE = 0.03

# Twenty of its minutes are a second at the speed of these tests.
CANARY = {"canaryPercent": 25.0, "canaryBakeTimeInMinutes": 20}


def test_no_request_fails_through_ten_releases(aws: Sandbox, run_job: RunJob, visitor: Visitor) -> None:
    Stack(run_job, regions=(FIRST,), image="hello:0").deploy()
    eventually(lambda: visitor.visit(NAME).region == FIRST)

    def visit() -> tuple[int | None, str, str]:
        found = visitor.visit(NAME)
        return found.status, found.region, found.version

    with visited(visit, PAUSE) as seen:
        for number in range(1, 11):
            released = run_job(RELEASE, name="hello", image=f"hello:{number}", wait_timeout=60)
            assert released["running_count"] == released["desired_count"] == 2
    # Each of them has served, until there was the next one.
    assert seen.keys() == {(200, FIRST, str(number)) for number in range(11)}
    elb = aws.client("elbv2", region=FIRST)
    (group,) = elb.describe_target_groups()["TargetGroups"]
    delay = elb.describe_target_group_attributes(TargetGroupArn=group["TargetGroupArn"])["Attributes"]
    assert {"Key": "deregistration_delay.timeout_seconds", "Value": "30"} in delay


def document(**statement: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]})


def rule_of(elb: Any, group: Any) -> Any:
    """The rule that forwards to the stack's target group."""
    (balancer,) = group["LoadBalancerArns"]
    (listener,) = elb.describe_listeners(LoadBalancerArn=balancer)["Listeners"]
    rules = elb.describe_rules(ListenerArn=listener["ListenerArn"])["Rules"]
    (rule,) = (item for item in rules if not item["IsDefault"])
    return rule


def give_strategy(aws: Sandbox) -> None:
    """By hand, as the Developer Guide says: a second target group, a rule with both, a role; CANARY."""
    elb, ecs, iam = (aws.client(name, region=FIRST) for name in ("elbv2", "ecs", "iam"))
    (group,) = elb.describe_target_groups()["TargetGroups"]
    same = ("Protocol", "Port", "VpcId", "TargetType", "HealthCheckIntervalSeconds", "HealthCheckTimeoutSeconds")
    (other,) = elb.create_target_group(Name="by-hand", **{key: group[key] for key in same})["TargetGroups"]
    rule, first, second = rule_of(elb, group)["RuleArn"], group["TargetGroupArn"], other["TargetGroupArn"]
    forward = {"TargetGroups": [{"TargetGroupArn": first, "Weight": 1}, {"TargetGroupArn": second, "Weight": 0}]}
    elb.modify_rule(RuleArn=rule, Actions=[{"Type": "forward", "ForwardConfig": forward}])
    trust = document(Principal={"Service": "ecs.amazonaws.com"}, Action="sts:AssumeRole")
    role = iam.create_role(RoleName="by-hand", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    rights = document(Action="elasticloadbalancing:*", Resource="*")
    iam.put_role_policy(RoleName="by-hand", PolicyName="shift", PolicyDocument=rights)
    advanced = {"alternateTargetGroupArn": second, "productionListenerRule": rule, "roleArn": role}
    balanced = {"targetGroupArn": first, "containerName": "hello", "containerPort": 80}

    def update() -> bool:
        """IAM makes a role known a moment after it is there."""
        try:
            ecs.update_service(
                cluster=SERVICE,
                service=SERVICE,
                loadBalancers=[{**balanced, "advancedConfiguration": advanced}],
                deploymentConfiguration={"strategy": "CANARY", "bakeTimeInMinutes": 1, "canaryConfiguration": CANARY},
            )
        except ClientError:
            return False
        return True

    eventually(update)


def receivers(aws: Sandbox) -> list[str]:
    """Names of the target groups that get requests, once no deployment is under way."""
    elb, ecs = aws.client("elbv2", region=FIRST), aws.client("ecs", region=FIRST)
    (service,) = ecs.describe_services(cluster=SERVICE, services=[SERVICE])["services"]
    if [item["rolloutState"] for item in service["deployments"]] != ["COMPLETED"]:
        return []
    (group,) = elb.describe_target_groups(Names=[SERVICE])["TargetGroups"]
    tuples = rule_of(elb, group)["Actions"][0]["ForwardConfig"]["TargetGroups"]
    return [item["TargetGroupArn"].split("/")[-2] for item in tuples if item["Weight"]]


@pytest.mark.exhaustive
def test_where_others_shift_traffic_a_release_fails_no_request_and_neither_does_setting_it_back(
    aws: Sandbox, run_job: RunJob, visitor: Visitor
) -> None:
    stack = Stack(run_job, regions=(FIRST,), image="hello:0")
    stack.deploy()
    eventually(lambda: visitor.visit(NAME).region == FIRST)

    def visit() -> tuple[int | None, str]:
        found = visitor.visit(NAME)
        return found.status, found.version

    with visited(visit, PAUSE) as seen:
        # It deploys what runs into the other target group.
        give_strategy(aws)
        eventually(lambda: receivers(aws) == ["by-hand"])
        mark = aws.requests.mark()
        with pytest.raises(ConflictError, match="so release once more"):
            stack.region(FIRST)
        assert not aws.requests.writes(mark)
        run_job(RELEASE, name="hello", image="hello:1", wait_timeout=60)
        eventually(lambda: receivers(aws) == [SERVICE])
        newer = dataclasses.replace(stack, image="hello:1")
        newer.region(FIRST)
    assert seen.keys() == {(200, "0"), (200, "1")}
    assert newer.region(FIRST)[f"ecs_service {FIRST}"]["changes"] == []
    ecs = aws.client("ecs", region=FIRST)
    (service,) = ecs.describe_services(cluster=SERVICE, services=[SERVICE])["services"]
    assert service["deploymentConfiguration"]["strategy"] == "ROLLING"
    assert "advancedConfiguration" not in service["loadBalancers"][0]
