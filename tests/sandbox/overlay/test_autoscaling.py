# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Scalable targets belong to services that are there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sandbox.overlay.loads import load
from sandbox.overlay.monitoring.gauges import measure
from sandbox.overlay.monitoring.series import Key, statistic
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
    for other in ({"Schedule": "cron(0 20 XW * ? *)"}, {"Timezone": "Europe/Atlantis"}):
        with refused("ValidationException", "schedule expression or time zone"):
            scaling.put_scheduled_action(**TARGET, **action | other, **capacity)
    scaling.put_scheduled_action(**TARGET, **action | {"Schedule": "cron(0 20 15W * ? *)"}, **capacity)
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


def test_cpu_scales_out_and_in_within_limits_and_cooldowns(platform: Platform, scaling: Any) -> None:
    platform.create()
    platform.local.passes("task_start", 1.1)
    scaling.register_scalable_target(**TARGET, MinCapacity=2, MaxCapacity=4)
    scaling.put_scaling_policy(**TARGET, **POLICY)
    minutes(platform, 4, requests=0)
    assert desired(platform) == 2, "nobody has said how busy the tasks are"
    busy(platform, cpu=90.0)
    minutes(platform, 3, requests=0)
    # The user guide: as many as bring the metric to its target, 60 %; the work is that of 1.8 tasks.
    assert desired(platform) == 3
    busy(platform, cpu=100.0)
    minutes(platform, 4, requests=0)
    assert desired(platform) == 3, "in its cooldown of five minutes"
    minutes(platform, 2, requests=0)
    assert desired(platform) == 4, "its maximum"
    busy(platform, cpu=20.0)
    minutes(platform, 14, requests=0)
    assert desired(platform) == 4
    minutes(platform, 2, requests=0)
    assert desired(platform) == 2, "its minimum"


def test_tasks_share_the_work_that_cloudwatch_shows(platform: Platform) -> None:
    platform.create()
    minutes(platform, 1, requests=0)
    busy(platform, cpu=80.0, memory=30.0)
    assert used(platform, "CPUUtilization") == (80.0, 2)
    assert used(platform, "MemoryUtilization") == (30.0, 2)
    platform.update(desiredCount=4)
    minutes(platform, 1, requests=0)
    assert used(platform, "CPUUtilization") == (40.0, 4)


def test_the_policy_that_asks_for_most_counts_and_all_have_to_agree_to_scale_in(
    platform: Platform, scaling: Any
) -> None:
    platform.create()
    platform.local.passes("task_start", 1.1)
    scaling.register_scalable_target(**TARGET, MinCapacity=1, MaxCapacity=9)
    scaling.put_scaling_policy(**TARGET, **POLICY)
    follow_requests(platform, scaling)
    busy(platform, cpu=90.0)
    minutes(platform, 3, requests=100)
    assert desired(platform) == 5, "by requests; by CPU three were enough"
    busy(platform, cpu=58.0)
    minutes(platform, 18, requests=0)
    assert desired(platform) == 5, "CPU is at its target"
    busy(platform, cpu=10.0)
    minutes(platform, 17, requests=0)
    assert desired(platform) == 1


def test_a_schedule_raises_the_minimum_and_another_lowers_it(platform: Platform, scaling: Any) -> None:
    platform.create()
    scaling.register_scalable_target(**TARGET, MinCapacity=1, MaxCapacity=6)
    start = clock(platform)
    for name, later, capacity in (("morning", 3, {"MinCapacity": 4}), ("evening", 6, {"MinCapacity": 1})):
        due = start + timedelta(minutes=later)
        # Two hours before UTC all year round.
        local = due + timedelta(hours=2)
        scaling.put_scheduled_action(
            **TARGET,
            ScheduledActionName=name,
            Schedule=f"cron({local.minute} {local.hour} ? * * *)",
            Timezone="Etc/GMT-2",
            ScalableTargetAction=capacity,
        )
    assert limits(scaling) == (1, 6)
    minutes(platform, 4, requests=0)
    assert (limits(scaling), desired(platform)) == ((4, 6), 4)
    minutes(platform, 3, requests=0)
    assert (limits(scaling), desired(platform)) == ((1, 6), 4)


def test_a_rate_goes_on_and_ends_with_its_action_or_while_it_is_suspended(platform: Platform, scaling: Any) -> None:
    platform.create()
    scaling.register_scalable_target(**TARGET, MinCapacity=1, MaxCapacity=6)
    action = {"ScheduledActionName": "often", "Schedule": "rate(1 minute)", "ScalableTargetAction": {"MinCapacity": 3}}
    scaling.put_scheduled_action(**TARGET, **action)
    for _time in range(2):
        platform.local.passes("scaling_minute", 1.1)
        assert limits(scaling) == (3, 6)
        scaling.register_scalable_target(**TARGET, MinCapacity=1)
    scaling.register_scalable_target(**TARGET, SuspendedState={"ScheduledScalingSuspended": True})
    minutes(platform, 2, requests=0)
    assert limits(scaling) == (1, 6)
    scaling.register_scalable_target(**TARGET, SuspendedState={"ScheduledScalingSuspended": False})
    scaling.delete_scheduled_action(**TARGET, ScheduledActionName="often")
    minutes(platform, 2, requests=0)
    assert limits(scaling) == (1, 6)


def busy(platform: Platform, **said: float) -> None:
    assert platform.local.aws
    assert load(platform.local.aws.world, NAME, None, said) == [platform.local.client("ecs").meta.region_name]


def used(platform: Platform, name: str) -> tuple[float, int]:
    """Percent on average, and how many tasks have said so."""
    assert platform.local.aws
    # What is due happens when somebody looks.
    region, account = platform.describe()["serviceArn"].split(":")[3:5]
    key = Key.of("AWS/ECS", name, [{"Name": "ClusterName", "Value": NAME}, {"Name": "ServiceName", "Value": NAME}])
    values = measure(platform.local.aws.world, account, region, key)
    return statistic("Average", values), len(values)


def clock(platform: Platform) -> datetime:
    assert platform.local.aws
    return datetime.fromtimestamp(platform.local.aws.world.clock(), UTC)


def limits(scaling: Any) -> tuple[int, int]:
    (target,) = scaling.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"]
    return target["MinCapacity"], target["MaxCapacity"]
