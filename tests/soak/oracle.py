# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What DNS has to answer, and whether it did. Pure."""

from __future__ import annotations

import dataclasses
import typing as t


@dataclasses.dataclass(frozen=True)
class Expectation:
    """From `since` on, seconds on the observers' clock, users belong in `region`.

    :param why: the state of the world in a few words, for the message of a failure.
    """

    since: float
    region: str
    why: str


@dataclasses.dataclass(frozen=True)
class Sighting:
    """What a user saw at a moment: the region DNS answered with, and what came of the request to it.

    :param region: None if DNS had no answer, or one that is no region's.
    :param error: why the request failed, empty if it did not.
    """

    at: float
    region: str | None
    error: str = ""


def serving(chain: t.Sequence[str], sick: t.Container[str]) -> str:
    """The region Route 53 answers with: the first healthy one; the first of all when none is."""
    return next((region for region in chain if region not in sick), chain[0])


def violations(
    expected: t.Sequence[Expectation], seen: t.Sequence[Sighting], budget: float
) -> list[tuple[Expectation, Sighting]]:
    """Every sighting that is still wrong after the budget, which begins anew with every change of the world.

    An answer may be wrong for `budget` seconds after a change, and a request may fail as long. Where every region is
    sick, requests fail for as long as that lasts, and only the answer counts.
    """
    found = []
    for place, expectation in enumerate(expected):
        end = expected[place + 1].since if place + 1 < len(expected) else float("inf")
        for sighting in seen:
            if not expectation.since + budget <= sighting.at < end:
                continue
            failed = bool(sighting.error) and "all sick" not in expectation.why
            if sighting.region != expectation.region or failed:
                found.append((expectation, sighting))
    return found


def judged(expected: t.Sequence[Expectation], seen: t.Sequence[Sighting], budget: float) -> int:
    """How many sightings came late enough after a change to be judged: a soak that judges none shows nothing."""
    ends = [*(item.since for item in expected[1:]), float("inf")]
    windows = [(item.since + budget, end) for item, end in zip(expected, ends, strict=True)]
    return sum(any(begin <= sighting.at < end for begin, end in windows) for sighting in seen)
