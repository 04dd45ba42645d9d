# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Attributes of load balancers and target groups: option, API key, AWS's default and limits.

Sources: API references LoadBalancerAttribute and TargetGroupAttribute of Elastic Load Balancing.
"""

from __future__ import annotations

import dataclasses
import typing as t

from .._engine.errors import SpecError


@dataclasses.dataclass(frozen=True, kw_only=True)
class Attribute:
    """An attribute that one option sets.

    :param aws_default: what AWS gives a new resource, in AWS's spelling. An attribute that AWS does not report, in a
        region that does not know it yet, counts as having it.
    :param low: smallest value of an integer; ``high`` the largest, ``also`` values that are allowed outside.
    :param flag: AWS's spelling of false and true.
    """

    option: str
    key: str
    aws_default: str
    low: int = 0
    high: int = 0
    also: tuple[int, ...] = ()
    flag: tuple[str, str] = ("false", "true")

    def parse(self, params: t.Mapping[str, t.Any]) -> str:
        """The value in AWS's spelling. Raises SpecError if an integer is out of range."""
        value = params[self.option]
        if isinstance(value, bool):
            return self.flag[bool(value)]
        if isinstance(value, int) and value not in self.also:
            check_range(self.option, value, self.low, self.high, also=self.also)
        return str(value)


def check_range(option: str, value: int, low: int, high: int, *, also: t.Collection[int] = ()) -> int:
    """``value``, if it is within ``low`` and ``high`` or one of ``also``. Raises SpecError."""
    if low <= value <= high or value in also:
        return value
    extra = "".join(f", or {number}" for number in also)
    raise SpecError(option, f"{value} is out of range.", f"AWS allows {low} to {high}{extra}.")


LOAD_BALANCER: t.Final = (
    Attribute(option="deletion_protection", key="deletion_protection.enabled", aws_default="false"),
    Attribute(option="idle_timeout", key="idle_timeout.timeout_seconds", aws_default="60", low=1, high=4000),
    Attribute(
        option="client_keep_alive",
        key="client_keep_alive.seconds",
        aws_default="3600",
        low=60,
        high=604800,
    ),
    Attribute(option="http2", key="routing.http2.enabled", aws_default="true"),
    # Stricter than AWS's default: Security Hub control ELB.4.
    Attribute(
        option="drop_invalid_header_fields",
        key="routing.http.drop_invalid_header_fields.enabled",
        aws_default="false",
    ),
    Attribute(
        option="desync_mitigation_mode",
        key="routing.http.desync_mitigation_mode",
        aws_default="defensive",
    ),
    Attribute(
        option="preserve_host_header",
        key="routing.http.preserve_host_header.enabled",
        aws_default="false",
    ),
    Attribute(
        option="xff_header_processing_mode",
        key="routing.http.xff_header_processing.mode",
        aws_default="append",
    ),
    Attribute(option="xff_client_port", key="routing.http.xff_client_port.enabled", aws_default="false"),
    Attribute(
        option="tls_headers",
        key="routing.http.x_amzn_tls_version_and_cipher_suite.enabled",
        aws_default="false",
    ),
    Attribute(option="waf_fail_open", key="waf.fail_open.enabled", aws_default="false"),
    Attribute(option="zonal_shift", key="zonal_shift.config.enabled", aws_default="false"),
)

TARGET_GROUP: t.Final = (
    Attribute(
        option="deregistration_delay",
        key="deregistration_delay.timeout_seconds",
        aws_default="300",
        low=0,
        high=3600,
    ),
    Attribute(
        option="slow_start",
        key="slow_start.duration_seconds",
        aws_default="0",
        low=30,
        high=900,
        also=(0,),
    ),
    Attribute(
        option="algorithm",
        key="load_balancing.algorithm.type",
        aws_default="round_robin",
    ),
    Attribute(
        option="anomaly_mitigation",
        key="load_balancing.algorithm.anomaly_mitigation",
        aws_default="off",
        flag=("off", "on"),
    ),
    Attribute(
        option="cross_zone",
        key="load_balancing.cross_zone.enabled",
        aws_default="use_load_balancer_configuration",
    ),
)

LOGS: t.Final = ("access_logs", "connection_logs", "health_check_logs")

DNS_FAILOVER: t.Final = "target_group_health.dns_failover.minimum_healthy_targets"
UNHEALTHY_ROUTING: t.Final = "target_group_health.unhealthy_state_routing.minimum_healthy_targets"

# What AWS gives a new resource, for the attributes that more than one option, or a suboption, sets.
_OTHER_DEFAULTS: t.Final = {
    **{f"{log}.s3.enabled": "false" for log in LOGS},
    **{f"{log}.s3.{part}": "" for log in LOGS for part in ("bucket", "prefix")},
    f"{DNS_FAILOVER}.count": "1",
    f"{DNS_FAILOVER}.percentage": "off",
    f"{UNHEALTHY_ROUTING}.count": "1",
    f"{UNHEALTHY_ROUTING}.percentage": "off",
    "stickiness.enabled": "false",
    "stickiness.type": "lb_cookie",
    "stickiness.lb_cookie.duration_seconds": "86400",
    "stickiness.app_cookie.cookie_name": "",
    "stickiness.app_cookie.duration_seconds": "86400",
}
AWS_DEFAULTS: t.Final[t.Mapping[str, str]] = {
    **{attribute.key: attribute.aws_default for attribute in (*LOAD_BALANCER, *TARGET_GROUP)},
    **_OTHER_DEFAULTS,
}


def effective(reported: t.Mapping[str, str], desired: t.Mapping[str, str]) -> dict[str, str]:
    """The values in force of the attributes in ``desired``: as reported, else AWS's default."""
    return {key: reported.get(key, AWS_DEFAULTS[key]) for key in desired}


def drift(reported: t.Mapping[str, str], desired: t.Mapping[str, str]) -> dict[str, str]:
    """The attributes to set."""
    now = effective(reported, desired)
    return {key: value for key, value in desired.items() if now[key] != value}
