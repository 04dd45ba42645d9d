# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Scalable targets belong to services that are there."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.overlay.ecs_helpers import NAME, Platform
from tests.sandbox.overlay.helpers import refused

TARGET = {
    "ServiceNamespace": "ecs",
    "ResourceId": f"service/{NAME}/{NAME}",
    "ScalableDimension": "ecs:service:DesiredCount",
}
POLICY: dict[str, Any] = {
    "PolicyName": "cpu",
    "PolicyType": "TargetTrackingScaling",
    "TargetTrackingScalingPolicyConfiguration": {
        "TargetValue": 60.0,
        "PredefinedMetricSpecification": {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"},
    },
}


@pytest.fixture
def scaling(platform: Platform) -> Any:
    return platform.local.client("application-autoscaling")


def test_a_target_needs_a_service_that_is_active(platform: Platform, scaling: Any) -> None:
    with refused("ValidationException", "ECS service doesn't exist"):
        scaling.register_scalable_target(**TARGET, MinCapacity=1, MaxCapacity=4)
    platform.create()
    scaling.register_scalable_target(**TARGET, MinCapacity=1, MaxCapacity=4)
    platform.ecs.delete_service(cluster=NAME, service=NAME, force=True)
    with refused("ValidationException", "ECS service doesn't exist"):
        scaling.register_scalable_target(**TARGET, MinCapacity=1, MaxCapacity=4)


def test_capacities_are_checked(platform: Platform, scaling: Any) -> None:
    platform.create()
    with refused("ValidationException", "Both MinCapacity and MaxCapacity"):
        scaling.register_scalable_target(**TARGET, MinCapacity=1)
    scaling.register_scalable_target(**TARGET, MinCapacity=1, MaxCapacity=4)
    with refused("ValidationException", "less than minimum"):
        scaling.register_scalable_target(**TARGET, MinCapacity=5)
    scaling.register_scalable_target(**TARGET, MaxCapacity=6)
    (target,) = scaling.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"]
    assert (target["MinCapacity"], target["MaxCapacity"]) == (1, 6)


def test_tags_of_a_target(platform: Platform, scaling: Any) -> None:
    platform.create()
    arn = scaling.register_scalable_target(**TARGET, MinCapacity=1, MaxCapacity=4, Tags={"Stack": "hello"})
    where = {"ResourceARN": arn["ScalableTargetARN"]}
    scaling.tag_resource(**where, Tags={"Owner": "team"})
    assert scaling.list_tags_for_resource(**where)["Tags"] == {"Stack": "hello", "Owner": "team"}
    scaling.untag_resource(**where, TagKeys=["Stack"])
    assert scaling.list_tags_for_resource(**where)["Tags"] == {"Owner": "team"}


def test_policies_come_and_go_with_their_target(platform: Platform, scaling: Any) -> None:
    platform.create()
    with refused("ObjectNotFoundException", NAME):
        scaling.put_scaling_policy(**TARGET, **POLICY)
    with refused("ObjectNotFoundException", NAME):
        scaling.deregister_scalable_target(**TARGET)
    scaling.register_scalable_target(**TARGET, MinCapacity=1, MaxCapacity=4)
    scaling.put_scaling_policy(**TARGET, **POLICY)
    scaling.deregister_scalable_target(**TARGET)
    assert scaling.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"] == []
    assert scaling.describe_scaling_policies(ServiceNamespace="ecs")["ScalingPolicies"] == []


def test_scheduled_actions_go_with_their_target(platform: Platform, scaling: Any) -> None:
    platform.create()
    action = {"ScheduledActionName": "night", "Schedule": "cron(0 20 * * ? *)"}
    capacity = {"ScalableTargetAction": {"MinCapacity": 1, "MaxCapacity": 2}}
    with refused("ObjectNotFoundException", NAME):
        scaling.put_scheduled_action(**TARGET, **action, **capacity)
    scaling.register_scalable_target(**TARGET, MinCapacity=1, MaxCapacity=4)
    with refused("ValidationException", "schedule expression"):
        scaling.put_scheduled_action(**TARGET, **action | {"Schedule": "0 20 * * *"}, **capacity)
    with refused("ValidationException", "less than minimum"):
        wrong = {"MinCapacity": 3, "MaxCapacity": 2}
        scaling.put_scheduled_action(**TARGET, **action, ScalableTargetAction=wrong)
    scaling.put_scheduled_action(**TARGET, **action, **capacity)
    with refused("ObjectNotFoundException", "other"):
        scaling.delete_scheduled_action(**TARGET, ScheduledActionName="other")
    scaling.deregister_scalable_target(**TARGET)
    assert scaling.describe_scheduled_actions(ServiceNamespace="ecs")["ScheduledActions"] == []


def test_alarms_come_and_go_with_a_policy(platform: Platform, scaling: Any) -> None:
    platform.create()
    scaling.register_scalable_target(**TARGET, MinCapacity=1, MaxCapacity=4)
    cloudwatch = platform.local.client("cloudwatch")
    scaling.put_scaling_policy(**TARGET, **POLICY)
    scaling.put_scaling_policy(**TARGET, **POLICY)
    names = [alarm["AlarmName"] for alarm in cloudwatch.describe_alarms()["MetricAlarms"]]
    assert len(names) == 2
    assert all(name.startswith(f"TargetTracking-service/{NAME}/{NAME}-Alarm") for name in names)
    scaling.delete_scaling_policy(**TARGET, PolicyName="cpu")
    assert cloudwatch.describe_alarms()["MetricAlarms"] == []
    with refused("ObjectNotFoundException", "cpu"):
        scaling.delete_scaling_policy(**TARGET, PolicyName="cpu")


def test_a_count_is_brought_between_the_limits(platform: Platform, scaling: Any) -> None:
    platform.create()
    assert desired(platform) == 2
    scaling.register_scalable_target(**TARGET, MinCapacity=3, MaxCapacity=4)
    assert desired(platform) == 2
    platform.local.passes("scaling_activity", 1.1)
    assert desired(platform) == 3
    scaling.register_scalable_target(**TARGET, MinCapacity=1, MaxCapacity=1)
    platform.local.passes("scaling_activity", 1.1)
    assert desired(platform) == 1


def test_a_count_that_is_set_after_a_registration_stays(platform: Platform, scaling: Any) -> None:
    """ECS Developer Guide, "Automatically scale your service": it stays below the minimum until an alarm rings."""
    platform.create()
    scaling.register_scalable_target(**TARGET, MinCapacity=2, MaxCapacity=4)
    scaling.register_scalable_target(**TARGET, SuspendedState={"DynamicScalingOutSuspended": True})
    platform.ecs.update_service(cluster=NAME, service=NAME, desiredCount=0)
    platform.local.passes("scaling_activity", 1.1)
    assert desired(platform) == 0


def test_the_label_of_requests_is_that_of_the_service(platform: Platform, scaling: Any) -> None:
    platform.create()
    scaling.register_scalable_target(**TARGET, MinCapacity=1, MaxCapacity=4)
    with refused("ValidationException", "not attached"):
        follow_requests(platform, scaling, label="app/theirs/1/targetgroup/theirs/2")
    with refused("ValidationException", "resource label"):
        follow_requests(platform, scaling, label="")
    follow_requests(platform, scaling)


def test_requests_scale_out_within_minutes_and_in_later(platform: Platform, scaling: Any) -> None:
    platform.create()
    scaling.register_scalable_target(**TARGET, MinCapacity=1, MaxCapacity=6)
    follow_requests(platform, scaling)
    minutes(platform, 3, requests=100)
    # The user guide: as many as bring the metric to its target, here 100 requests at 20 a minute each.
    assert desired(platform) == 5
    minutes(platform, 1, requests=400)
    assert desired(platform) == 5, "in its cooldown"
    minutes(platform, 3, requests=400)
    assert desired(platform) == 6, "its maximum"
    minutes(platform, 14, requests=0)
    assert desired(platform) == 6
    minutes(platform, 4, requests=0)
    assert desired(platform) == 1


def test_a_suspended_target_follows_nothing(platform: Platform, scaling: Any) -> None:
    platform.create()
    suspended = {"DynamicScalingInSuspended": True, "DynamicScalingOutSuspended": True}
    scaling.register_scalable_target(**TARGET, MinCapacity=1, MaxCapacity=6, SuspendedState=suspended)
    follow_requests(platform, scaling)
    minutes(platform, 4, requests=100)
    assert desired(platform) == 2
    scaling.register_scalable_target(**TARGET, SuspendedState=dict.fromkeys(suspended, False))
    minutes(platform, 1, requests=100)
    assert desired(platform) == 5


def desired(platform: Platform) -> int:
    [service] = platform.ecs.describe_services(cluster=NAME, services=[NAME])["services"]
    return int(service["desiredCount"])


def follow_requests(platform: Platform, scaling: Any, label: str | None = None) -> None:
    """Keep 20 requests a minute for each task."""
    balancer = platform.listener.partition(":listener/")[2].rpartition("/")[0]
    label = f"{balancer}/{platform.target_group.rpartition(':')[2]}" if label is None else label
    metric = {"PredefinedMetricType": "ALBRequestCountPerTarget", **({"ResourceLabel": label} if label else {})}
    tracking = {"TargetValue": 20.0, "PredefinedMetricSpecification": metric, "ScaleOutCooldown": 120}
    scaling.put_scaling_policy(
        **TARGET,
        PolicyName="requests",
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration=tracking,
    )


def minutes(platform: Platform, count: int, *, requests: int) -> None:
    """Let that many minutes pass, each with that many requests."""
    assert platform.local.aws
    for _ in range(count):
        platform.local.aws.world.requests[platform.target_group] += requests
        platform.local.passes("scaling_minute")
        desired(platform)
