# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Corrections of Application Auto Scaling: targets of services that are there, with tags."""

from __future__ import annotations

from typing import Any

from moto.applicationautoscaling.responses import ApplicationAutoScalingResponse
from moto.ecs.models import ecs_backends

from sandbox.overlay.base import AwsError, Call, corrects

_KEY = ("ServiceNamespace", "ResourceId", "ScalableDimension")


@corrects(ApplicationAutoScalingResponse, "RegisterScalableTarget")
def register(call: Call) -> Any:
    """RegisterScalableTarget: of an ACTIVE service; the first time with both capacities."""
    lowest, highest = call.get("MinCapacity"), call.get("MaxCapacity")
    known = _find(call)
    if known is None and (lowest is None or highest is None):
        raise _invalid("Both MinCapacity and MaxCapacity must be specified when registering a scalable target")
    lowest = known.min_capacity if lowest is None else lowest
    highest = known.max_capacity if highest is None else highest
    if int(lowest) > int(highest):
        raise _invalid("Maximum capacity cannot be less than minimum capacity")
    if call.get("ServiceNamespace") == "ecs":
        _check_service(call)
    result = call.proceed()
    target = _find(call)
    if call.get("Tags"):
        _tags(call, target.arn).update(call.get("Tags"))
    return result


@corrects(ApplicationAutoScalingResponse, "DeregisterScalableTarget")
def deregister(call: Call) -> Any:
    """DeregisterScalableTarget takes the target's policies and tags with it."""
    target = _require(call)
    _tags(call, target.arn).clear()
    own = [policy for policy in call.backend.policies.values() if policy.resource_id == target.resource_id]
    for policy in own:
        call.backend.delete_scaling_policy(policy.policy_name, *(call.get(name) for name in _KEY))
    return call.proceed()


@corrects(ApplicationAutoScalingResponse, "PutScalingPolicy")
def put_policy(call: Call) -> Any:
    """PutScalingPolicy needs a scalable target."""
    _require(call)
    return call.proceed()


@corrects(ApplicationAutoScalingResponse, "ListTagsForResource")
def _list_tags(call: Call) -> Any:
    return {"Tags": dict(_tags(call, call.get("ResourceARN")))}


@corrects(ApplicationAutoScalingResponse, "TagResource")
def _tag(call: Call) -> Any:
    _tags(call, call.get("ResourceARN")).update(call.get("Tags"))
    return {}


@corrects(ApplicationAutoScalingResponse, "UntagResource")
def _untag(call: Call) -> Any:
    for key in call.get("TagKeys"):
        _tags(call, call.get("ResourceARN")).pop(key, None)
    return {}


def _tags(call: Call, arn: str) -> dict[str, str]:
    return call.world.store(dict, "scalable target tags", arn)


def _find(call: Call) -> Any:
    targets = call.backend.targets
    return targets.get(call.get("ScalableDimension"), {}).get(call.get("ResourceId"))


def _require(call: Call) -> Any:
    target = _find(call)
    if target is None:
        names = dict(zip(("service namespace", "resource ID", "scalable dimension"), _KEY, strict=True))
        words = ", ".join(f"{name}: {call.get(key)}" for name, key in names.items())
        raise AwsError("ObjectNotFoundException", f"No scalable target registered for {words}")
    return target


def _check_service(call: Call) -> None:
    _kind, cluster, name = call.get("ResourceId").split("/")
    service = ecs_backends[call.account][call.region].services.get(f"{cluster}:{name}")
    if service is None or service.status != "ACTIVE":
        raise _invalid(f"ECS service doesn't exist: {call.get('ResourceId')}")


def _invalid(message: str) -> AwsError:
    return AwsError("ValidationException", message)
