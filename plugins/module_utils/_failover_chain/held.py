# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Switches that evict a region, and the schedules that hold them with a data point every minute. Pure."""

from __future__ import annotations

import dataclasses
import datetime
import typing as t

from .schedules import LASTS, Schedule

# Data points come every minute, and CloudWatch shows them a minute or two later.
_OLD_SECONDS: t.Final = 600.0


@dataclasses.dataclass(frozen=True, kw_only=True)
class Held:
    """A switch that evicts a region.

    :param seat: the region of the switch.
    :param schedule: publishes its data points; None if there is none.
    :param newest: the time of its newest data point; None if there is none in the last hours.
    :param problem: why schedule or data points could not be read; empty if they could.
    """

    evicted: str
    seat: str
    schedule: Schedule | None = None
    newest: datetime.datetime | None = None
    problem: str = ""

    def lacks(self, now: datetime.datetime) -> list[str]:
        """Why the switch is not held; empty if it is, or if that is not known."""
        if self.problem:
            return []
        found = []
        if self.schedule is None:
            found.append("its schedule is missing")
        elif self.evicted not in self.schedule.holds:
            found.append(
                "its schedule publishes something else" if self.schedule.enabled else "its schedule is disabled"
            )
        if self.newest is None:
            found.append("it has no data point of the last hours")
        elif (age := (now - self.newest).total_seconds()) > _OLD_SECONDS:
            found.append(f"its newest data point is {age / 60:.0f} minutes old")
        return found

    def describe(self, now: datetime.datetime) -> dict[str, t.Any]:
        """For the result."""
        lacks = self.lacks(now)
        newest = self.newest.astimezone(datetime.UTC).isoformat(timespec="seconds") if self.newest else None
        why = f"the switch in {self.seat} that evicts {self.evicted} is not held ({', '.join(lacks)})"
        return {
            "region": self.evicted,
            "switch_in": self.seat,
            "schedule": self._schedule(),
            "newest_data_point": newest,
            "warning": f"{why}, so AWS promises that it stays for {LASTS} only" if lacks else "",
            "problem": self.problem,
        }

    def _schedule(self) -> str:
        if self.problem:
            return "unknown"
        return str(self.schedule.values["state"]).lower() if self.schedule else "missing"
