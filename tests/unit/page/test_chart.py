# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.everlook.failover.plugins.plugin_utils.page import chart
from ansible_collections.everlook.failover.plugins.plugin_utils.page.facts import Answer, Drill, Sample
from ansible_collections.everlook.failover.plugins.plugin_utils.page.gather_drill import drill
from tests.unit.page import states

SCALE = chart.Scale(end=100.0, zero=10.0)


def passed() -> Drill:
    return drill(states.drill(states.Course()))


def sample(at: float, region: str | None = "a", ok: bool = True) -> Sample:
    return Sample(at=at, region=region, ok=ok, error="")


def answer(at: float, region: str | None) -> Answer:
    return Answer(at=at, region=region, rcode="NOERROR" if region else "NXDOMAIN")


def test_the_scale_holds_all_that_was_seen_and_the_budget() -> None:
    found = passed()
    assert chart.scale(found).zero == 15.0
    assert chart.scale(found).end >= max(event.at for event in found.events)
    short = drill(states.drill(states.Course(healed=60, back=75, ended=85)))
    assert chart.scale(short).end >= 15 + 100


def test_a_budget_far_beyond_what_was_seen_does_not_squeeze_it() -> None:
    quick = states.Course(fault=2.0, detected=3.0, moved=4.0, healed=9.0, back=12.0, ended=15.0)
    assert chart.scale(drill(states.drill(quick))).end < 16


def test_a_drill_without_anything_has_a_scale() -> None:
    assert chart.scale(drill({})).end > 0


@given(end=st.floats(0.5, 20000), share=st.floats(0, 1))
def test_ticks_are_round_few_and_on_the_scale(end: float, share: float) -> None:
    scale = chart.Scale(end, zero=end * share)
    assert len(scale.ticks) <= 10
    assert 0 in scale.ticks
    assert all(-scale.zero <= tick <= end - scale.zero for tick in scale.ticks)
    assert len({second - first for first, second in itertools.pairwise(scale.ticks)}) <= 1


def test_every_request_is_in_one_bar() -> None:
    found = passed()
    scale = chart.scale(found)
    bars = [chart.counts(found.samples, scale, region) for region in (*found.regions, None)]
    assert sum(map(sum, bars)) == found.total == len(found.samples)
    assert sum(bars[-1]) == found.failed


def test_a_request_that_failed_is_not_one_that_a_region_answered() -> None:
    samples = [sample(1), sample(2, ok=False), sample(3, region="b"), sample(99.99)]
    assert sum(chart.counts(samples, SCALE, "a")) == 2
    assert sum(chart.counts(samples, SCALE, None)) == 1
    assert chart.counts(samples, SCALE, "a")[-1] == 1


def test_a_moment_at_the_very_end_has_a_bar() -> None:
    assert chart.counts([sample(100.0), sample(120.0)], SCALE, "a")[-1] == 2


def test_a_short_drill_has_wide_bars() -> None:
    few = drill({"timeline": [{"t": float(at), "region": "a", "ok": True} for at in range(160)]})
    assert chart.scale(few).bars == 40
    assert chart.scale(drill({})).bars == 30
    assert chart.scale(passed()).bars == 120


def test_answers_that_are_the_same_are_one_stretch() -> None:
    answers = [answer(0, "a"), answer(1, "a"), answer(2, "b"), answer(5, None), answer(6, "b")]
    found = [(span.start, span.end, span.region) for span in chart.spans(answers, SCALE)]
    assert found == [(0, 2, "a"), (2, 5, "b"), (5, 6, None), (6, 100, "b")]
    assert chart.spans([], SCALE) == []


@given(st.lists(st.floats(0, 100), max_size=12).map(sorted), st.floats(0.1, 30))
def test_no_two_marks_of_a_row_overlap(places: list[float], width: float) -> None:
    rows = chart.rows(places, width)
    for row in set(rows):
        own = [place for place, other in zip(places, rows, strict=True) if other == row]
        assert all(second - first >= width - 1e-9 for first, second in itertools.pairwise(own))


@pytest.mark.parametrize(("places", "rows"), [([], []), ([1, 50], [0, 0]), ([1, 2, 3, 50], [0, 1, 2, 0])])
def test_marks_fall_to_the_lowest_row_that_is_free(places: list[float], rows: list[int]) -> None:
    assert chart.rows(places, 10) == rows
