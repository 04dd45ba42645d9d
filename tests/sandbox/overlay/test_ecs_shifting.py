# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Deployments that shift traffic between two target groups: BLUE_GREEN, CANARY, LINEAR."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.sandbox.overlay.ecs_helpers import Platform
from tests.sandbox.overlay.helpers import create_target_group, refused

BREAKER = {"enable": True, "rollback": True}
BLUE_GREEN = {"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 2, "deploymentCircuitBreaker": BREAKER}
CANARY = {
    "strategy": "CANARY",
    "bakeTimeInMinutes": 1,
    "canaryConfiguration": {"canaryPercent": 12.5, "canaryBakeTimeInMinutes": 2},
}
LINEAR = {
    "strategy": "LINEAR",
    "bakeTimeInMinutes": 1,
    "linearConfiguration": {"stepPercent": 40.0, "stepBakeTimeInMinutes": 1},
}
TRUST = {"Effect": "Allow", "Principal": {"Service": "ecs.amazonaws.com"}, "Action": "sts:AssumeRole"}
# What the managed policy AmazonECSInfrastructureRolePolicyForLoadBalancers is about.
RIGHTS = [
    f"elasticloadbalancing:{name}"
    for name in ("Describe*", "RegisterTargets", "DeregisterTargets", "ModifyListener", "ModifyRule")
]


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


@dataclass
class Pair:
    """Two target groups behind a rule of the platform's listener, and the role by which ECS sets its weights."""

    platform: Platform
    first: str = ""
    second: str = ""
    rule: str = ""
    role: str = ""
    seen: list[tuple[int, int]] = field(default_factory=list)

    def set_up(self) -> None:
        local = self.platform.local
        elb, iam = local.client("elbv2"), local.client("iam")
        self.first, self.second = self.platform.target_group, create_target_group(elb, self.platform.vpc_id, "other")
        self.rule = self.make_rule(1, [self.first, self.second])
        self.role = iam.create_role(RoleName="shift", AssumeRolePolicyDocument=document(TRUST))["Role"]["Arn"]
        self.allow(RIGHTS)
        local.passes("iam_propagation", 1.1)

    def make_rule(self, priority: int, groups: list[str]) -> str:
        """A rule of which the first group gets everything; its ARN."""
        tuples = [{"TargetGroupArn": arn, "Weight": int(arn == groups[0])} for arn in groups]
        (rule,) = self.platform.local.client("elbv2").create_rule(
            ListenerArn=self.platform.listener,
            Priority=priority,
            Conditions=[{"Field": "path-pattern", "PathPatternConfig": {"Values": [f"/{priority}/*"]}}],
            Actions=[{"Type": "forward", "ForwardConfig": {"TargetGroups": tuples}}],
        )["Rules"]
        return str(rule["RuleArn"])

    def allow(self, actions: list[str]) -> None:
        policy = document({"Effect": "Allow", "Action": actions, "Resource": "*"})
        self.platform.local.client("iam").put_role_policy(RoleName="shift", PolicyName="elb", PolicyDocument=policy)

    def balancers(self, **more: str) -> list[dict[str, Any]]:
        advanced = {"alternateTargetGroupArn": self.second, "productionListenerRule": self.rule, "roleArn": self.role}
        return [{**self.platform.balancers[0], "advancedConfiguration": advanced | more}]

    def create(self, config: dict[str, Any]) -> None:
        """A service that runs, with its first deployment behind it."""
        self.platform.create(loadBalancers=self.balancers(), deploymentConfiguration=config)
        self.platform.time_passes(3)

    def release(self, image: str = "hello:2", **more: Any) -> str:
        """A deployment; the ARN of its revision."""
        definition = self.platform.register(image)
        self.platform.update(taskDefinition=definition, **more)
        return definition

    def weights(self) -> tuple[int, int]:
        (rule,) = self.platform.local.client("elbv2").describe_rules(RuleArns=[self.rule])["Rules"]
        tuples = rule["Actions"][0]["ForwardConfig"]["TargetGroups"]
        found = {known["TargetGroupArn"]: known["Weight"] for known in tuples}
        return found[self.first], found[self.second]

    def healthy(self) -> tuple[int, int]:
        """How many healthy targets each group has."""
        elb, counts = self.platform.local.client("elbv2"), []
        for group in (self.first, self.second):
            described = elb.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
            counts.append(sum(known["TargetHealth"]["State"] == "healthy" for known in described))
        return counts[0], counts[1]

    def deployment(self) -> Any:
        """The latest one."""
        arn = self.platform.deployments()[0]["serviceDeploymentArn"]
        (found,) = self.platform.ecs.describe_service_deployments(serviceDeploymentArns=[arn])["serviceDeployments"]
        return found

    def watch(self, seconds: float) -> list[tuple[str, float]]:
        """Let time pass. Stage and share as they follow each other; whoever gets requests has healthy targets."""
        seen = []
        for _ in range(round(seconds * 5)):
            self.platform.time_passes(0.2)
            found, healthy = self.deployment(), self.healthy()
            assert all(count >= 2 for weight, count in zip(self.weights(), healthy, strict=True) if weight)
            seen.append((found["lifecycleStage"], found["targetServiceRevision"]["requestedProductionTrafficWeight"]))
        return list(dict.fromkeys(seen))


@pytest.fixture
def pair(platform: Platform) -> Pair:
    """Two target groups behind one rule."""
    made = Pair(platform)
    made.set_up()
    return made


def test_blue_green_moves_to_the_other_group_and_back(pair: Pair) -> None:
    pair.create(BLUE_GREEN)
    assert (pair.healthy(), pair.weights()) == ((2, 0), (100, 0))
    pair.release()
    stages = [("SCALE_UP", 0.0), ("BAKE_TIME", 100.0), ("CLEAN_UP", 100.0)]
    assert pair.watch(1.6) == stages[:2]
    # The former tasks are there until the bake time is over.
    assert (pair.healthy(), pair.weights()) == ((2, 2), (0, 100))
    assert pair.watch(4) == stages[1:]
    assert (pair.healthy(), pair.weights(), pair.deployment()["status"]) == ((0, 2), (0, 100), "SUCCESSFUL")
    pair.release("hello:3")
    pair.watch(5)
    assert (pair.healthy(), pair.weights(), pair.deployment()["status"]) == ((2, 0), (100, 0), "SUCCESSFUL")


def test_the_service_goes_on_naming_its_groups_and_the_revision_says_which_one_it_is_in(pair: Pair) -> None:
    pair.create(BLUE_GREEN)
    pair.release()
    pair.watch(5)
    assert pair.platform.describe()["loadBalancers"] == pair.balancers()
    arns = [known["targetServiceRevisionArn"] for known in pair.platform.deployments()]
    revisions = pair.platform.ecs.describe_service_revisions(serviceRevisionArns=arns)["serviceRevisions"]
    found = [known["resolvedConfiguration"]["loadBalancers"] for known in revisions]
    assert found == [
        [{"targetGroupArn": group, "productionListenerRule": pair.rule}] for group in (pair.second, pair.first)
    ]


@pytest.mark.parametrize(
    ("config", "shares", "first"), [(CANARY, [12.5, 100.0], (875, 125)), (LINEAR, [40.0, 80.0, 100.0], (60, 40))]
)
def test_traffic_shifts_in_steps(
    pair: Pair, config: dict[str, Any], shares: list[float], first: tuple[int, int]
) -> None:
    pair.create(config)
    pair.release()
    pair.watch(1.6)
    assert pair.weights() == first
    seen = pair.watch(6)
    assert list(dict.fromkeys(share for _stage, share in seen)) == shares
    assert [stage for stage, _share in seen][-2:] == ["BAKE_TIME", "CLEAN_UP"]
    assert (pair.healthy(), pair.deployment()["status"]) == ((0, 2), "SUCCESSFUL")


def test_an_image_that_never_gets_healthy_gets_no_request(pair: Pair) -> None:
    pair.create(BLUE_GREEN)
    pair.release("hello:broken")
    assert pair.watch(5) == [("SCALE_UP", 0.0)]
    assert (pair.healthy(), pair.weights(), pair.deployment()["status"]) == ((2, 0), (100, 0), "ROLLBACK_SUCCESSFUL")


def test_an_alarm_puts_the_weights_back_before_the_tasks_go(pair: Pair) -> None:
    cloudwatch = pair.platform.local.client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName="errors", MetricName="x", Namespace="y", Statistic="Sum", Period=60, EvaluationPeriods=1, Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
    )  # fmt: skip
    pair.create(CANARY | {"alarms": {"alarmNames": ["errors"], "enable": True, "rollback": True}})
    pair.release()
    pair.watch(1.6)
    assert pair.weights() == (875, 125)
    cloudwatch.set_alarm_state(AlarmName="errors", StateValue="ALARM", StateReason="so")
    pair.watch(4)
    assert (pair.healthy(), pair.weights()) == ((2, 0), (100, 0))
    found = pair.deployment()
    assert (found["status"], found["alarms"]["triggeredAlarmNames"]) == ("ROLLBACK_SUCCESSFUL", ["errors"])


def test_one_that_is_stopped_goes_back(pair: Pair) -> None:
    pair.create({key: value for key, value in BLUE_GREEN.items() if key != "deploymentCircuitBreaker"})
    pair.release()
    pair.watch(2)
    assert pair.weights() == (0, 100)
    arn = pair.deployment()["serviceDeploymentArn"]
    pair.platform.ecs.stop_service_deployment(serviceDeploymentArn=arn, stopType="ROLLBACK")
    pair.watch(3)
    assert (pair.healthy(), pair.weights(), pair.deployment()["status"]) == ((2, 0), (100, 0), "ROLLBACK_SUCCESSFUL")
    with refused("ConflictException"):
        pair.platform.ecs.stop_service_deployment(serviceDeploymentArn=arn)
    with refused("ServiceDeploymentNotFoundException"):
        pair.platform.ecs.stop_service_deployment(serviceDeploymentArn=arn + "x")


def test_without_the_right_to_set_weights_it_goes_back(pair: Pair) -> None:
    pair.create(BLUE_GREEN)
    pair.allow([action for action in RIGHTS if not action.endswith("ModifyRule")])
    pair.release()
    pair.watch(4)
    found = pair.deployment()
    assert (pair.healthy(), found["status"]) == ((2, 0), "ROLLBACK_SUCCESSFUL")
    assert "elasticloadbalancing:ModifyRule" in found["statusReason"]


def test_a_rule_without_one_of_the_groups_ends_it(pair: Pair) -> None:
    pair.create(BLUE_GREEN)
    only = pair.make_rule(2, [pair.first])
    pair.release(loadBalancers=pair.balancers(productionListenerRule=only))
    pair.watch(4)
    found = pair.deployment()
    assert (pair.healthy(), pair.weights(), found["status"]) == ((2, 0), (100, 0), "ROLLBACK_SUCCESSFUL")
    assert "must be associated with the productionListenerRule" in found["statusReason"]


def test_a_newer_deployment_begins_where_the_former_one_had_begun(pair: Pair) -> None:
    pair.create(CANARY)
    pair.release()
    pair.watch(1.6)
    assert pair.weights() == (875, 125)
    definition = pair.release("hello:3")
    assert pair.weights() == (100, 0)
    pair.watch(8)
    assert (pair.healthy(), pair.weights()) == ((0, 2), (0, 100))
    assert {task["taskDefinitionArn"] for task in pair.platform.tasks()} == {definition}
    assert [known["status"] for known in pair.platform.deployments()] == ["SUCCESSFUL", "STOPPED", "SUCCESSFUL"]


def test_a_rolling_service_begins_to_shift_and_a_shifting_one_to_roll(pair: Pair) -> None:
    pair.platform.create()
    pair.platform.time_passes(3)
    pair.release(loadBalancers=pair.balancers(), deploymentConfiguration=BLUE_GREEN)
    pair.watch(5)
    assert (pair.healthy(), pair.weights()) == ((0, 2), (0, 100))
    pair.platform.update(deploymentConfiguration={"strategy": "ROLLING"})
    pair.release("hello:3")
    pair.platform.time_passes(4)
    # The rolling deployment stays in the group that serves.
    assert (pair.healthy(), pair.weights()) == ((0, 2), (0, 100))
    assert [known["rolloutState"] for known in pair.platform.describe()["deployments"]] == ["COMPLETED"]


def test_the_strategy_stays_while_a_deployment_is_under_way(pair: Pair) -> None:
    pair.create(BLUE_GREEN)
    pair.release()
    with refused("InvalidParameterException", "in progress"):
        pair.platform.update(deploymentConfiguration={"strategy": "ROLLING"})


@pytest.mark.parametrize(
    ("config", "advanced", "words"),
    [
        ({"strategy": "SWIFT"}, {}, "strategy"),
        ({"strategy": "BLUE_GREEN"}, {}, "bakeTimeInMinutes is required"),
        (BLUE_GREEN | {"bakeTimeInMinutes": 1441}, {}, "between 0 and 1440"),
        (BLUE_GREEN | {"canaryConfiguration": {"canaryPercent": 5.0}}, {}, "only be specified"),
        (CANARY | {"canaryConfiguration": {"canaryPercent": 0.05}}, {}, "canaryPercent must be"),
        (LINEAR | {"linearConfiguration": {"stepPercent": 2.9}}, {}, "stepPercent must be"),
        (LINEAR | {"linearConfiguration": {"stepBakeTimeInMinutes": -1}}, {}, "stepBakeTimeInMinutes must be"),
        (BLUE_GREEN, None, "advancedConfiguration field is required"),
        (BLUE_GREEN, {"alternateTargetGroupArn": "first"}, "alternateTargetGroupArn"),
        (BLUE_GREEN, {"productionListenerRule": "arn:aws:x:listener/app/a/b/c"}, "Must be RuleArn for ALB"),
        (BLUE_GREEN, {"testListenerRule": "rule"}, "both production and test"),
        (BLUE_GREEN, {"roleArn": "arn:aws:iam::1:role/none"}, "unable to assume the role"),
    ],
)
def test_what_ecs_does_not_take(
    pair: Pair, config: dict[str, Any], advanced: dict[str, str] | None, words: str
) -> None:
    known = {"first": pair.first, "rule": pair.rule}
    balancers = pair.platform.balancers
    if advanced is not None:
        balancers = pair.balancers(**{name: known.get(value, value) for name, value in advanced.items()})
    with refused("InvalidParameterException", words):
        pair.platform.create(loadBalancers=balancers, deploymentConfiguration=config)


@pytest.mark.parametrize("config", [CANARY, LINEAR])
def test_what_shifts_in_steps_needs_a_load_balancer(pair: Pair, config: dict[str, Any]) -> None:
    with refused("InvalidParameterException", "needs a load balancer"):
        pair.platform.create(loadBalancers=[], deploymentConfiguration=config)
