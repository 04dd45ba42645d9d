# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Corrections of Application Auto Scaling: targets of existing services, policies and schedules of targets."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from moto.applicationautoscaling.responses import ApplicationAutoScalingResponse
from moto.ecs.models import ecs_backends
from moto.elbv2.models import elbv2_backends
from moto.iam.models import iam_backends

from sandbox.cron import next_due
from sandbox.overlay.base import AwsError, Call, corrects
from sandbox.overlay.scaler import Scaler
from sandbox.overlay.scheduled_actions import ScheduledAction

LINKED_ROLE = "AWSServiceRoleForApplicationAutoScaling_ECSService"
_PRINCIPAL = "ecs.application-autoscaling.amazonaws.com"
_KEY = ("ServiceNamespace", "ResourceId", "ScalableDimension")
_SCHEDULE = re.compile(
    r"at\(\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?\)|rate\([1-9]\d* (minute|hour|day)s?\)|cron\([^ )]+( [^ )]+){5}\)"
)


@corrects(ApplicationAutoScalingResponse, "RegisterScalableTarget")
def register(call: Call) -> Any:
    """RegisterScalableTarget: of an ACTIVE service; the first time with both capacities. The count follows."""
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
        _make_role(call)
    result = call.proceed()
    target = _find(call)
    if call.get("Tags"):
        _tags(call, target.arn).update(call.get("Tags"))
    if call.get("ServiceNamespace") == "ecs":
        Scaler(call.world, call.account, call.region, target.resource_id).registered(is_new=known is None)
    return result


@corrects(ApplicationAutoScalingResponse, "DeregisterScalableTarget")
def deregister(call: Call) -> Any:
    """DeregisterScalableTarget deletes the target's policies, scheduled actions and tags."""
    target = _require(call)
    _tags(call, target.arn).clear()
    own = [policy for policy in call.backend.policies.values() if policy.resource_id == target.resource_id]
    for policy in own:
        call.backend.delete_scaling_policy(policy.policy_name, *(call.get(name) for name in _KEY))
    actions = call.backend.scheduled_actions
    call.backend.scheduled_actions = [item for item in actions if item.resource_id != target.resource_id]
    return call.proceed()


@corrects(ApplicationAutoScalingResponse, "PutScalingPolicy")
def put_policy(call: Call) -> Any:
    """PutScalingPolicy needs a scalable target. It recreates the alarms of a changed policy."""
    _require(call)
    metric = (call.get("TargetTrackingScalingPolicyConfiguration") or {}).get("PredefinedMetricSpecification") or {}
    label = metric.get("ResourceLabel")
    if (metric.get("PredefinedMetricType") == "ALBRequestCountPerTarget") != bool(label):
        raise _invalid("You must specify a resource label for ALBRequestCountPerTarget, and for no other metric.")
    if label and label not in _labels(call):
        raise _invalid(f"The resource label {label} names a target group that is not attached to the service.")
    if former := _policy(call):
        former.delete_alarms(call.account, call.region)
    return call.proceed()


@corrects(ApplicationAutoScalingResponse, "DeleteScalingPolicy")
def delete_policy(call: Call) -> Any:
    """DeleteScalingPolicy of an existing policy."""
    if _policy(call) is None:
        raise AwsError("ObjectNotFoundException", f"No scaling policy found for {call.get('PolicyName')}")
    return call.proceed()


@corrects(ApplicationAutoScalingResponse, "PutScheduledAction")
def put_action(call: Call) -> Any:
    """PutScheduledAction needs a scalable target, and both or one of the capacities in order."""
    _require(call)
    if not _SCHEDULE.fullmatch(call.get("Schedule") or ""):
        raise _invalid("Unrecognized schedule expression")
    try:
        next_due(call.get("Schedule"), call.get("Timezone") or "UTC", datetime.fromtimestamp(call.world.clock(), UTC))
    except ValueError as error:
        raise _invalid(f"Unrecognized schedule expression or time zone: {error}") from None
    action = call.get("ScalableTargetAction") or {}
    lowest, highest = action.get("MinCapacity"), action.get("MaxCapacity")
    if lowest is None and highest is None:
        raise _invalid("Either MinCapacity or MaxCapacity must be specified")
    if lowest is not None and highest is not None and int(lowest) > int(highest):
        raise _invalid("Maximum capacity cannot be less than minimum capacity")
    result = call.proceed()
    place = (call.account, call.region, call.get("ResourceId"), call.get("ScheduledActionName"))
    ScheduledAction(call.world, *place).start()
    return result


@corrects(ApplicationAutoScalingResponse, "DeleteScheduledAction")
def delete_action(call: Call) -> Any:
    """DeleteScheduledAction of an existing action."""
    name, resource = call.get("ScheduledActionName"), call.get("ResourceId")
    known = {(item.scheduled_action_name, item.resource_id) for item in call.backend.scheduled_actions}
    if (name, resource) not in known:
        raise AwsError("ObjectNotFoundException", f"No scheduled action found for {name}")
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


def _policy(call: Call) -> Any:
    key = "\t".join((*(call.get(name) for name in _KEY), call.get("PolicyName")))
    return call.backend.policies.get(key)


def _labels(call: Call) -> set[str]:
    """The resource labels of the target groups that the service is registered with."""
    elb = elbv2_backends[call.account][call.region]
    _kind, cluster, name = call.get("ResourceId").split("/")
    service = ecs_backends[call.account][call.region].services[f"{cluster}:{name}"]
    groups = [elb.target_groups.get(item["targetGroupArn"]) for item in service.load_balancers]
    return {
        f"{balancer.partition(':loadbalancer/')[2]}/{group.arn.rpartition(':')[2]}"
        for group in groups
        if group is not None
        for balancer in group.load_balancer_arns
    }


def _check_service(call: Call) -> None:
    _kind, cluster, name = call.get("ResourceId").split("/")
    service = ecs_backends[call.account][call.region].services.get(f"{cluster}:{name}")
    if service is None or service.status != "ACTIVE":
        raise _invalid(f"ECS service doesn't exist: {call.get('ResourceId')}")


def _make_role(call: Call) -> None:
    """Application Auto Scaling User Guide, "Service-linked roles": an account's first call creates it."""
    iam = iam_backends[call.account]["aws"]
    if not any(role.name == LINKED_ROLE for role in iam.roles.values()):
        # moto has another name for it.
        iam.create_service_linked_role(_PRINCIPAL, "", "").name = LINKED_ROLE


def _invalid(message: str) -> AwsError:
    return AwsError("ValidationException", message)
