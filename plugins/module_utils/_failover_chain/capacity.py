# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a standby has to be able to carry of the region that serves. Pure."""

from __future__ import annotations

import math
import re
import typing as t

from .._engine.errors import SpecError

FULL: t.Final = "full"
MINIMUM: t.Final = "minimum"
_PERCENT: t.Final = re.compile(r"(100|[1-9][0-9]?)%?")
# How far back the most tasks of a region are looked for.
HOURS: t.Final = 24


def parse_share(option: str, value: str) -> int | None:
    """Percent of the tasks of the region that serves; None where its own minimum is enough. Raises SpecError."""
    if value == MINIMUM:
        return None
    found = _PERCENT.fullmatch("100" if value == FULL else value)
    if found is None:
        raise SpecError(option, f"{value!r} is none.", f"Use {FULL}, {MINIMUM}, or a percentage such as 50%.")
    return int(found[1])


def needed(share: int | None, now: int, most: int) -> int:
    """How many tasks a standby has to have healthy.

    :param now: tasks that the region that serves is to run.
    :param most: how many that were at most lately; 0 if it is not known.
    """
    return 1 if share is None else max(1, math.ceil(max(now, most) * share / 100))


def reason(name: str, share: int | None, now: int, most: int) -> str:
    """Where that number comes from, for people."""
    past = f", and ran {most} at most in the last {HOURS} hours" if most > now else ""
    part = "" if share in (100, None) else f"{share} % of it: "
    return f"{part}{name} runs {now}{past}"
