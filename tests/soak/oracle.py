# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What DNS has to answer, and whether it did. Pure."""

from __future__ import annotations

import dataclasses
import typing as t


@dataclasses.dataclass(frozen=True)
class Expectation:
    """Users belong in ``region``, from a change of the world to the next. Times are seconds on the observers' clock.

    :param begun: when the change began. It may have taken effect from then on.
    :param settles: from when on nothing may be wrong any more.
    :param why: the state of the world in a few words, for the message of a failure.
    :param requests: whether requests have to succeed, too: not where every region is sick.
    """

    begun: float
    settles: float
    region: str
    why: str
    requests: bool = True


@dataclasses.dataclass(frozen=True)
class Sighting:
    """What a user saw: the region DNS answered with, and what came of the request to it.

    :param at: when the look began, and ``until`` when it was over.
    :param region: None if DNS had no answer, or one that is no region's.
    :param error: why the request failed, empty if it did not.
    """

    at: float
    until: float
    region: str | None
    error: str = ""


def serving(chain: t.Sequence[str], sick: t.Container[str]) -> str:
    """The region Route 53 answers with: the first healthy one; the first of all when none is."""
    return next((region for region in chain if region not in sick), chain[0])


def violations(expected: t.Sequence[Expectation], seen: t.Sequence[Sighting]) -> list[tuple[Expectation, Sighting]]:
    """Every sighting that was wrong although the world had settled."""
    return [
        (expectation, sighting)
        for expectation, sightings in _settled(expected, seen)
        for sighting in sightings
        if sighting.region != expectation.region or (sighting.error and expectation.requests)
    ]


def judged(expected: t.Sequence[Expectation], seen: t.Sequence[Sighting]) -> int:
    """How many sightings were of a settled world: a soak that judges none shows nothing."""
    return sum(len(sightings) for _expectation, sightings in _settled(expected, seen))


def _settled(
    expected: t.Sequence[Expectation], seen: t.Sequence[Sighting]
) -> t.Iterator[tuple[Expectation, list[Sighting]]]:
    """Each expectation with the sightings that it is to be judged by."""
    ends = [*(item.begun for item in expected[1:]), float("inf")]
    for expectation, end in zip(expected, ends, strict=True):
        # A look that began before the next change may have been overtaken by it.
        yield expectation, [item for item in seen if expectation.settles <= item.at and item.until <= end]
