# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What AWS takes in cron(…). Pure.

Source: Amazon EventBridge Scheduler User Guide, "Cron-based schedules", as Application Auto Scaling User Guide,
"Schedule recurring scaling actions using cron expressions", has them.
"""

from __future__ import annotations

import re
import typing as t

_MONTHS: t.Final = {
    name: number
    for number, name in enumerate(
        ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"], start=1
    )
}
_DAYS: t.Final = {
    name: number for number, name in enumerate(["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"], start=1)
}
# Field, the least and the most, and names in place of numbers
_FIELDS: t.Final[t.Sequence[tuple[str, int, int, t.Mapping[str, int]]]] = (
    ("minute", 0, 59, {}),
    ("hour", 0, 23, {}),
    ("day of the month", 1, 31, {}),
    ("month", 1, 12, _MONTHS),
    ("day of the week", 1, 7, _DAYS),
    ("year", 1970, 2199, {}),
)
_DAY, _WEEKDAY = 2, 4
# The last day, the working day next to one, the nth of a weekday
_WILD: t.Final = {_DAY: re.compile(r"L|LW|L-\d+|\d+W"), _WEEKDAY: re.compile(r"L|\w+L|\w+#[1-5]")}


def problem_of(fields: t.Sequence[str]) -> str:
    """Why AWS takes no such expression; empty if it does.

    :param fields: the six of them.
    """
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
    span, _slash, step = part.partition("/")
    if (_slash and not step.isdecimal()) or not span:
        return False
    return span == "*" or all(
        (word.isdecimal() or word in names) and least <= names.get(word, int(word) if word.isdecimal() else 0) <= most
        for word in span.split("-", 1)
    )
