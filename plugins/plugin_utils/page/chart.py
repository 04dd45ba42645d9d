# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The arithmetic of the timeline: seconds → places on it. No markup."""

from __future__ import annotations

import itertools
import math
import typing as t

from .facts import Answer, Drill, Sample

# Bars of a lane: at most what a phone can show, at least what looks like bars, and some requests for each.
_MOST_BARS: t.Final = 120
_LEAST_BARS: t.Final = 30
_REQUESTS_PER_BAR: t.Final = 4
_STEPS: t.Final = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600)
_TICKS: t.Final = 8
# How many times as long as the drill the timeline may be.
_STRETCH: t.Final = 1.4


class Scale(t.NamedTuple):
    """The stretch of time that is drawn.

    :param end: seconds from the start of the drill to the right edge.
    :param zero: seconds from the start of the drill to the fault, from which people count.
    :param bars: into how many bars the stretch is cut.
    """

    end: float
    zero: float
    bars: int = _MOST_BARS

    def percent(self, at: float) -> float:
        """Where a moment is, 0 to 100."""
        return min(100.0, max(0.0, 100.0 * at / self.end))

    @property
    def ticks(self) -> list[int]:
        """Round numbers of seconds from the fault, few enough to be written side by side."""
        step = next((step for step in _STEPS if self.end / step <= _TICKS), 7200)
        first = math.ceil(-self.zero / step)
        return [step * index for index in range(first, math.floor((self.end - self.zero) / step) + 1)]


class Span(t.NamedTuple):
    """DNS answers that were the same, one after the other; ``region`` is None for an answer without one."""

    start: float
    end: float
    region: str | None
    rcode: str


def scale(drill: Drill) -> Scale:
    """Everything that was seen, and the budget unless that is so long that little room would be left."""
    zero = drill.when("fault") or 0.0
    seen = max([1.0, *(item.at for items in (drill.samples, drill.answers, drill.events) for item in items)])
    limits = [zero + seconds for seconds in (drill.limit, drill.budget_seconds) if seconds]
    end = max([seen, *(limit for limit in limits if limit <= _STRETCH * seen)]) * 1.005
    return Scale(end, zero, bars=min(_MOST_BARS, max(_LEAST_BARS, len(drill.samples) // _REQUESTS_PER_BAR)))


def counts(samples: t.Iterable[Sample], scale: Scale, region: str | None) -> list[int]:
    """Requests in each bar: those a region answered well, or, for None, those that failed."""
    found = [0] * scale.bars
    for sample in samples:
        if (not sample.ok) if region is None else (sample.ok and sample.region == region):
            found[min(scale.bars - 1, int(sample.at / scale.end * scale.bars))] += 1
    return found


def spans(answers: t.Sequence[Answer], scale: Scale) -> list[Span]:
    """DNS answers as stretches of time; the last one reaches to the right edge of what was asked."""
    found: list[Span] = []
    for (region, rcode), group in itertools.groupby(answers, key=lambda answer: (answer.region, answer.rcode)):
        items = list(group)
        if found:
            found[-1] = found[-1]._replace(end=items[0].at)
        found.append(Span(items[0].at, items[-1].at, region, rcode))
    if found:
        found[-1] = found[-1]._replace(end=scale.end)
    return found


def rows(places: t.Sequence[float], width: float) -> list[int]:
    """A row for each of the marks at ``places`` (ascending), so that no two of that width overlap."""
    ends: list[float] = []
    found = []
    for place in places:
        row = next((index for index, end in enumerate(ends) if end <= place), len(ends))
        ends[row:] = [place + width, *ends[row + 1 :]]
        found.append(row)
    return found
