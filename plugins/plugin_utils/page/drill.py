# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The last drill, and those before it."""

from __future__ import annotations

import collections
import typing as t

from .drill_timeline import Timeline, timeline
from .facts import Drill, Facts
from .signs import Sign
from .words import counted, fault, grouped, seconds

# As many kinds of errors are named.
_ERRORS: t.Final = 3
_MEASURED: t.Final = (
    ("detection_seconds", "Failure detected"),
    ("dns_moved_seconds", "DNS answers with the standby"),
    ("first_failed_request_seconds", "First failed request"),
    ("last_failed_request_seconds", "Last failed request"),
    ("all_traffic_moved_seconds", "All traffic moved"),
    ("kept_answered_seconds", "Open connection: last answer of the first region"),
    ("kept_ended_seconds", "Open connection: its end"),
    ("kept_moved_seconds", "Open connection: the standby answers instead"),
    ("dns_back_seconds", "DNS answers with the first region again, once healed"),
    ("all_traffic_back_seconds", "All traffic back, once healed"),
)
_LIMITED: t.Final = frozenset({"dns_moved_seconds", "all_traffic_moved_seconds"})


class Measurement(t.NamedTuple):
    """A time that was measured, and its bar.

    :param seconds: None if it was not seen.
    :param budget: its limit in seconds; None without a limit.
    :param length: of the bar in percent; None without a bar.
    :param mark: the end of the budget, in percent.
    """

    what: str
    seconds: float | None
    budget: float | None
    length: float | None
    mark: float | None

    @property
    def over(self) -> bool:
        """Whether it exceeded its budget."""
        return self.budget is not None and (self.seconds is None or self.seconds > self.budget)


class Outcome(t.NamedTuple):
    """A drill with its verdict, and its fault and region as title."""

    drill: Drill
    verdict: Sign
    title: str


class LastDrill(t.NamedTuple):
    """What the last drill showed.

    :param errors: the errors of requests; empty if not known.
    :param timeline: None if it made no requests.
    """

    drill: Drill
    verdict: Sign
    title: str
    outcome: str
    errors: str
    timeline: Timeline | None
    measurements: tuple[Measurement, ...]


def last_drill(facts: Facts) -> LastDrill | None:
    """What the last drill showed."""
    drill = facts.drill
    if drill is None:
        return None
    return LastDrill(
        drill=drill,
        verdict=_verdict(drill),
        title=_title(drill),
        outcome=f"{_moved(drill)} {counted(drill.failed, 'request')} of {grouped(drill.total)} failed.",
        errors=_errors(drill),
        timeline=timeline(drill),
        measurements=_measurements(drill),
    )


def history(facts: Facts) -> tuple[Outcome, ...]:
    """All known drills, newest first; empty if there is only the last one."""
    drills = facts.drills if len(facts.drills) > 1 else ()
    return tuple(Outcome(drill=drill, verdict=_verdict(drill), title=_title(drill)) for drill in drills)


def _verdict(drill: Drill) -> Sign:
    return Sign("good", "Passed") if drill.passed else Sign("bad", "Failed")


def _title(drill: Drill) -> str:
    return f"{fault(drill.fault)} in {drill.region}"


def _moved(drill: Drill) -> str:
    budget = f"; the budget is {seconds(drill.limit)}" if drill.limit else ""
    if drill.moved is None:
        return f"Not all traffic moved to {drill.standby}{budget}."
    later = (
        f", and {seconds(drill.ttl_budget)} more where resolvers cache answers"
        if drill.limit and drill.ttl_budget
        else ""
    )
    return f"All traffic was in {drill.standby} {seconds(drill.moved)} after the fault{budget}{later}."


def _errors(drill: Drill) -> str:
    """The errors of requests, the most frequent first."""
    found = collections.Counter(sample.error for sample in drill.samples if not sample.ok and sample.error)
    return ", ".join(f"{error} ({count})" for error, count in found.most_common(_ERRORS))


def _measurements(drill: Drill) -> tuple[Measurement, ...]:
    """Every measured time, relative to the longest of them and the budget."""
    longest = max([1.0, *drill.measured.values(), drill.limit or 0.0])
    found = []
    for name, what in _MEASURED:
        if name.startswith("kept_") and not drill.visits:
            continue
        value = drill.measured.get(name)
        budget = drill.limit if name in _LIMITED else None
        found.append(
            Measurement(
                what=what,
                seconds=value,
                budget=budget,
                length=None if value is None else round(100 * value / longest, 1),
                mark=round(100 * budget / longest, 1) if budget else None,
            )
        )
    return tuple(found)
