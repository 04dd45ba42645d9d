# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Target groups: settings in AWS's ranges, and the same again is the same."""

from __future__ import annotations

import re
from typing import Any

from moto.elbv2.responses import ELBV2Response

from sandbox.overlay import quotas
from sandbox.overlay.base import AwsError, Call, corrects
from sandbox.overlay.elbv2.attributes import TARGET_GROUP_DEFAULTS
from sandbox.overlay.elbv2.common import forget_tags, given_tags, invalid, relink, tags_of
from sandbox.overlay.elbv2.targets import registered

_RANGES = {
    "HealthCheckIntervalSeconds": (5, 300),
    "HealthCheckTimeoutSeconds": (2, 120),
    "HealthyThresholdCount": (2, 10),
    "UnhealthyThresholdCount": (2, 10),
    "Port": (1, 65535),
}
_CODE = r"[2-4]\d\d"
_CODES = re.compile(rf"{_CODE}(-{_CODE})?(,{_CODE}(-{_CODE})?)*")
# Setting: the attribute of moto's target group, the default for HTTP.
_SETTINGS: dict[str, tuple[str, Any]] = {
    "Protocol": ("protocol", None),
    "ProtocolVersion": ("protocol_version", "HTTP1"),
    "Port": ("port", None),
    "VpcId": ("vpc_id", None),
    "TargetType": ("target_type", "instance"),
    "IpAddressType": ("ip_address_type", "ipv4"),
    "HealthCheckProtocol": ("health_check_protocol", "HTTP"),
    "HealthCheckPort": ("health_check_port", "traffic-port"),
    "HealthCheckPath": ("health_check_path", "/"),
    "HealthCheckIntervalSeconds": ("health_check_interval_seconds", 30),
    "HealthCheckTimeoutSeconds": ("health_check_timeout_seconds", 5),
    "HealthyThresholdCount": ("healthy_threshold_count", 5),
    "UnhealthyThresholdCount": ("unhealthy_threshold_count", 2),
}


@corrects(ELBV2Response, "CreateTargetGroup")
def _create(call: Call) -> Any:
    _check(call)
    for existing in call.backend.target_groups.values():
        if existing.name == call.get("Name"):
            return _again(call, existing)
    refusal = AwsError("TooManyTargetGroups", "The maximum number of target groups has been reached")
    quotas.TARGET_GROUPS.keep(call, len(call.backend.target_groups), refusal)
    tags = call.params.pop("Tags", [])
    result = call.proceed()
    group = result["TargetGroups"][0]
    if group.protocol in ("HTTP", "HTTPS"):
        group.attributes = dict(TARGET_GROUP_DEFAULTS)
    call.backend.tagging_service.tag_resource(group.arn, tags)
    return result


@corrects(ELBV2Response, "ModifyTargetGroup")
def _modify(call: Call) -> Any:
    _check(call, call.backend.target_groups.get(call.get("TargetGroupArn")))
    return call.proceed()


@corrects(ELBV2Response, "DescribeTargetGroups")
def describe(call: Call) -> Any:
    """DescribeTargetGroups returns the load balancers that use a group now; none is no error."""
    elb, balancer = call.backend, call.get("LoadBalancerArn")
    relink(call.world, elb)
    unused = all(balancer not in group.load_balancer_arns for group in elb.target_groups.values())
    if balancer in elb.load_balancers and unused:
        return {"TargetGroups": []}
    return call.proceed()


@corrects(ELBV2Response, "DeleteTargetGroup")
def delete(call: Call) -> Any:
    """DeleteTargetGroup deletes targets and tags too."""
    arn = call.get("TargetGroupArn")
    if arn not in call.backend.target_groups:
        # "Deletes the specified target group": AWS does not mind one that is gone.
        return {}
    result = call.proceed()
    registered(call.world, arn).clear()
    forget_tags(call.backend, arn)
    return result


def _again(call: Call, existing: Any) -> Any:
    same = all(
        str(call.get(setting) or default) == str(getattr(existing, attribute))
        for setting, (attribute, default) in _SETTINGS.items()
    )
    matcher = (call.get("Matcher") or {}).get("HttpCode", "200") == existing.matcher.get("HttpCode")
    if not (same and matcher and given_tags(call) == tags_of(call.backend, existing.arn)):
        raise AwsError(
            "DuplicateTargetGroupName",
            f"A target group with the same name '{existing.name}' exists, but with different settings",
        )
    return {"TargetGroups": [existing]}


def _check(call: Call, existing: Any = None) -> None:
    """Refuse settings that AWS refuses, alone or with those of an existing group."""
    for setting, (lowest, highest) in _RANGES.items():
        value = call.get(setting)
        if value is not None and not lowest <= int(value) <= highest:
            raise invalid(f"{setting} '{value}' must be in the range {lowest}-{highest}")
    path = call.get("HealthCheckPath")
    if path is not None and not re.fullmatch(r"/[\x21-\x7e]{0,1023}", path):
        raise invalid(f"Health check path '{path}' must begin with a '/' character and be at most 1024 characters long")
    port = call.get("HealthCheckPort")
    if port is not None and port != "traffic-port" and not (port.isdigit() and 1 <= int(port) <= 65535):
        raise invalid(f"Health check port '{port}' must be 'traffic-port' or in the range 1-65535")
    codes = (call.get("Matcher") or {}).get("HttpCode")
    if codes is not None and not _CODES.fullmatch(codes):
        raise invalid(f"Health check matcher HTTP code '{codes}' must be within '200-499' inclusive")
    timeout, interval = (
        call.get(setting) or getattr(existing, _SETTINGS[setting][0], None)
        for setting in ("HealthCheckTimeoutSeconds", "HealthCheckIntervalSeconds")
    )
    if timeout and interval and int(timeout) >= int(interval):
        raise invalid(f"Health check timeout '{timeout}' must be smaller than the interval '{interval}'")
