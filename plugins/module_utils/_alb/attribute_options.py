# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The attributes that the options ask for. Pure."""

from __future__ import annotations

import re
import typing as t

from .._engine.errors import SpecError
from . import attributes
from .attributes import check_range

# Reserved by the load balancer (TargetGroupAttribute, stickiness.app_cookie.cookie_name).
_RESERVED_COOKIES: t.Final = ("AWSALB", "AWSALBAPP", "AWSALBTG")
# A token of RFC 6265.
_COOKIE = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,256}")
_WEEK = 604800


def load_balancer_attributes(params: t.Mapping[str, t.Any]) -> dict[str, str]:
    """All attributes of the load balancer by AWS's keys. Raises SpecError."""
    wanted = {attribute.key: attribute.parse(params) for attribute in attributes.LOAD_BALANCER}
    for log in attributes.LOGS:
        wanted.update(_log(log, params[log]))
    return wanted


def target_group_attributes(params: t.Mapping[str, t.Any]) -> dict[str, str]:
    """All attributes of the target group by AWS's keys. Raises SpecError."""
    wanted = {attribute.key: attribute.parse(params) for attribute in attributes.TARGET_GROUP}
    algorithm = params["algorithm"]
    if params["anomaly_mitigation"] and algorithm != "weighted_random":
        raise SpecError("anomaly_mitigation", f"does not work with the algorithm {algorithm}.", "Use weighted_random.")
    if params["slow_start"] and algorithm != "round_robin":
        raise SpecError("slow_start", f"does not work with the algorithm {algorithm}.", "Use round_robin, or 0.")
    return {**wanted, **_stickiness(params["stickiness"]), **_thresholds(params)}


def _log(name: str, options: t.Mapping[str, t.Any] | None) -> dict[str, str]:
    if not options:
        # Where logs went before is of no interest any more, and AWS may keep it.
        return {f"{name}.s3.enabled": "false"}
    prefix = (options["prefix"] or "").strip("/")
    if "AWSLogs" in prefix:
        raise SpecError(f"{name}.prefix", "must not contain AWSLogs.", "AWS adds that part itself.")
    return {f"{name}.s3.enabled": "true", f"{name}.s3.bucket": options["bucket"], f"{name}.s3.prefix": prefix}


def _stickiness(options: t.Mapping[str, t.Any]) -> dict[str, str]:
    kind = options["type"]
    wanted = {
        "stickiness.enabled": str(options["enabled"]).lower(),
        "stickiness.type": kind,
        f"stickiness.{kind}.duration_seconds": str(check_range("stickiness.duration", options["duration"], 1, _WEEK)),
    }
    if kind == "lb_cookie":
        return wanted
    name = options["cookie_name"] or ""
    if not _COOKIE.fullmatch(name) or name.startswith(_RESERVED_COOKIES):
        raise SpecError(
            "stickiness.cookie_name",
            f"{name!r} cannot be used.",
            "The type app_cookie needs the name of a cookie that your application sets, not starting with AWSALB.",
        )
    return {**wanted, "stickiness.app_cookie.cookie_name": name}


def _thresholds(params: t.Mapping[str, t.Any]) -> dict[str, str]:
    wanted: dict[str, str] = {}
    for unit, most in (("count", 1000), ("percentage", 100)):
        dns = _threshold("dns_failover", unit, most, params)
        routing = _threshold("unhealthy_state_routing", unit, most, params)
        if routing == "off" and unit == "count":
            raise SpecError("unhealthy_state_routing.minimum_healthy_targets_count", "cannot be off.", "Use 1 or more.")
        if "off" not in (dns, routing) and int(dns) < int(routing):
            raise SpecError(
                f"dns_failover.minimum_healthy_targets_{unit}",
                f"{dns} is less than {routing}, that of unhealthy_state_routing.",
                "DNS must fail over before, or when, the load balancer starts to send to unhealthy targets.",
            )
        wanted[f"{attributes.DNS_FAILOVER}.{unit}"] = dns
        wanted[f"{attributes.UNHEALTHY_ROUTING}.{unit}"] = routing
    return wanted


def _threshold(option: str, unit: str, most: int, params: t.Mapping[str, t.Any]) -> str:
    name = f"minimum_healthy_targets_{unit}"
    text = str(params[option][name]).lower()
    # `off` without quotes is false to YAML.
    if text in ("off", "false"):
        return "off"
    if not text.isascii() or not text.isdigit():
        raise SpecError(f"{option}.{name}", f"{text!r} is neither a number nor 'off'.")
    return str(check_range(f"{option}.{name}", int(text), 1, most))
