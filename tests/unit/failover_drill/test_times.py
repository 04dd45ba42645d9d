# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The times in what was seen, and what they are compared with."""

from __future__ import annotations

import dataclasses
import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.everlook.failover.plugins.module_utils._failover_drill import fault as kinds
from ansible_collections.everlook.failover.plugins.module_utils._failover_drill.budget import (
    Timing,
    budget_for,
    cached,
    judge,
)
from ansible_collections.everlook.failover.plugins.module_utils._failover_drill.timeline import (
    DnsAnswer,
    Measured,
    Moments,
    ProbeResults,
    Request,
    Visit,
    has_settled,
    last_seen,
    measure,
    moved_to,
    settled_at,
    tally,
)

EAST, WEST = "us-east-1", "us-west-1"
TIMING = Timing(interval=10, threshold=3, target_interval=10, target_threshold=2, target_timeout=5, tolerance=15)
LATER = "60 s later for users whose resolvers cache answers"
BUDGET = budget_for(kinds.BLOCK_ALB, TIMING)


def second(at: float, dns: str | None, *, ok: bool = True) -> tuple[DnsAnswer, Request]:
    rcode = "NOERROR" if dns else "NXDOMAIN"
    request = Request(t=at, region=dns, ok=ok, status=200 if ok else None, error="" if ok else "timed out")
    return DnsAnswer(t=at, region=dns, rcode=rcode), request


def seen(*pairs: tuple[DnsAnswer, Request]) -> ProbeResults:
    return ProbeResults(answers=tuple(pair[0] for pair in pairs), requests=tuple(pair[1] for pair in pairs))


# Well until 4, broken from 5, moved at 8, healed at 12, back at 14
STORY = seen(
    *(second(at, EAST) for at in range(5)),
    *(second(at, EAST, ok=False) for at in range(5, 8)),
    *(second(at, WEST) for at in range(8, 14)),
    *(second(at, EAST) for at in range(14, 18)),
)
MOMENTS = Moments(fault=5, detected=7, healed=12)


def test_the_times_of_a_failover() -> None:
    assert measure(STORY, MOMENTS, EAST, WEST) == Measured(
        detection_seconds=2,
        dns_moved_seconds=3,
        first_failed_request_seconds=0,
        last_failed_request_seconds=2,
        all_traffic_moved_seconds=3,
        dns_back_seconds=2,
        all_traffic_back_seconds=2,
    )


def visits(*items: tuple[float, str | None, bool, float | None]) -> ProbeResults:
    return ProbeResults(visits=tuple(Visit(t=at, region=region, ok=ok, ended=ended) for at, region, ok, ended in items))


def kept(found: Measured) -> tuple[float | None, float | None, float | None]:
    return found.kept_answered_seconds, found.kept_ended_seconds, found.kept_moved_seconds


def test_a_user_with_an_open_connection_stays_until_it_ends() -> None:
    """A switch was pulled at 5: the region is up, and answers for as long as its load balancer keeps the connection."""
    story = visits((4, EAST, True, None), (6, EAST, True, None), (9, EAST, True, 9.2), (10, WEST, True, None))
    assert kept(measure(story, MOMENTS, EAST, WEST)) == (4, 4.2, 5)


def test_errors_that_a_region_answers_are_no_answers_but_keep_the_user() -> None:
    story = visits((4, EAST, True, None), (6, EAST, False, None), (9, EAST, False, 9.0), (10, WEST, True, None))
    assert kept(measure(story, MOMENTS, EAST, WEST)) == (0, 4, 5)


def test_a_connection_that_is_cut_off_and_one_that_cannot_be_opened() -> None:
    story = visits((4, EAST, True, None), (6, EAST, False, 9.0), (9.5, None, False, None), (10, WEST, True, None))
    assert kept(measure(story, MOMENTS, EAST, WEST)) == (0, 4, 5)


def test_a_connection_that_outlives_the_fault() -> None:
    story = visits((4, EAST, True, None), (6, EAST, True, None), (11, EAST, True, None), (14, EAST, True, 14.1))
    assert kept(measure(story, MOMENTS, EAST, WEST)) == (6, None, None)


def test_a_connection_that_had_ended_before_the_fault() -> None:
    story = visits((4, EAST, True, 4.1), (6, None, False, None), (8, WEST, True, None))
    assert kept(measure(story, MOMENTS, EAST, WEST)) == (0, 0, 3)


def test_what_dns_shows_was_detected() -> None:
    late = Moments(fault=5, detected=9, healed=12)
    assert measure(STORY, late, EAST, WEST).detection_seconds == 3
    unseen = Moments(fault=5, healed=12)
    assert measure(STORY, unseen, EAST, WEST).detection_seconds == 3


def test_without_a_fault_nothing_is_measured() -> None:
    assert measure(STORY, Moments(), EAST, WEST) == Measured()


def test_traffic_that_never_moves() -> None:
    stuck = seen(*(second(at, EAST, ok=at < 5) for at in range(12)), *(second(at, EAST) for at in range(12, 15)))
    found = measure(stuck, Moments(fault=5, healed=12), EAST, WEST)
    assert (found.dns_moved_seconds, found.all_traffic_moved_seconds, found.detection_seconds) == (None, None, None)
    assert (found.first_failed_request_seconds, found.last_failed_request_seconds) == (0, 6)
    assert found.dns_back_seconds == 0


def test_a_flap_counts_until_it_is_over() -> None:
    flapping = seen(second(5, EAST), second(6, WEST), second(7, EAST), second(8, WEST), second(9, WEST))
    found = measure(flapping, Moments(fault=5), EAST, WEST)
    assert found.dns_moved_seconds == 3


def test_dns_may_move_before_requests_succeed() -> None:
    cold = seen(second(5, EAST, ok=False), second(6, WEST, ok=False), second(7, WEST), second(8, WEST))
    found = measure(cold, Moments(fault=5), EAST, WEST)
    assert (found.dns_moved_seconds, found.all_traffic_moved_seconds) == (1, 2)


def test_dns_has_moved_when_traffic_has() -> None:
    """A probe that asked DNS at 6.0 and for the page at 6.3; and one that did both between, with the earlier answer."""
    overlapping = ProbeResults(
        answers=tuple(DnsAnswer(t=at, region=of) for at, of in ((6.0, WEST), (6.1, EAST), (6.5, WEST), (6.8, WEST))),
        requests=(
            Request(t=6.2, region=EAST, ok=True),
            Request(t=6.3, region=WEST, ok=True),
            Request(t=6.6, region=WEST, ok=True),
        ),
    )
    found = measure(overlapping, Moments(fault=5), EAST, WEST)
    assert (found.dns_moved_seconds, found.all_traffic_moved_seconds) == (1.3, 1.3)
    assert moved_to(overlapping, WEST, seconds=0.2) == (6.3, 6.3)
    # The request that came first is known, but not yet for long enough.
    assert moved_to(dataclasses.replace(overlapping, requests=overlapping.requests[:2]), WEST) == (6.3, 6.3)
    assert moved_to(dataclasses.replace(overlapping, requests=overlapping.requests[:1]), WEST) == (6.5, None)


SAMPLES = st.lists(
    st.tuples(st.sampled_from([EAST, WEST, None]), st.booleans()).map(
        lambda item: (item[0], item[1] and bool(item[0]))
    ),
    max_size=30,
)


@given(samples=SAMPLES)
def test_settled_means_that_nothing_else_follows(samples: list[tuple[str | None, bool]]) -> None:
    requests = [second(float(at), region, ok=ok)[1] for at, (region, ok) in enumerate(samples)]
    first = settled_at(requests, WEST)
    after = [item for item in requests if first is not None and item.t >= first]
    assert all(item.ok and item.region == WEST for item in after)
    last_wrong = max((item.t for item in requests if not (item.ok and item.region == WEST)), default=-1.0)
    assert first == (last_wrong + 1 if last_wrong + 1 < len(requests) else None)


@given(samples=SAMPLES, fault=st.integers(0, 30), healed=st.integers(0, 30))
def test_times_are_in_order_and_never_negative(samples: list[tuple[str | None, bool]], fault: int, healed: int) -> None:
    story = seen(*(second(float(at), region, ok=ok) for at, (region, ok) in enumerate(samples)))
    found = measure(story, Moments(fault=fault, healed=max(fault, healed)), EAST, WEST)
    assert all(value is None or value >= 0 for value in dataclasses.asdict(found).values())
    first, last = found.first_failed_request_seconds, found.last_failed_request_seconds
    assert (first is None) == (last is None)
    assert first is None or last is None or first <= last
    moved, traffic = found.dns_moved_seconds, found.all_traffic_moved_seconds
    assert moved is None or traffic is None or moved <= traffic
    assert traffic is None or last is None or traffic > last


def test_it_has_settled_when_both_have_for_long_enough() -> None:
    story = seen(*(second(at, WEST) for at in range(4)))
    assert has_settled(story, 0, WEST, 3)
    assert not has_settled(story, 0, WEST, 4)
    assert not has_settled(story, 1, WEST, 3)
    assert not has_settled(ProbeResults(answers=story.answers), 0, WEST, 1)
    assert not has_settled(ProbeResults(), 0, WEST, 0)


def test_a_tally() -> None:
    assert tally(STORY) == {"total": 18, "failed": 3, "by_region": {EAST: 9, WEST: 6}}


def test_a_line_on_what_was_seen_last() -> None:
    assert last_seen(ProbeResults(), EAST) == "no probe has returned yet"
    assert last_seen(seen(second(0, EAST, ok=False)), EAST) == (
        f"DNS answers {EAST}, the last request failed (timed out); 1 of 1 requests failed so far"
    )
    assert "answered by us-west-1; 0 of 1" in last_seen(seen(second(0, WEST)), EAST)
    assert "DNS answers NXDOMAIN" in last_seen(seen(second(0, None, ok=False)), EAST)


@pytest.mark.parametrize(
    ("kind", "detection", "formula"),
    [
        (kinds.BLOCK_ALB, 57, "(10 s + 4 s timeout) x 3 health checks"),
        (kinds.STOP_TASKS, 57, "(10 s + 4 s timeout) x 3 health checks"),
        (kinds.EXTERNAL, 57, "(10 s + 4 s timeout) x 3 health checks"),
        (kinds.UNHEALTHY_APP, 40, "10 s x 2 target checks + 5 s timeout"),
        (kinds.SWITCH, 195, "60 s period of the metric + 120 s on its way through CloudWatch"),
    ],
)
def test_what_each_fault_may_take(kind: str, detection: float, formula: str) -> None:
    budget = budget_for(kind, TIMING)
    assert (budget.detection_seconds, budget.ttl_seconds, budget.total_seconds) == (detection, 60, detection + 60)
    assert budget.formula.startswith(formula)
    assert budget.formula.endswith(f"+ 60 s TTL = {detection + 60} s")


def test_a_resolver_that_caches_has_the_ttl_more() -> None:
    budget = cached(budget_for(kinds.BLOCK_ALB, TIMING))
    assert (budget.detection_seconds, budget.ttl_seconds, budget.total_seconds) == (57 + 60, 60, 57 + 60 + 60)
    assert budget.formula.endswith("= 117 s, and another 60 s that the resolver over HTTPS caches")


@given(interval=st.sampled_from([10, 30]), threshold=st.integers(1, 10), tolerance=st.integers(0, 60))
def test_the_budget_is_interval_times_threshold_and_ttl_at_least(interval: int, threshold: int, tolerance: int) -> None:
    timing = Timing(
        interval=interval,
        threshold=threshold,
        target_interval=10,
        target_threshold=2,
        target_timeout=5,
        tolerance=tolerance,
    )
    assert budget_for(kinds.BLOCK_ALB, timing).total_seconds >= interval * threshold + 60


GOOD: dict[str, float | None] = {
    "detection_seconds": 30,
    "dns_moved_seconds": 35,
    "first_failed_request_seconds": 0,
    "last_failed_request_seconds": 34,
    "all_traffic_moved_seconds": 35,
    "dns_back_seconds": 31,
    "all_traffic_back_seconds": 31,
}


def judged(*troubles: str, **changes: float | None) -> list[str]:
    return judge(Measured(**{**GOOD, **changes}), BUDGET, EAST, WEST, troubles)


def test_within_the_budget_and_back_is_passed() -> None:
    assert judged() == []
    assert judged(dns_moved_seconds=57, all_traffic_moved_seconds=57) == []
    assert judged(first_failed_request_seconds=None, last_failed_request_seconds=None) == []


@pytest.mark.parametrize(
    ("changes", "reasons"),
    [
        ({"dns_moved_seconds": 57.5}, ["DNS answered us-west-1 after 58 s, not within 57 s"]),
        (
            {"all_traffic_moved_seconds": 58},
            [f"us-west-1 answered all requests after 58 s, {LATER}: more than 117 s"],
        ),
        ({"dns_moved_seconds": None, "all_traffic_moved_seconds": None}, ["DNS never settled on us-west-1"]),
        ({"all_traffic_moved_seconds": None}, ["us-west-1 never answered all requests"]),
        (
            {"dns_back_seconds": None, "all_traffic_back_seconds": None},
            ["DNS did not answer us-east-1 again after healing"],
        ),
        (
            {"all_traffic_back_seconds": None},
            ["us-east-1 did not answer all requests again after healing"],
        ),
    ],
)
def test_why_a_drill_fails(changes: dict[str, t.Any], reasons: list[str]) -> None:
    assert judged(**changes) == reasons


def test_trouble_with_the_drill_itself_comes_first() -> None:
    assert judged("the guardian has healed", dns_back_seconds=None)[0] == "the guardian has healed"
    assert judged("the guardian has healed") == ["the guardian has healed"]
