# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The desired target group, from the options, with AWS's limits. Pure.

Sources: Elastic Load Balancing API, CreateTargetGroup and TargetGroupAttribute.
"""

from __future__ import annotations

import dataclasses
import re
import typing as t

from .._aws.limits import PORTS
from .._aws.validation import check_range
from .._engine.errors import SpecError

DNS_COUNT: t.Final = "dns_failover.minimum_healthy_targets_count"
DNS_PERCENTAGE: t.Final = "dns_failover.minimum_healthy_targets_percentage"
_OFF: t.Final = "off"

_PATH: t.Final = re.compile(r"/[!-~]{0,1023}")
# Reserved by the load balancer (TargetGroupAttribute, stickiness.app_cookie.cookie_name).
_RESERVED_COOKIES: t.Final = ("AWSALB", "AWSALBAPP", "AWSALBTG")
# A token of RFC 6265.
_COOKIE: t.Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,256}")
_WEEK: t.Final = 604800
# Suboption of health_check → (least, most).
_HEALTH_RANGES: t.Final = {
    "interval": (5, 300),
    "timeout": (2, 120),
    "healthy_threshold": (2, 10),
    "unhealthy_threshold": (2, 10),
}


@dataclasses.dataclass(frozen=True, kw_only=True)
class TargetGroupSpec:
    """The target group.

    :param values: by the names in resources/target_group_fields.py.
    :param evaluated: whether Route 53 judges the region by the health of targets.
    """

    target_group_name: str
    values: t.Mapping[str, t.Any]
    evaluated: bool = True


def parse_target_group(params: t.Mapping[str, t.Any], *, target_group_name: str, port: int) -> TargetGroupSpec:
    """The target group from a module's parameters. Raises SpecError."""
    return TargetGroupSpec(
        target_group_name=target_group_name,
        values={
            "container_port": port,
            "target_protocol": params["target_protocol"],
            "vpc_id": params["vpc_id"],
            "target_type": "ip",
            "protocol_version": "HTTP1",
            "ip_address_type": "ipv4",
            **_health_check(params["health_check"]),
            **_attributes(params),
            **_stickiness(params["stickiness"]),
            **_thresholds(params),
        },
        evaluated=params["evaluate_target_health"],
    )


def undecided(spec: TargetGroupSpec) -> TargetGroupSpec:
    """The target group with thresholds that keep its health out of DNS."""
    return dataclasses.replace(spec, values={**spec.values, DNS_COUNT: _OFF, DNS_PERCENTAGE: _OFF})


def decides(spec: TargetGroupSpec) -> bool:
    """Whether unhealthy targets can take the load balancer out of DNS."""
    return not spec.values[DNS_COUNT] == spec.values[DNS_PERCENTAGE] == _OFF


def _health_check(options: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    if not _PATH.fullmatch(options["path"]):
        raise SpecError("health_check.path", f"{options['path']!r} is not a path.", "Start with '/', no blanks.")
    for name, (low, high) in _HEALTH_RANGES.items():
        check_range(f"health_check.{name}", options[name], low, high)
    if options["timeout"] >= options["interval"]:
        what = f"{options['timeout']} s is not less than the interval, {options['interval']} s."
        raise SpecError("health_check.timeout", what)
    values = {**options, "matcher": _matcher(options["matcher"]), "port": _health_check_port(options["port"])}
    return {f"health_check.{name}": value for name, value in values.items()}


def _matcher(text: str) -> str:
    compact = text.replace(" ", "")
    for part in compact.split(","):
        match = re.fullmatch(r"(\d{3})(?:-(\d{3}))?", part)
        if not match or not 200 <= int(match[1]) <= int(match[2] or match[1]) <= 499:
            raise SpecError(
                "health_check.matcher", f"{text!r} is not valid.", "Write codes from 200 to 499, such as 200-299,301."
            )
    return compact


def _health_check_port(text: str) -> str:
    if text == "traffic-port":
        return text
    if not text.isascii() or not text.isdigit():
        raise SpecError("health_check.port", f"{text!r} is not a port.", "Write a number, or traffic-port.")
    return str(check_range("health_check.port", int(text), *PORTS))


def _attributes(params: t.Mapping[str, t.Any]) -> dict[str, str]:
    delay = check_range("deregistration_delay", params["deregistration_delay"], 0, 3600)
    slow_start = check_range("slow_start", params["slow_start"], 30, 900, also=(0,))
    algorithm = params["algorithm"]
    if params["anomaly_mitigation"] and algorithm != "weighted_random":
        raise SpecError("anomaly_mitigation", f"does not work with the algorithm {algorithm}.", "Use weighted_random.")
    if slow_start and algorithm != "round_robin":
        raise SpecError("slow_start", f"does not work with the algorithm {algorithm}.", "Use round_robin, or 0.")
    return {
        "deregistration_delay": str(delay),
        "slow_start": str(slow_start),
        "algorithm": algorithm,
        "anomaly_mitigation": "on" if params["anomaly_mitigation"] else _OFF,
        "cross_zone": params["cross_zone"],
    }


def _stickiness(options: t.Mapping[str, t.Any]) -> dict[str, str]:
    kind = options["type"]
    values = {
        "stickiness.enabled": str(options["enabled"]).lower(),
        "stickiness.type": kind,
        f"stickiness.{kind}.duration": str(check_range("stickiness.duration", options["duration"], 1, _WEEK)),
    }
    if kind == "lb_cookie":
        return values
    name = options["cookie_name"] or ""
    if not _COOKIE.fullmatch(name) or name.startswith(_RESERVED_COOKIES):
        raise SpecError(
            "stickiness.cookie_name",
            f"{name!r} cannot be used.",
            "The type app_cookie needs the name of a cookie that your application sets, not starting with AWSALB.",
        )
    return {**values, "stickiness.cookie_name": name}


def _thresholds(params: t.Mapping[str, t.Any]) -> dict[str, str]:
    """``off`` for both thresholds of dns_failover keeps the group's health out of DNS.

    ELB user guide, "Target group attributes": "When off, DNS fail away is disabled, meaning that even if all targets in
    the target group are unhealthy, the zone is not removed from DNS." Route 53's documents disagree about a group
    without registered targets: "every target group that contains targets must contain at least one healthy target",
    and "a target group that has no registered targets is considered unhealthy" (API, EvaluateTargetHealth). The first
    is assumed here; a service that must never affect DNS keeps at least one task, or has no port.

    Of two target groups, one is usually empty or not healthy yet.
    """
    values: dict[str, str] = {}
    decisive = params["decides_failover"] and params["deployment_strategy"] is None
    for unit, most in (("count", 1000), ("percentage", 100)):
        dns = _threshold("dns_failover", unit, most, params) if decisive else _OFF
        routing = _threshold("unhealthy_state_routing", unit, most, params)
        if routing == _OFF and unit == "count":
            raise SpecError("unhealthy_state_routing.minimum_healthy_targets_count", "cannot be off.", "Use 1 or more.")
        if _OFF not in (dns, routing) and int(dns) < int(routing):
            raise SpecError(
                f"dns_failover.minimum_healthy_targets_{unit}",
                f"{dns} is less than {routing}, that of unhealthy_state_routing.",
                "DNS must fail over before, or when, the load balancer starts to send to unhealthy targets.",
            )
        values[f"dns_failover.minimum_healthy_targets_{unit}"] = dns
        values[f"unhealthy_state_routing.minimum_healthy_targets_{unit}"] = routing
    return values


def _threshold(option: str, unit: str, most: int, params: t.Mapping[str, t.Any]) -> str:
    name = f"minimum_healthy_targets_{unit}"
    text = str(params[option][name]).lower()
    # `off` without quotes is false to YAML.
    if text in (_OFF, "false"):
        return _OFF
    if not text.isascii() or not text.isdigit():
        raise SpecError(f"{option}.{name}", f"{text!r} is neither a number nor 'off'.")
    return str(check_range(f"{option}.{name}", int(text), 1, most))
