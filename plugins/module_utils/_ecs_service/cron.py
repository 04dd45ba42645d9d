# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks expressions in cron(…) as AWS does. Pure.

Sources: Amazon EventBridge Scheduler User Guide, "Cron-based schedules"; Application Auto Scaling User Guide, "Schedule
recurring scaling actions using cron expressions".
"""

from __future__ import annotations

import re
import typing as t

_MONTHS: t.Final = dict(
    zip(["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"], range(1, 13), strict=True)
)
_DAYS: t.Final = dict(zip(["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"], range(1, 8), strict=True))
# Field, least and most, and names for numbers
_FIELDS: t.Final[t.Sequence[tuple[str, int, int, t.Mapping[str, int]]]] = (
    ("minute", 0, 59, {}),
    ("hour", 0, 23, {}),
    ("day of the month", 1, 31, {}),
    ("month", 1, 12, _MONTHS),
    ("day of the week", 1, 7, _DAYS),
    ("year", 1970, 2199, {}),
)
_DAY, _WEEKDAY = 2, 4
# The last day, the weekday nearest to a day, the nth weekday of the month
_WILD: t.Final = {_DAY: re.compile(r"L|LW|L-\d+|\d+W"), _WEEKDAY: re.compile(r"L|\w+L|\w+#[1-5]")}


def problem_of(fields: t.Sequence[str]) -> str:
    """Why AWS refuses the six fields of an expression; empty if it accepts them."""
    for place, (text, (name, least, most, names)) in enumerate(zip(fields, _FIELDS, strict=True)):
        if text == "?" and place in _WILD:
            continue
        for part in text.upper().split(","):
            if not _is_right(part, least, most, names) and not (place in _WILD and _WILD[place].fullmatch(part)):
                return f"{part} is no {name}, which is {least} to {most}"
    if "?" not in (fields[_DAY], fields[_WEEKDAY]):
        return "either the day of the month or the day of the week has to be ?"
    return ""


def _is_right(part: str, least: int, most: int, names: t.Mapping[str, int]) -> bool:
    span, slash, step = part.partition("/")
    if (slash and not step.isdecimal()) or not span:
        return False
    return span == "*" or all(
        (word.isdecimal() or word in names) and least <= names.get(word, int(word) if word.isdecimal() else 0) <= most
        for word in span.split("-", 1)
    )
