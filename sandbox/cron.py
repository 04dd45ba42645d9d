# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When a schedule expression is due next: at(…), rate(…) and cron(…) as AWS has them. Pure.

Application Auto Scaling User Guide, "Scheduled scaling"; Amazon EventBridge User Guide, "Cron expressions": minutes,
hours, day of month, month, day of week (1 to 7 from Sunday on), year.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_RATE = re.compile(r"rate\((\d+) (minute|hour|day)s?\)")
_SECONDS = {"minute": 60, "hour": 3600, "day": 86400}
_MONTHS = [name.upper() for name in calendar.month_abbr[1:]]
_DAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]
# How far ahead a day is searched
_MOST_DAYS = 5 * 366


def next_due(expression: str, timezone: str, after: datetime) -> datetime | None:
    """The first moment after `after`, in UTC; None if there is none. Raises ValueError for an unknown expression.

    A rate counts from `after` on.
    """
    zone = _zone(timezone or "UTC")
    if rate := _RATE.fullmatch(expression):
        return after + timedelta(seconds=int(rate[1]) * _SECONDS[rate[2]])
    kind, _, rest = expression.rstrip(")").partition("(")
    if kind == "at":
        due = datetime.fromisoformat(rest).replace(tzinfo=zone)
        return due.astimezone(UTC) if due > after else None
    return _Cron.parse(rest).after(after, zone)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, OSError) as error:  # a folder of time zones is none
        raise ValueError(f"no time zone {name!r}") from error


@dataclass(frozen=True, slots=True)
class _Cron:
    minutes: frozenset[int]
    hours: frozenset[int]
    day: str
    months: frozenset[int]
    weekday: str
    years: frozenset[int]

    @classmethod
    def parse(cls, text: str) -> _Cron:
        minutes, hours, day, months, weekday, years = text.upper().split()
        if (day == "?") == (weekday == "?"):
            raise ValueError("one of day of month and day of week has to be a question mark")
        found = cls(
            minutes=_values(minutes, 0, 59),
            hours=_values(hours, 0, 23),
            day=day,
            months=_values(months, 1, 12, _MONTHS),
            weekday=weekday,
            years=_values(years, 1970, 2199),
        )
        # An invalid day fails for any date.
        found._on_day(date(2027, 1, 1), 31)
        found._on_weekday(date(2027, 1, 1), 31)
        return found

    def after(self, moment: datetime, zone: ZoneInfo) -> datetime | None:
        first = moment.astimezone(zone).date()
        for number in range(_MOST_DAYS):
            day = first + timedelta(days=number)
            if day.year in self.years and day.month in self.months and self._on(day):
                for due in self._times(day, zone):
                    if due > moment:
                        return due
        return None

    def _times(self, day: date, zone: ZoneInfo) -> Iterator[datetime]:
        for hour in sorted(self.hours):
            for minute in sorted(self.minutes):
                yield datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone).astimezone(UTC)

    def _on(self, day: date) -> bool:
        """Whether day of month and day of week say so; one of them is a question mark."""
        last = calendar.monthrange(day.year, day.month)[1]
        return self._on_day(day, last) and self._on_weekday(day, last)

    def _on_day(self, day: date, last: int) -> bool:
        if self.day == "?":
            return True
        if self.day.endswith("W"):
            return day.day == _working_day(day, _number(self.day[:-1], None, 1, 31), last)
        return day.day in ({last} if self.day == "L" else _values(self.day, 1, 31))

    def _on_weekday(self, day: date, last: int) -> bool:
        if self.weekday == "?":
            return True
        number = day.isoweekday() % 7 + 1
        named, _, which = self.weekday.partition("#")
        if which:
            place = _number(which, None, 1, 5)
            return number in _values(named, 1, 7, _DAYS) and (day.day - 1) // 7 + 1 == place
        if self.weekday.endswith("L") and self.weekday != "L":
            return number in _values(self.weekday[:-1], 1, 7, _DAYS) and day.day > last - 7
        return number in ({7} if self.weekday == "L" else _values(self.weekday, 1, 7, _DAYS))


def _working_day(month: date, number: int, last: int) -> int:
    """The day from Monday to Friday that is next to a day of the month, and in that month; 0 if it has no such day."""
    if number > last:
        return 0
    weekday = month.replace(day=number).isoweekday()
    if weekday == 6:
        return number - 1 if number > 1 else number + 2
    if weekday == 7:
        return number + 1 if number < last else number - 2
    return number


def _values(field: str, least: int, most: int, names: list[str] | None = None) -> frozenset[int]:
    """The numbers of a field: `*`, lists, ranges and steps, with names of days and months."""
    found: set[int] = set()
    for part in field.upper().split(","):
        span, _, step = part.partition("/")
        start, _, end = span.partition("-")
        low = least if start == "*" else _number(start, names, least, most)
        high = _number(end, names, least, most) if end else most if start == "*" or step else low
        found |= set(range(low, high + 1, int(step or 1)))
    if not found:
        raise ValueError(f"{field} is nothing")
    return frozenset(found)


def _number(text: str, names: list[str] | None, least: int, most: int) -> int:
    number = names.index(text) + 1 if names and text in names else int(text)
    if not least <= number <= most:
        raise ValueError(f"{number} is out of range")
    return number
