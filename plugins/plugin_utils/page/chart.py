# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Arithmetic of the timeline: seconds → places. No markup."""

from __future__ import annotations

import itertools
import math
import typing as t

from .facts import Answer, Drill, Sample

# Bars of a lane: as many as a phone can show, enough to look like bars, and some requests for each
_MOST_BARS: t.Final = 120
_LEAST_BARS: t.Final = 30
_REQUESTS_PER_BAR: t.Final = 4
_STEPS: t.Final = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600)
_TICKS: t.Final = 8
# The timeline may be that many times as long as the drill.
_STRETCH: t.Final = 1.4


class Scale(t.NamedTuple):
    """The time that is drawn.

    :param end: seconds from the start of the drill to the right edge.
    :param zero: seconds from the start of the drill to the fault, where the axis starts.
    :param bars: number of bars.
    """

    end: float
    zero: float
    bars: int = _MOST_BARS

    def percent(self, at: float) -> float:
        """The place of a moment, 0 to 100."""
        return min(100.0, max(0.0, 100.0 * at / self.end))

    @property
    def ticks(self) -> list[int]:
        """Round numbers of seconds from the fault, few enough to fit beside each other."""
        step = next((step for step in _STEPS if self.end / step <= _TICKS), 7200)
        first = math.ceil(-self.zero / step)
        return [step * index for index in range(first, math.floor((self.end - self.zero) / step) + 1)]


class Span(t.NamedTuple):
    """Consecutive DNS answers that were the same; ``region`` is None for an answer without one."""

    start: float
    end: float
    region: str | None
    rcode: str


def scale(drill: Drill) -> Scale:
    """The scale of the whole drill, and of its budget unless that is much longer."""
    zero = drill.when("fault") or 0.0
    seen = max([1.0, *(item.at for items in (drill.samples, drill.answers, drill.events) for item in items)])
    limits = [zero + seconds for seconds in (drill.limit, drill.budget_seconds) if seconds]
    end = max([seen, *(limit for limit in limits if limit <= _STRETCH * seen)]) * 1.005
    return Scale(end, zero, bars=min(_MOST_BARS, max(_LEAST_BARS, len(drill.samples) // _REQUESTS_PER_BAR)))


def counts(samples: t.Iterable[Sample], scale: Scale, region: str | None) -> list[int]:
    """Requests in each bar: those that a region answered, or for None those that failed."""
    found = [0] * scale.bars
    for sample in samples:
        if (not sample.ok) if region is None else (sample.ok and sample.region == region):
            found[min(scale.bars - 1, int(sample.at / scale.end * scale.bars))] += 1
    return found


def spans(answers: t.Sequence[Answer], scale: Scale) -> list[Span]:
    """DNS answers as spans of time. The last one ends at the right edge."""
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
