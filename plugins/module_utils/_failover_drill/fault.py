# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fault as values: its calls, and its exact undo. Needs only the standard library."""

from __future__ import annotations

import dataclasses
import re
import typing as t

STOP_TASKS: t.Final = "stop_tasks"
BLOCK_ALB: t.Final = "block_alb"
UNHEALTHY_APP: t.Final = "unhealthy_app"
SWITCH: t.Final = "switch"
EXTERNAL: t.Final = "external"
FAULTS: t.Final = (STOP_TASKS, BLOCK_ALB, UNHEALTHY_APP, SWITCH, EXTERNAL)

# The tag of broken resources. Its value names the drill and the former state.
TAG: t.Final = "everlook.failover/drill"
# boto3's names of the services whose resources are marked
MARKED: t.Final = ("ec2", "ecs", "elbv2", "cloudwatch")
# The limits of a tag's value that hold for ECS, ELB, EC2 and CloudWatch alike (ELB API reference, Tag)
_TAG_LIMIT: t.Final = 256
_NOT_IN_TAGS: t.Final = re.compile(r"[^A-Za-z0-9 +\-=._:/@]")

# (service, region, method of the boto3 client, parameters) → its answer. Raises botocore's errors.
CallAws: t.TypeAlias = "t.Callable[[str, str, str, t.Mapping[str, t.Any]], dict[str, t.Any]]"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Undo:
    """Everything needed to undo a fault, to be saved before anything is broken.

    :param kind: one of FAULTS.
    :param data: JSON for the function of that kind in undo.py.
    """

    kind: str
    region: str
    data: t.Mapping[str, t.Any]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Tagged:
    """A resource that carries TAG while it is broken.

    :param service: boto3's name of the service.
    :param resource: its ARN; the id for EC2.
    """

    service: str
    region: str
    resource: str


@dataclasses.dataclass(frozen=True)
class ApiCall:
    """A call of AWS's API that breaks something."""

    service: str
    region: str
    method: str
    parameters: t.Mapping[str, t.Any]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Fault:
    """A fault that is ready to be made.

    :param text: what is broken, for people; completes "us-east-1: ".
    :param by_hand: how to undo it without this collection.
    :param calls: make the fault, in this order; empty if a command or a person does.
    :param command: a program with its arguments that makes the fault instead.
    :param repeat: seconds between repetitions of the calls until traffic has moved; 0 for once.
    :param before: the former state in the short form for the tag.
    """

    kind: str
    region: str
    text: str
    by_hand: str
    undo: Undo
    calls: tuple[ApiCall, ...] = ()
    command: tuple[str, ...] = ()
    tagged: tuple[Tagged, ...] = ()
    repeat: float = 0.0
    before: str = ""

    def tag(self, drill_id: str, digest: str) -> str:
        """The value of TAG. ``digest`` is that of the drill's journal."""
        text = _NOT_IN_TAGS.sub("_", f"{drill_id} {digest} {self.kind} before={self.before}")
        return text[:_TAG_LIMIT].rstrip()


def tag_call(tagged: Tagged, value: str, *, key: str = TAG) -> ApiCall:
    """The call that marks a resource as broken by a drill."""
    pair = {"Key": key, "Value": value}
    calls: dict[str, tuple[str, dict[str, t.Any]]] = {
        "ec2": ("create_tags", {"Resources": [tagged.resource], "Tags": [pair]}),
        "ecs": ("tag_resource", {"resourceArn": tagged.resource, "tags": [{"key": key, "value": value}]}),
        "elbv2": ("add_tags", {"ResourceArns": [tagged.resource], "Tags": [pair]}),
        "cloudwatch": ("tag_resource", {"ResourceARN": tagged.resource, "Tags": [pair]}),
    }
    return ApiCall(tagged.service, tagged.region, *calls[tagged.service])


def untag_call(tagged: Tagged) -> ApiCall:
    """The call that removes the mark."""
    calls: dict[str, tuple[str, dict[str, t.Any]]] = {
        "ec2": ("delete_tags", {"Resources": [tagged.resource], "Tags": [{"Key": TAG}]}),
        "ecs": ("untag_resource", {"resourceArn": tagged.resource, "tagKeys": [TAG]}),
        "elbv2": ("remove_tags", {"ResourceArns": [tagged.resource], "TagKeys": [TAG]}),
        "cloudwatch": ("untag_resource", {"ResourceARN": tagged.resource, "TagKeys": [TAG]}),
    }
    return ApiCall(tagged.service, tagged.region, *calls[tagged.service])


def scaling_call(region: str, service: t.Mapping[str, t.Any], *, suspended: bool | None) -> ApiCall:
    """The call that suspends or resumes Application Auto Scaling of a service.

    :param service: its ``cluster`` and ``service``.
    :param suspended: None changes nothing.
    """
    parameters: dict[str, t.Any] = {
        "ServiceNamespace": "ecs",
        "ResourceId": f"service/{service['cluster']}/{service['service']}",
        "ScalableDimension": "ecs:service:DesiredCount",
    }
    if suspended is not None:
        # RegisterScalableTarget, SuspendedState
        parameters["SuspendedState"] = {
            "DynamicScalingInSuspended": suspended,
            "DynamicScalingOutSuspended": suspended,
            "ScheduledScalingSuspended": suspended,
        }
    return ApiCall("application-autoscaling", region, "register_scalable_target", parameters)


def data_point(metric: t.Mapping[str, t.Any], value: float) -> dict[str, t.Any]:
    """PutMetricData's request for one point of a switch's metric."""
    return {
        "Namespace": metric["namespace"],
        "MetricData": [{"MetricName": metric["metric"], "Dimensions": metric["dimensions"], "Value": value}],
    }
