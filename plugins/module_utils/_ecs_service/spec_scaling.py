# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the number of tasks follows the load, from the options, with the limits AWS sets. Pure.

Sources: Application Auto Scaling API, RegisterScalableTarget, PutScalingPolicy, PutScheduledAction.
"""

from __future__ import annotations

import collections
import contextlib
import dataclasses
import datetime
import re
import typing as t
import zoneinfo

from .._engine.errors import SpecError
from .cron import problem_of

# Amazon ECS Developer Guide, "Amazon ECS service quotas": tasks of a service.
_TASKS_MOST: t.Final = 5000
_COOLDOWN_MOST: t.Final = 86400
# Option → AWS's metric (PredefinedMetricSpecification).
METRICS: t.Final[t.Mapping[str, str]] = {
    "cpu": "ECSServiceAverageCPUUtilization",
    "memory": "ECSServiceAverageMemoryUtilization",
    "requests": "ALBRequestCountPerTarget",
}
_NAME: t.Final = re.compile(r"[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,62}[a-zA-Z0-9])?")
_SCHEDULE: t.Final = re.compile(
    r"at\(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\)|rate\([1-9]\d* (?:minute|hour|day)s?\)|cron\(\S+(?: \S+){5}\)"
)
_TIME_ZONE: t.Final = re.compile(r"[A-Za-z][A-Za-z0-9_+\-]*(?:/[A-Za-z0-9_+\-]+)*")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Tracking:
    """A metric to keep near a value.

    :param name: the option, a key of METRICS.
    :param target: percent; for ``requests`` requests a minute for each target.
    """

    name: str
    target: float


@dataclasses.dataclass(frozen=True, kw_only=True)
class Schedule:
    """A scheduled change of minimum and maximum.

    :param expression: AWS's (``cron(0 8 ? * MON-FRI *)``).
    :param timezone: of ``at`` and ``cron``.
    """

    name: str
    expression: str
    timezone: str
    minimum: int
    maximum: int

    def is_over(self, now: datetime.datetime) -> bool:
        """True if it happens only once, at a time that is past."""
        if not self.expression.startswith("at("):
            return False
        zone = _zone(self.timezone) or datetime.UTC
        return datetime.datetime.fromisoformat(self.expression[3:-1]).replace(tzinfo=zone) <= now


@dataclasses.dataclass(frozen=True, kw_only=True)
class Scaling:
    """The range of the number of tasks, what changes it, and how fast. Cooldowns in seconds."""

    minimum: int
    maximum: int
    scale_in_cooldown: int
    scale_out_cooldown: int
    tracking: tuple[Tracking, ...] = ()
    schedules: tuple[Schedule, ...] = ()

    @property
    def ranges(self) -> frozenset[tuple[int, int]]:
        """Every (minimum, maximum) that the target may have: its own, and those that schedules set."""
        return frozenset({(self.minimum, self.maximum), *((item.minimum, item.maximum) for item in self.schedules)})

    def within(self, count: int) -> int:
        """The nearest number of tasks that is allowed."""
        return max(self.minimum, min(count, self.maximum))


def parse_scaling(params: t.Mapping[str, t.Any]) -> Scaling | None:
    """The scaling from a module's parameters; None if it is off. Raises SpecError."""
    given = params["scaling"]
    if not given:
        return None
    _check_range("scaling", given["minimum"], given["maximum"])
    for option in ("scale_in_cooldown", "scale_out_cooldown"):
        if not 0 <= given[option] <= _COOLDOWN_MOST:
            raise SpecError(f"scaling.{option}", f"has to be 0 to {_COOLDOWN_MOST} seconds.")
    return Scaling(
        minimum=given["minimum"],
        maximum=given["maximum"],
        scale_in_cooldown=given["scale_in_cooldown"],
        scale_out_cooldown=given["scale_out_cooldown"],
        tracking=tuple(_tracking(params)),
        schedules=_schedules(given),
    )


def warnings(scaling: Scaling | None) -> tuple[str, ...]:
    """Warnings about options that work, but are probably not intended."""
    if scaling is None or scaling.tracking or scaling.schedules or scaling.minimum == scaling.maximum:
        return ()
    return ("nothing in scaling changes the number of tasks. Set cpu, memory, requests or schedules.",)


def _check_range(option: str, minimum: int, maximum: int) -> None:
    if not 0 <= minimum <= maximum <= _TASKS_MOST:
        raise SpecError(
            option, f"minimum {minimum} and maximum {maximum} do not go together.", f"Use 0 to {_TASKS_MOST} in order."
        )


def _tracking(params: t.Mapping[str, t.Any]) -> t.Iterator[Tracking]:
    given = params["scaling"]
    for name in METRICS:
        target = given[name]
        if target is None:
            continue
        if name == "requests":
            if target < 1:
                raise SpecError("scaling.requests", "has to be at least 1 a minute.")
            if params["container_port"] is None:
                raise SpecError("scaling.requests", "has no effect without container_port: a worker gets no requests.")
        elif not 1 <= target <= 100:
            raise SpecError(f"scaling.{name}", f"{target} is out of range.", "Use 1 to 100 percent.")
        yield Tracking(name=name, target=float(target))


def _schedules(given: t.Mapping[str, t.Any]) -> tuple[Schedule, ...]:
    found = tuple(_schedule(item, given) for item in given["schedules"])
    for name, number in collections.Counter(item.name for item in found).items():
        if number > 1:
            raise SpecError("scaling.schedules", f"the name {name} is there {number} times.")
    return found


def _zone(timezone: str) -> datetime.tzinfo | None:
    """The time zone; None if this machine does not know it."""
    with contextlib.suppress(zoneinfo.ZoneInfoNotFoundError, OSError):  # OSError: a directory, such as Europe
        return zoneinfo.ZoneInfo(timezone)
    return None


def _is_time(text: str) -> bool:
    with contextlib.suppress(ValueError):
        return bool(datetime.datetime.fromisoformat(text))
    return False


def _schedule(item: t.Mapping[str, t.Any], given: t.Mapping[str, t.Any]) -> Schedule:
    name, expression, timezone = item["name"], item["schedule"], item["timezone"]
    option = f"scaling.schedules[{name}]"
    if not _NAME.fullmatch(name):
        raise SpecError(f"{option}.name", "has to be up to 64 letters, digits and hyphens.")
    if not _SCHEDULE.fullmatch(expression):
        raise SpecError(
            f"{option}.schedule",
            f"{expression!r} is not one that AWS accepts.",
            "Use cron(minute hour day month weekday year), rate(1 hour) or at(2030-01-31T08:00:00).",
        )
    if expression.startswith("at") and not _is_time(expression[3:-1]):
        raise SpecError(f"{option}.schedule", f"{expression!r} is not a date and time that exists.")
    if expression.startswith("cron") and (problem := problem_of(expression[5:-1].split(" "))):
        raise SpecError(f"{option}.schedule", f"{expression!r} is not one that AWS accepts: {problem}.")
    # Without time zone data on this machine, AWS checks the name.
    if not _TIME_ZONE.fullmatch(timezone) or (_zone(timezone) is None and zoneinfo.available_timezones()):
        raise SpecError(f"{option}.timezone", f"{timezone!r} is not a time zone.", "Use a name such as Europe/Berlin.")
    if expression.startswith("rate") and timezone != "UTC":
        raise SpecError(f"{option}.timezone", "has no effect with rate, which counts from when it was set.")
    minimum, maximum = (given[key] if item[key] is None else item[key] for key in ("minimum", "maximum"))
    _check_range(option, minimum, maximum)
    return Schedule(name=name, expression=expression, timezone=timezone, minimum=minimum, maximum=maximum)
