# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest

from ansible_collections.everlook.failover.plugins.plugin_utils.page import words


@pytest.mark.parametrize(
    ("names", "said"), [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")]
)
def test_lists(names: list[str], said: str) -> None:
    assert words.listed(names) == said


@pytest.mark.parametrize(("number", "said"), [(0, "0 checks"), (1, "1 check"), (1234, "1\u202f234 checks")])
def test_counts(number: int, said: str) -> None:
    assert words.counted(number, "check") == said


@pytest.mark.parametrize(
    ("value", "said"), [(None, "—"), (0.04, "0.0\u00a0s"), (3.14, "3.1\u00a0s"), (31.2, "31\u00a0s")]
)
def test_durations(value: float | None, said: str) -> None:
    assert words.seconds(value) == said


@pytest.mark.parametrize(
    ("value", "said"), [(0, "0 s"), (-0.04, "0 s"), (30, "+30 s"), (-15, "\u221215 s"), (29.24, "+29.2 s")]
)
def test_offsets(value: float, said: str) -> None:
    assert words.offset(value) == said


def test_times_are_in_utc_whatever_zone_they_were_written_in() -> None:
    assert words.clock("2026-01-02T03:04:05+02:00") == "2 January 2026, 01:04 UTC"
    assert words.clock("2026-01-02T03:04:05Z") == "2 January 2026, 03:04 UTC"
    assert words.clock("2026-01-02T03:04:05Z", short=True) == "2 Jan 2026, 03:04"


def test_what_is_no_time_is_shown_as_it_is() -> None:
    assert words.clock("yesterday") == "yesterday"


def test_names_of_regions_stay_in_one_piece() -> None:
    assert [piece.text for piece in words.pieces("in us-east-1 now") if piece.unbroken] == ["us-east-1"]
    assert "".join(piece.text for piece in words.pieces("in us-east-1  now")) == "in us-east-1  now"
    assert not any(piece.unbroken for piece in words.pieces("a-name-that-is-longer-than-a-phone-is-wide"))


def test_a_length_in_css() -> None:
    assert words.percent(12.3456) == "12.35%"
