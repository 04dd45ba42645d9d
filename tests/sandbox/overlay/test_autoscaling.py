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
