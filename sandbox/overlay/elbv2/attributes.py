# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Attributes: AWS's whole set with its defaults, and only values that AWS takes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from moto.elbv2.models import FakeListener
from moto.elbv2.responses import ELBV2Response

from sandbox.overlay.base import Call, corrects
from sandbox.overlay.elbv2.common import conflict, group_of, invalid
from sandbox.policies import Request, allowed

Rule = Callable[[str], bool]

# "Step 4: Verify bucket permissions" of the guides to access, connection and health check logs.
_TEST_FILES = {
    "access": "ELBAccessLogTestFile",
    "connection": "ELBConnectionLogTestFile",
    "health_check": "ELBHealthCheckLogTestFile",
}
_LEGACY_ACCOUNTS = {
    "us-east-1": "127311923021",
    "us-east-2": "033677994240",
    "us-west-1": "027434742980",
    "us-west-2": "797873946194",
    "eu-west-1": "156460612806",
    "eu-central-1": "054676820928",
}


def _one_of(*values: str) -> Rule:
    return lambda value: value in values


def _within(lowest: int, highest: int, *others: str) -> Rule:
    return lambda value: value in others or (value.isdigit() and lowest <= int(value) <= highest)


def _matching(pattern: str) -> Rule:
    return lambda value: re.fullmatch(pattern, value) is not None


_BOOLEAN = _one_of("true", "false")
_TEXT: Rule = _matching(r".*")

# Key: default, rule. From LoadBalancerAttribute, for application load balancers.
_LOAD_BALANCER: dict[str, tuple[str, Rule]] = {
    "access_logs.s3.enabled": ("false", _BOOLEAN),
    "access_logs.s3.bucket": ("", _TEXT),
    "access_logs.s3.prefix": ("", _TEXT),
    "client_keep_alive.seconds": ("3600", _within(60, 604800)),
    "connection_logs.s3.enabled": ("false", _BOOLEAN),
    "connection_logs.s3.bucket": ("", _TEXT),
    "connection_logs.s3.prefix": ("", _TEXT),
    "deletion_protection.enabled": ("false", _BOOLEAN),
    "health_check_logs.s3.enabled": ("false", _BOOLEAN),
    "health_check_logs.s3.bucket": ("", _TEXT),
    "health_check_logs.s3.prefix": ("", _TEXT),
    "idle_timeout.timeout_seconds": ("60", _within(1, 4000)),
    "load_balancing.cross_zone.enabled": ("true", _one_of("true")),
    "routing.http.desync_mitigation_mode": ("defensive", _one_of("monitor", "defensive", "strictest")),
    "routing.http.drop_invalid_header_fields.enabled": ("false", _BOOLEAN),
    "routing.http.preserve_host_header.enabled": ("false", _BOOLEAN),
    "routing.http.x_amzn_tls_version_and_cipher_suite.enabled": ("false", _BOOLEAN),
    "routing.http.xff_client_port.enabled": ("false", _BOOLEAN),
    "routing.http.xff_header_processing.mode": ("append", _one_of("append", "preserve", "remove")),
    "routing.http2.enabled": ("true", _BOOLEAN),
    "waf.fail_open.enabled": ("false", _BOOLEAN),
    "zonal_shift.config.enabled": ("false", _BOOLEAN),
}
LOAD_BALANCER_DEFAULTS = {key: default for key, (default, _rule) in _LOAD_BALANCER.items()}

_HEALTH = "target_group_health."
_DNS_COUNT = f"{_HEALTH}dns_failover.minimum_healthy_targets.count"
_DNS_PERCENTAGE = f"{_HEALTH}dns_failover.minimum_healthy_targets.percentage"
_ROUTING_COUNT = f"{_HEALTH}unhealthy_state_routing.minimum_healthy_targets.count"
_ROUTING_PERCENTAGE = f"{_HEALTH}unhealthy_state_routing.minimum_healthy_targets.percentage"
_MOST_TARGETS = 1000

# From TargetGroupAttribute, for application load balancers and targets that are IP addresses.
_TARGET_GROUP: dict[str, tuple[str, Rule]] = {
    "deregistration_delay.timeout_seconds": ("300", _within(0, 3600)),
    "load_balancing.algorithm.anomaly_mitigation": ("off", _one_of("on", "off")),
    "load_balancing.algorithm.type": (
        "round_robin",
        _one_of("round_robin", "least_outstanding_requests", "weighted_random"),
    ),
    "load_balancing.cross_zone.enabled": (
        "use_load_balancer_configuration",
        _one_of("true", "false", "use_load_balancer_configuration"),
    ),
    "slow_start.duration_seconds": ("0", _within(30, 900, "0")),
    "stickiness.enabled": ("false", _BOOLEAN),
    "stickiness.type": ("lb_cookie", _one_of("lb_cookie", "app_cookie")),
    "stickiness.app_cookie.cookie_name": ("", _matching(r"(?!AWSALB).*")),
    "stickiness.app_cookie.duration_seconds": ("86400", _within(1, 604800)),
    "stickiness.lb_cookie.duration_seconds": ("86400", _within(1, 604800)),
    _DNS_COUNT: ("1", _within(1, _MOST_TARGETS, "off")),
    _DNS_PERCENTAGE: ("off", _within(1, 100, "off")),
    _ROUTING_COUNT: ("1", _within(1, _MOST_TARGETS)),
    _ROUTING_PERCENTAGE: ("off", _within(1, 100, "off")),
}
TARGET_GROUP_DEFAULTS = {key: default for key, (default, _rule) in _TARGET_GROUP.items()}

_RESPONSE = "routing.http.response."
_LISTENER_DEFAULTS = {f"{_RESPONSE}server.enabled": "true"} | {
    f"{_RESPONSE}{header}.header_value": ""
    for header in (
        *("strict_transport_security", "access_control_allow_origin", "access_control_allow_methods"),
        *("access_control_allow_headers", "access_control_allow_credentials", "access_control_expose_headers"),
        *("access_control_max_age", "content_security_policy", "x_content_type_options", "x_frame_options"),
    )
}


def _given(call: Call) -> dict[str, str]:
    return {pair["Key"]: str(pair.get("Value", "")) for pair in call.get("Attributes") or []}


def _check(given: Mapping[str, str], known: Mapping[str, tuple[str, Rule]], what: str) -> None:
    for key, value in given.items():
        if key not in known:
            raise invalid(f"{what} attribute key '{key}' is not recognized")
        if not known[key][1](value):
            raise invalid(f"{what} attribute '{key}' has the invalid value '{value}'")


@corrects(ELBV2Response, "ModifyLoadBalancerAttributes")
def _modify_load_balancer(call: Call) -> Any:
    balancer = call.backend.load_balancers.get(call.get("LoadBalancerArn"))
    if balancer is None or balancer.type != "application":
        return call.proceed()
    given = _given(call)
    _check(given, _LOAD_BALANCER, "Load balancer")
    _check_logs(call, balancer.attrs | given)
    balancer.attrs.update(given)
    return {"Attributes": balancer.attrs}


def _check_logs(call: Call, wanted: Mapping[str, str]) -> None:
    """Log delivery needs a bucket whose policy lets AWS write to it."""
    from moto.s3.models import s3_backends  # noqa: PLC0415  # slow, and hardly ever needed

    for kind in ("access", "connection", "health_check"):
        if wanted[f"{kind}_logs.s3.enabled"] != "true":
            continue
        name = wanted[f"{kind}_logs.s3.bucket"]
        if not name:
            raise conflict(f"The value of '{kind}_logs.s3.bucket' cannot be empty")
        bucket = s3_backends[call.account]["aws"].buckets.get(name)
        prefix = wanted[f"{kind}_logs.s3.prefix"]
        key = "/".join([*([prefix] if prefix else []), "AWSLogs", call.account, _TEST_FILES[kind]])
        if bucket is None or bucket.region_name != call.region or not _may_write(call, bucket, key):
            raise conflict(f"Access Denied for bucket: {name}. Please check S3bucket permission")
        s3_backends[call.account]["aws"].put_object(name, key, b"Enable AccessLog for ELB")


def _may_write(call: Call, bucket: Any, key: str) -> bool:
    """Whether the bucket's policy lets log delivery write an object, by its own name or an account's.

    Application Load Balancers User Guide, "Enable access logs", with the legacy bucket policy of older regions.
    """
    if not bucket.policy:
        return False
    document = json.loads(bucket.policy)
    resource = f"arn:aws:s3:::{bucket.name}/{key}"
    context = {"aws:securetransport": ("true",)}
    deliverers = [Request("s3:PutObject", resource, "logdelivery.elasticloadbalancing.amazonaws.com", "", context)]
    account = _LEGACY_ACCOUNTS.get(call.region)
    if account:
        deliverers.append(Request("s3:PutObject", resource, "", account, context))
    return any(allowed([document], each) for each in deliverers)


@corrects(ELBV2Response, "ModifyTargetGroupAttributes")
def modify_target_group(call: Call) -> Any:
    """ModifyTargetGroupAttributes: answers with all of them, as AWS does."""
    group = group_of(call)
    given = _given(call)
    _check(given, _TARGET_GROUP, "Target group")
    wanted = group.attributes | given
    if wanted["stickiness.type"] == "app_cookie" and not wanted["stickiness.app_cookie.cookie_name"]:
        raise conflict("You must set an application cookie name to enable stickiness of type 'app_cookie'")
    for failover, routing in ((_DNS_COUNT, _ROUTING_COUNT), (_DNS_PERCENTAGE, _ROUTING_PERCENTAGE)):
        if "off" not in (wanted[failover], wanted[routing]) and int(wanted[failover]) < int(wanted[routing]):
            raise conflict(f"The value of '{failover}' must be greater than or equal to the value of '{routing}'")
    group.attributes = wanted
    return {"Attributes": wanted}


@corrects(ELBV2Response, "ModifyListenerAttributes")
def _modify_listener(call: Call) -> Any:
    for listener in call.backend.describe_listeners(None, [call.get("ListenerArn")]):
        for key in _given(call):
            if key not in listener.attributes:
                raise invalid(f"Listener attribute key '{key}' is not recognized")
    return call.proceed()


def set_listener_defaults(listener: FakeListener) -> None:
    """The attributes of a new listener of an application load balancer."""
    if listener.protocol in ("HTTP", "HTTPS"):
        listener.attributes = dict(_LISTENER_DEFAULTS)
