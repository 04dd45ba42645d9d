# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a release shifts requests from one target group to the other, from the options, with AWS's limits. Pure.

Sources: ECS API, DeploymentConfiguration, CanaryConfiguration, LinearConfiguration; Developer Guide, "Amazon ECS
blue/green deployments".
"""

from __future__ import annotations

import dataclasses
import typing as t

from .._aws.validation import check_range
from .._engine.errors import SpecError
from .spec_scaling import Scaling

ROLLING: t.Final = "ROLLING"
_OPTION: t.Final = "deployment_strategy"
_MINUTES: t.Final = (0, 1440)
_BLUE_GREEN: t.Final = "blue_green"
# Type → member of DeploymentConfiguration, its names for percent and interval, their defaults, and the least percent.
_STAGED: t.Final[t.Mapping[str, tuple[str, str, str, float, int, float]]] = {
    "canary": ("canaryConfiguration", "canaryPercent", "canaryBakeTimeInMinutes", 5.0, 10, 0.1),
    "linear": ("linearConfiguration", "stepPercent", "stepBakeTimeInMinutes", 10.0, 6, 3.0),
}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Shift:
    """How a release shifts requests.

    :param strategy: ECS's name of it.
    :param bake_time: minutes that the former tasks stay after all requests go to the new ones.
    :param steps: the canary or linear member of DeploymentConfiguration; empty for blue/green.
    """

    strategy: str
    bake_time: int
    steps: t.Mapping[str, t.Mapping[str, float]]


def parse_shift(params: t.Mapping[str, t.Any], scaling: Scaling | None) -> Shift | None:
    """The strategy from a module's parameters; None for a rolling one. Raises SpecError."""
    given = params[_OPTION]
    if given is None:
        return None
    _check_service(params, scaling)
    bake = check_range(f"{_OPTION}.bake_time", given["bake_time"], *_MINUTES)
    steps, minutes = _parse_steps(given)
    minutes += bake
    if params["wait"] and minutes * 60 >= params["wait_timeout"]:
        raise SpecError(
            "wait_timeout",
            f"{params['wait_timeout']} s end before a release: its times in {_OPTION} come to {minutes} minutes.",
            f"Set it to {minutes * 60 + 600} or more.",
        )
    return Shift(strategy=given["type"].upper(), bake_time=bake, steps=steps)


def _parse_steps(given: t.Mapping[str, t.Any]) -> tuple[dict[str, dict[str, float]], int]:
    """``Shift.steps``, and the minutes that they take. Raises SpecError."""
    kind, percent, interval = given["type"], given["percent"], given["interval"]
    if kind == _BLUE_GREEN:
        for name in ("percent", "interval"):
            if given[name] is not None:
                raise SpecError(f"{_OPTION}.{name}", "has no effect with the type blue_green.", "Use canary or linear.")
        return {}, 0
    if kind not in _STAGED:
        raise SpecError(f"{_OPTION}.type", f"{kind!r} is not one of {_BLUE_GREEN}, {', '.join(_STAGED)}.")
    member, share, minutes, usual, common, least = _STAGED[kind]
    percent = usual if percent is None else percent
    interval = check_range(f"{_OPTION}.interval", common if interval is None else interval, *_MINUTES)
    if not least <= percent <= 100 or round(percent * 10, 6) != int(round(percent * 10, 6)):
        raise SpecError(f"{_OPTION}.percent", f"{percent:g} has to be {least:g} to 100, in tenths, with {kind}.")
    times = 1 if kind == "canary" else -(-1000 // round(percent * 10)) - 1
    return {member: {share: percent, minutes: interval}}, interval * times


def _check_service(params: t.Mapping[str, t.Any], scaling: Scaling | None) -> None:
    if params["container_port"] is None:
        raise SpecError(_OPTION, "shifts requests, and a service without container_port gets none.", "Leave it out.")
    if params["decides_failover"] and params["evaluate_target_health"]:
        raise SpecError(
            _OPTION,
            "the next tasks are in a target group of their own, and until one of them is healthy Route 53 finds the "
            "whole load balancer unhealthy: each release would take the region out of the DNS.",
            "Set evaluate_target_health to false, so that the endpoint's health check judges the region alone; or set "
            "decides_failover to false for this service, and have another one decide.",
        )
    if scaling and any(item.name == "requests" for item in scaling.tracking):
        raise SpecError(
            "scaling.requests",
            f"counts those of one target group, and with {_OPTION} two take turns.",
            "Scale by cpu or memory.",
        )
