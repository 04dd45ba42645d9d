# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The soak's judge is just: it lets nothing pass, and accuses nobody too early."""

from __future__ import annotations

import pytest

from tests.soak.oracle import Expectation, Sighting, judged, serving, violations

EAST, WEST, OREGON = "us-east-1", "us-west-1", "us-west-2"


@pytest.mark.parametrize(
    ("sick", "region"),
    [
        (set(), EAST),
        ({EAST}, WEST),
        ({WEST}, EAST),
        ({EAST, WEST}, OREGON),
        ({EAST, WEST, OREGON}, EAST),
    ],
)
def test_who_serves(sick: set[str], region: str) -> None:
    assert serving((EAST, WEST, OREGON), sick) == region


WELL = Expectation(begun=0, settles=5, region=EAST, why="all well")
CUT = Expectation(begun=10, settles=15, region=WEST, why="us-east-1: cut")


def look(at: float, region: str | None, error: str = "") -> Sighting:
    return Sighting(at, at + 0.2, region, error)


def test_a_wrong_answer_before_the_world_has_settled_is_none() -> None:
    seen = [look(4.9, WEST), look(9.7, EAST), look(10.1, EAST), look(14.9, EAST, "timed out"), look(15.1, WEST)]
    assert violations([WELL, CUT], seen) == []


def test_a_look_that_the_next_change_overtakes_is_not_judged() -> None:
    assert violations([WELL, CUT], [look(9.9, EAST, "timed out")]) == []


def test_a_wrong_answer_after_that_is_one() -> None:
    late = look(15.1, EAST)
    assert violations([WELL, CUT], [late]) == [(CUT, late)]


def test_no_answer_and_a_failed_request_are_wrong_too() -> None:
    seen = [look(6, None), look(7, EAST, "HTTP 503")]
    assert [sighting for _expectation, sighting in violations([WELL], seen)] == seen


def test_where_all_are_sick_only_the_answer_counts() -> None:
    sick = Expectation(begun=0, settles=5, region=EAST, why="all sick", requests=False)
    assert violations([sick], [look(6, EAST, "timed out")]) == []
    assert len(violations([sick], [look(6, WEST, "timed out")])) == 1


def test_how_many_are_judged() -> None:
    assert judged([WELL, CUT], [look(1, EAST), look(6, EAST), look(12, WEST), look(16, WEST)]) == 2
