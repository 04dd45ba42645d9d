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


def test_a_wrong_answer_within_the_budget_is_none() -> None:
    expected = [Expectation(0, EAST, "all well"), Expectation(10, WEST, "east cut")]
    seen = [Sighting(9.9, EAST), Sighting(10.1, EAST), Sighting(14.9, EAST, "timed out"), Sighting(15.1, WEST)]
    assert violations(expected, seen, budget=5) == []


def test_a_wrong_answer_after_the_budget_is_one() -> None:
    expected = [Expectation(0, EAST, "all well"), Expectation(10, WEST, "east cut")]
    late = Sighting(15.1, EAST)
    assert violations(expected, [late], budget=5) == [(expected[1], late)]


def test_no_answer_and_a_failed_request_are_wrong_too() -> None:
    expected = [Expectation(0, EAST, "all well")]
    seen = [Sighting(6, None), Sighting(7, EAST, "HTTP 503")]
    assert [sighting for _expectation, sighting in violations(expected, seen, budget=5)] == seen


def test_where_all_are_sick_only_the_answer_counts() -> None:
    expected = [Expectation(0, EAST, "all sick")]
    assert violations(expected, [Sighting(6, EAST, "timed out")], budget=5) == []
    assert len(violations(expected, [Sighting(6, WEST, "timed out")], budget=5)) == 1


def test_how_many_are_judged() -> None:
    expected = [Expectation(0, EAST, "all well"), Expectation(3, WEST, "east cut")]
    seen = [Sighting(1, EAST), Sighting(4, WEST), Sighting(8.5, WEST)]
    assert judged(expected, seen, budget=5) == 1
