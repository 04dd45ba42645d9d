# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Scaling: what is made, repaired and taken away, and whose the number of tasks is."""

from __future__ import annotations

import typing as t

import pytest

from sandbox import Sandbox
from tests.sampling import every_third
from tests.waiting import eventually

from .world import NAME, SERVICE, Deploy, changed, everything, rolled_out, service_of

pytestmark = pytest.mark.once

NIGHT = {"name": "night", "schedule": "cron(0 20 ? * * 2099)", "timezone": "Europe/Berlin", "minimum": 1, "maximum": 2}
SCALING: dict[str, t.Any] = {"minimum": 1, "maximum": 4, "cpu": 60, "requests": 600, "schedules": [NIGHT]}
PLACE = {
    "ServiceNamespace": "ecs",
    "ResourceId": f"service/{NAME}/{NAME}",
    "ScalableDimension": "ecs:service:DesiredCount",
}
TARGET, CPU, REQUESTS, SCHEDULE = (
    ("scalable_target", "main"),
    ("scaling_policy", "cpu"),
    ("scaling_policy", "requests"),
    ("scheduled_action", "night"),
)
SCALED = {TARGET, CPU, REQUESTS, SCHEDULE}


def scaler(aws: Sandbox) -> t.Any:
    return aws.client("application-autoscaling")


def target_of(aws: Sandbox) -> dict[str, t.Any]:
    [found] = scaler(aws).describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"]
    return dict(found)


def policy(aws: Sandbox, name: str) -> dict[str, t.Any]:
    [found] = [
        item
        for item in scaler(aws).describe_scaling_policies(ServiceNamespace="ecs")["ScalingPolicies"]
        if item["PolicyName"] == name
    ]
    return dict(found["TargetTrackingScalingPolicyConfiguration"])


def what_scales(aws: Sandbox) -> list[str]:
    """The service's target, policies, scheduled actions and alarms."""
    client, ecs = scaler(aws), {"ServiceNamespace": "ecs"}
    found = [
        *(item["ResourceId"] for item in client.describe_scalable_targets(**ecs)["ScalableTargets"]),
        *(item["PolicyName"] for item in client.describe_scaling_policies(**ecs)["ScalingPolicies"]),
        *(item["ScheduledActionName"] for item in client.describe_scheduled_actions(**ecs)["ScheduledActions"]),
        *(item["AlarmName"] for item in aws.client("cloudwatch").describe_alarms()["MetricAlarms"]),
    ]
    return [name for name in found if NAME in name]


def test_a_service_that_scales(aws: Sandbox, deploy: Deploy) -> None:
    dry = deploy(scaling=SCALING, check_mode=True)
    made = deploy(scaling=SCALING)
    assert changed(dry) == changed(made) > SCALED
    assert made["scaling"] == {"minimum": 1, "maximum": 4}
    assert (target_of(aws)["MinCapacity"], target_of(aws)["MaxCapacity"]) == (1, 4)
    label = policy(aws, f"{NAME}-requests")["PredefinedMetricSpecification"]["ResourceLabel"]
    assert label.startswith("app/theirs/")
    assert f"/targetgroup/{NAME}/" in label
    [action] = scaler(aws).describe_scheduled_actions(ServiceNamespace="ecs")["ScheduledActions"]
    assert action["ScheduledActionName"] == f"{NAME}-at-night"
    mark = aws.requests.mark()
    assert changed(deploy(scaling=SCALING)) == set()
    assert aws.requests.writes(mark) == []


def test_the_count_stays_the_scalers_and_a_minimum_is_waited_for(aws: Sandbox, deploy: Deploy) -> None:
    deploy(scaling=SCALING, desired_count=1)
    rolled_out(aws)
    aws.client("ecs").update_service(cluster=NAME, service=NAME, desiredCount=3)
    result = deploy(scaling=SCALING, desired_count=1)
    assert (changed(result), result["desired_count"], result["running_count"]) == (set(), 3, 3)
    result = deploy(scaling={**SCALING, "minimum": 4}, desired_count=1)
    assert (changed(result), result["desired_count"], result["running_count"]) == ({TARGET}, 4, 4)


def test_what_a_schedule_and_a_policy_have_set_stays(aws: Sandbox, deploy: Deploy) -> None:
    often = {"name": "often", "schedule": "rate(1 minute)", "minimum": 2}
    scaling = {"minimum": 1, "maximum": 4, "cpu": 60, "schedules": [often]}
    deploy(scaling=scaling, desired_count=1)
    eventually(lambda: target_of(aws)["MinCapacity"] == 2, what="the schedule")
    rolled_out(aws)
    aws.load(NAME, cpu=100)
    eventually(lambda: service_of(aws)["desiredCount"] == 4, what="the policy")
    rolled_out(aws)
    mark = aws.requests.mark()
    result = deploy(scaling=scaling, desired_count=1)
    assert (changed(result), result["desired_count"], aws.requests.writes(mark)) == (set(), 4, [])


def drift(what: str, breaker: t.Callable[[Sandbox], object], *expected: tuple[str, str]) -> t.Any:
    return pytest.param(breaker, set(expected), id=what)


def change_policy(aws: Sandbox) -> None:
    """What it follows, how far, and how fast; and whose requests count."""
    config = {
        "TargetValue": 1,
        "PredefinedMetricSpecification": {"PredefinedMetricType": "ECSServiceAverageMemoryUtilization"},
        "ScaleInCooldown": 1,
        "ScaleOutCooldown": 1,
        "DisableScaleIn": True,
    }
    for name in (f"{NAME}-cpu", f"{NAME}-requests"):
        scaler(aws).put_scaling_policy(
            **PLACE,
            PolicyName=name,
            PolicyType="TargetTrackingScaling",
            TargetTrackingScalingPolicyConfiguration=config,
        )


DRIFTS = [
    drift("limits", lambda aws: scaler(aws).register_scalable_target(**PLACE, MaxCapacity=9), TARGET),
    drift(
        "suspended",
        lambda aws: scaler(aws).register_scalable_target(**PLACE, SuspendedState={"DynamicScalingOutSuspended": True}),
        TARGET,
    ),
    drift("target", lambda aws: scaler(aws).deregister_scalable_target(**PLACE), *SCALED),
    drift("policy changed", change_policy, CPU, REQUESTS),
    drift("policy", lambda aws: scaler(aws).delete_scaling_policy(**PLACE, PolicyName=f"{NAME}-cpu"), CPU),
    drift(
        "schedule",
        lambda aws: scaler(aws).put_scheduled_action(
            **PLACE,
            ScheduledActionName=f"{NAME}-at-night",
            Schedule="rate(99 days)",
            ScalableTargetAction={"MinCapacity": 0, "MaxCapacity": 0},
        ),
        SCHEDULE,
    ),
    drift(
        "mark",
        lambda aws: aws.client("ecs").untag_resource(
            resourceArn=service_of(aws)["serviceArn"], tagKeys=["everlook.failover:scaling"]
        ),
        SERVICE,
    ),
]


@pytest.mark.parametrize(("breaker", "expected"), every_third(DRIFTS))
def test_drift_is_named_and_repaired_alone(
    aws: Sandbox, deploy: Deploy, breaker: t.Callable[[Sandbox], object], expected: t.Any
) -> None:
    deploy(scaling=SCALING)
    rolled_out(aws)
    breaker(aws)
    assert changed(deploy(scaling=SCALING, check_mode=True)) == expected
    assert changed(deploy(scaling=SCALING)) == expected
    assert changed(deploy(scaling=SCALING, check_mode=True)) == set()


def test_turned_off_it_leaves_nothing_and_the_count_is_the_inventorys(aws: Sandbox, deploy: Deploy) -> None:
    deploy(scaling={**SCALING, "minimum": 3})
    rolled_out(aws)
    assert changed(deploy(desired_count=2, check_mode=True)) == {SERVICE, TARGET}
    result = deploy(desired_count=2)
    assert (changed(result), result["scaling"], result["desired_count"]) == ({SERVICE, TARGET}, None, 2)
    assert what_scales(aws) == []
    mark = aws.requests.mark()
    assert changed(deploy(desired_count=2)) == set()
    assert [call for call in aws.requests.since(mark) if call.service == "application-autoscaling"] == []


def test_a_removal_leaves_nothing(aws: Sandbox, deploy: Deploy, destroy: t.Callable[[], dict[str, t.Any]]) -> None:
    before = everything(aws)
    deploy(scaling=SCALING)
    assert TARGET in changed(destroy())
    assert what_scales(aws) == []
    assert everything(aws) == before


def test_the_target_of_others_stays_where_scaling_was_never_on(aws: Sandbox, deploy: Deploy) -> None:
    deploy()
    scaler(aws).register_scalable_target(**PLACE, MinCapacity=3, MaxCapacity=5)
    eventually(
        lambda: service_of(aws)["desiredCount"], lambda count: count == 3, what="the count of the others' minimum"
    )
    assert changed(deploy()) == set()
    assert target_of(aws)["MinCapacity"] == 3
