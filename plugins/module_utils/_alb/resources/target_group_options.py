# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The values of a target group's fields that the options ask for. Pure."""

from __future__ import annotations

import re
import typing as t

from ..._aws.validation import check_range
from ..._engine.errors import SpecError
from ..._engine.field import attribute_value
from .target_group import KIND_OF_TARGETS

# Reserved by the load balancer (TargetGroupAttribute, stickiness.app_cookie.cookie_name).
_RESERVED_COOKIES: t.Final = ("AWSALB", "AWSALBAPP", "AWSALBTG")
# A token of RFC 6265.
_COOKIE = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,256}")
_WEEK = 604800
_PATH = re.compile(r"/[!-~]{0,1023}")


def parse_values(params: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """The values of all fields, by name. Raises SpecError."""
    return {
        "vpc_id": params["vpc_id"],
        "target_port": check_range("target_port", params["target_port"], 1, 65535),
        "target_protocol": params["target_protocol"],
        **KIND_OF_TARGETS,
        **_health_check(params["health_check"]),
        **_attributes(params),
    }


def _health_check(options: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    # Ranges: API reference CreateTargetGroup.
    if not _PATH.fullmatch(options["path"]):
        raise SpecError("health_check.path", f"{options['path']!r} is not a path.", "Start with '/', no blanks.")
    for name, low, high in (
        ("interval", 5, 300),
        ("timeout", 2, 120),
        ("healthy_threshold", 2, 10),
        ("unhealthy_threshold", 2, 10),
    ):
        check_range(f"health_check.{name}", options[name], low, high)
    if options["timeout"] >= options["interval"]:
        raise SpecError(
            "health_check.timeout", f"{options['timeout']} s is not less than the interval, {options['interval']} s."
        )
    checked = {**options, "matcher": _matcher(options["matcher"]), "port": _health_check_port(options["port"])}
    return {f"health_check.{name}": value for name, value in checked.items()}


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
    return str(check_range("health_check.port", int(text), 1, 65535))


def _attributes(params: t.Mapping[str, t.Any]) -> dict[str, str]:
    algorithm = params["algorithm"]
    check_range("deregistration_delay", params["deregistration_delay"], 0, 3600)
    check_range("slow_start", params["slow_start"], 30, 900, also=(0,))
    if params["anomaly_mitigation"] and algorithm != "weighted_random":
        raise SpecError("anomaly_mitigation", f"does not work with the algorithm {algorithm}.", "Use weighted_random.")
    if params["slow_start"] and algorithm != "round_robin":
        raise SpecError("slow_start", f"does not work with the algorithm {algorithm}.", "Use round_robin, or 0.")
    plain = ("deregistration_delay", "slow_start", "algorithm", "cross_zone")
    return {
        **{name: attribute_value(params[name]) for name in plain},
        "anomaly_mitigation": "on" if params["anomaly_mitigation"] else "off",
        **_stickiness(params["stickiness"]),
        **_thresholds(params),
    }


def _stickiness(options: t.Mapping[str, t.Any]) -> dict[str, str]:
    kind = options["type"]
    wanted = {
        "stickiness.enabled": attribute_value(options["enabled"]),
        "stickiness.type": kind,
        f"stickiness.{kind}.duration": str(check_range("stickiness.duration", options["duration"], 1, _WEEK)),
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
    return {**wanted, "stickiness.cookie_name": name}


def _thresholds(params: t.Mapping[str, t.Any]) -> dict[str, str]:
    wanted: dict[str, str] = {}
    for unit, most in (("count", 1000), ("percentage", 100)):
        name = f"minimum_healthy_targets_{unit}"
        dns, routing = (_threshold(of, name, most, params) for of in ("dns_failover", "unhealthy_state_routing"))
        if routing == "off" and unit == "count":
            raise SpecError(f"unhealthy_state_routing.{name}", "cannot be off.", "Use 1 or more.")
        if "off" not in (dns, routing) and int(dns) < int(routing):
            raise SpecError(
                f"dns_failover.{name}",
                f"{dns} is less than {routing}, that of unhealthy_state_routing.",
                "DNS must fail over before, or when, the load balancer starts to send to unhealthy targets.",
            )
        wanted |= {f"dns_failover.{name}": dns, f"unhealthy_state_routing.{name}": routing}
    return wanted


def _threshold(option: str, name: str, most: int, params: t.Mapping[str, t.Any]) -> str:
    text = str(params[option][name]).lower()
    # `off` without quotes is false to YAML.
    if text in ("off", "false"):
        return "off"
    if not text.isascii() or not text.isdigit():
        raise SpecError(f"{option}.{name}", f"{text!r} is neither a number nor 'off'.")
    return str(check_range(f"{option}.{name}", int(text), 1, most))


def never_unhealthy_to_dns(values: t.Mapping[str, t.Any]) -> bool:
    """Whether both thresholds of dns_failover are off."""
    return all(values[f"dns_failover.minimum_healthy_targets_{unit}"] == "off" for unit in ("count", "percentage"))
