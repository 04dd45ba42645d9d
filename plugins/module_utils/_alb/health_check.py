# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The target group's health check. Pure."""

from __future__ import annotations

import dataclasses
import re
import typing as t

from .._engine.errors import SpecError
from .attributes import check_range


@dataclasses.dataclass(frozen=True, kw_only=True)
class HealthCheck:
    """How the load balancer finds out whether a target is healthy.

    :param interval: seconds, as is ``timeout``.
    :param matcher: HTTP codes (``200-299,301``).
    :param port: a number, or ``traffic-port``.
    """

    path: str
    matcher: str
    interval: int
    timeout: int
    healthy_threshold: int
    unhealthy_threshold: int
    port: str
    protocol: str


_PATH = re.compile(r"/[!-~]{0,1023}")


def parse_health_check(options: t.Mapping[str, t.Any]) -> HealthCheck:
    """The health check from option ``health_check``. Raises SpecError."""
    # Ranges: API reference CreateTargetGroup.
    if not _PATH.fullmatch(options["path"]):
        raise SpecError("health_check.path", f"{options['path']!r} is not a path.", "Start with '/', no blanks.")
    interval = check_range("health_check.interval", options["interval"], 5, 300)
    timeout = check_range("health_check.timeout", options["timeout"], 2, 120)
    if timeout >= interval:
        raise SpecError("health_check.timeout", f"{timeout} s is not less than the interval, {interval} s.")
    return HealthCheck(
        path=options["path"],
        matcher=_matcher(options["matcher"]),
        interval=interval,
        timeout=timeout,
        healthy_threshold=check_range("health_check.healthy_threshold", options["healthy_threshold"], 2, 10),
        unhealthy_threshold=check_range("health_check.unhealthy_threshold", options["unhealthy_threshold"], 2, 10),
        port=_health_check_port(options["port"]),
        protocol=options["protocol"],
    )


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
