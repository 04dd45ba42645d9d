# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What follows from what checkers saw: thresholds that count both ways, and the share that must agree."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from sandbox.overlay.route53.checker_states import CheckerState, Report, verdict

GOOD = Report(True, "Success: HTTP Status Code 200, OK", datetime(2026, 1, 1, tzinfo=UTC))
BAD = Report(False, "Failure: HTTP Status Code 503, Service Unavailable.", datetime(2026, 1, 2, tzinfo=UTC))


def after(looks: str, threshold: int = 3) -> CheckerState:
    """What a new checker makes of a row of looks, + and -."""
    state = CheckerState()
    for mark in looks:
        state = state.after(GOOD if mark == "+" else BAD, threshold)
    return state


@pytest.mark.parametrize(
    ("looks", "well"),
    [
        ("", True),
        ("-", True),
        ("--", True),
        ("---", False),
        ("--+--", True),
        ("--+---", False),
        ("---+", False),
        ("---++", False),
        ("---+++", True),
        ("---++-++", False),
        ("---++-+++", True),
        ("-+-+-+-+", True),
    ],
)
def test_three_in_a_row_turn_the_verdict(looks: str, well: bool) -> None:
    assert after(looks).well is well


@pytest.mark.parametrize("threshold", [1, 2, 5, 10])
def test_the_threshold_counts_both_ways(threshold: int) -> None:
    assert after("-" * (threshold - 1), threshold).well
    assert not after("-" * threshold, threshold).well
    assert not after("-" * threshold + "+" * (threshold - 1), threshold).well
    assert after("-" * threshold + "+" * threshold, threshold).well


def test_a_lower_threshold_takes_effect_with_the_next_look() -> None:
    state = after("--", 5)
    assert state.well
    assert not state.after(BAD, 3).well


def test_the_last_look_and_the_last_failure_are_kept() -> None:
    assert (CheckerState().last, CheckerState().last_failure) == (None, None)
    assert (after("-+").last, after("-+").last_failure) == (GOOD, BAD)
    assert after("-").last is BAD


@pytest.mark.parametrize(
    ("well", "of", "healthy"),
    [
        (0, 0, True),
        (16, 16, True),
        (3, 16, True),  # 18.75 %
        (2, 16, False),  # 12.5 %
        (0, 16, False),
        (2, 6, True),  # one of three regions
        (1, 6, False),  # 16.7 %
        (9, 50, False),  # 18 % exactly is not more than 18 %
        (10, 50, True),
    ],
)
def test_more_than_eighteen_percent_must_see_it_well(well: int, of: int, healthy: bool) -> None:
    assert verdict([CheckerState(well=place < well) for place in range(of)]) is healthy
