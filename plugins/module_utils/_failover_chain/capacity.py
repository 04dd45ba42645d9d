# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How much of the load of the serving region a standby has to be able to carry. Pure."""

from __future__ import annotations

import dataclasses
import math
import re
import typing as t

from .._engine.errors import SpecError

FULL: t.Final = "full"
MINIMUM: t.Final = "minimum"
_PERCENT: t.Final = re.compile(r"(100|[1-9][0-9]?)%?")
# The period in which the most tasks of a region are looked for
HOURS: t.Final = 24
# Sources of the most tasks
INSIGHTS: t.Final = "Container Insights"
LOAD_BALANCER: t.Final = "the load balancer"


@dataclasses.dataclass(frozen=True)
class Most:
    """The most tasks that services ran in the last 24 hours.

    :param tasks: 0 if not known.
    :param source: INSIGHTS or LOAD_BALANCER; both are joined by " and ".
    """

    tasks: int = 0
    source: str = ""

    def __add__(self, other: Most) -> Most:
        """The sum of both."""
        sources = dict.fromkeys(source for source in (*self.source.split(" and "), other.source) if source)
        return Most(self.tasks + other.tasks, " and ".join(sources))


def parse_share(value: str) -> int | None:
    """``standby_capacity`` in percent of the serving region's tasks; None for ``minimum``. Raises SpecError."""
    if value == MINIMUM:
        return None
    found = _PERCENT.fullmatch("100" if value == FULL else value)
    if found is None:
        remedy = f"Use {FULL}, {MINIMUM}, or a percentage such as 50%."
        raise SpecError("standby_capacity", f"{value!r} is not valid.", remedy)
    return int(found[1])


def needed(share: int | None, now: int, most: int) -> int:
    """How many healthy tasks a standby needs.

    :param now: desired count of the serving region.
    :param most: the most tasks that it ran lately; 0 if not known.
    """
    return 1 if share is None else max(1, math.ceil(max(now, most) * share / 100))


def reason(name: str, share: int | None, now: int, most: Most) -> str:
    """The reason for that number, for people."""
    source = "" if most.source in ("", INSIGHTS) else f" by {most.source}"
    past = f", and ran {most.tasks} at most in the last {HOURS} hours{source}" if most.tasks > now else ""
    part = "" if share in (100, None) else f"{share} % of it: "
    return f"{part}{name} runs {now}{past}"
