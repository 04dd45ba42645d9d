# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which data points make a switch, and which of them are missing."""

from __future__ import annotations

import dataclasses
import itertools
import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._failover_switch import plan, report
from ansible_collections.everlook.failover.plugins.module_utils._failover_switch.capacity import Preparation
from ansible_collections.everlook.failover.plugins.module_utils._failover_switch.plan import Point, Progress
from ansible_collections.everlook.failover.plugins.module_utils._failover_switch.snapshot import Route53, Seat
from ansible_collections.everlook.failover.plugins.module_utils._failover_switch.switch import Due

from .world import EAST, GONE, THIRD, THREE, TWO, WEST, observed, route53, schedule, seats, spec

EVICT_EAST, FREE_WEST = Point(WEST, EAST, 1), Point(EAST, WEST, 0)
NOTHING = Due((), ())


def test_a_target_evicts_those_ahead_itself_and_is_released_elsewhere() -> None:
    assert plan.wanted(TWO, WEST) == (EVICT_EAST, FREE_WEST)


def test_the_first_region_evicts_nobody() -> None:
    assert plan.wanted(TWO, EAST) == (Point(WEST, EAST, 0), FREE_WEST)


def test_of_three_those_behind_the_target_are_released_too() -> None:
    assert set(plan.wanted(THREE, WEST)) == {
        EVICT_EAST,
        *(Point(seat, WEST, 0) for seat in (EAST, THIRD)),
        *(Point(seat, THIRD, 0) for seat in (EAST, WEST)),
    }
    assert {point for point in plan.wanted(THREE, THIRD) if point.value} == {
        Point(THIRD, EAST, 1),
        Point(THIRD, WEST, 1),
    }


def test_auto_releases_everyone_everywhere() -> None:
    points = plan.wanted(THREE, None)
    assert {(point.seat, point.evicted) for point in points} == set(itertools.permutations(THREE, 2))
    assert {point.value for point in points} == {0}


@pytest.mark.parametrize("regions", [TWO, THREE, (THIRD, EAST, WEST)])
def test_whatever_was_before_the_target_is_the_first_that_is_not_evicted(regions: tuple[str, ...]) -> None:
    """Every history of two switches ends where the last one says, all seats being reachable."""
    for first, then in itertools.product((*regions, None), repeat=2):
        state: dict[tuple[str, str], int] = {}
        for target in (first, then):
            state.update({(point.seat, point.evicted): point.value for point in plan.wanted(regions, target)})
        evicted = {region for (_seat, region), value in state.items() if value}
        free = [region for region in regions if region not in evicted]
        assert free[0] == (then or regions[0])
        assert evicted == set(regions[: regions.index(then or regions[0])])


def test_the_order_is_route_53s_and_without_it_the_inventorys() -> None:
    assert plan.order(spec(regions=THREE), route53((WEST, EAST))) == (WEST, EAST, THIRD)
    assert plan.order(spec(regions=THREE), Route53(problem=GONE)) == THREE
    assert plan.order(spec(regions=THREE), Route53()) == THREE
    assert plan.order(spec(), route53((THIRD, EAST, WEST))) == (THIRD, EAST, WEST)


def test_only_seats_that_answer_are_told_but_the_targets_own_always() -> None:
    both_gone = observed(seats=seats(us_east_1=Seat(problem=GONE), us_west_1=Seat(problem=GONE)))
    assert plan.reachable((EVICT_EAST, FREE_WEST), spec(), both_gone) == (EVICT_EAST,)
    assert plan.reachable((EVICT_EAST, FREE_WEST), spec(), observed()) == (EVICT_EAST, FREE_WEST)
    assert plan.reachable((EVICT_EAST, FREE_WEST), spec("auto"), both_gone) == ()


HELD = route53(held=[(WEST, EAST)])
UNREAD = Route53(problem=GONE)


@pytest.mark.parametrize(
    ("known", "last", "serving", "expected"),
    [
        # Route 53 says that nobody is evicted
        (route53(), None, EAST, (EVICT_EAST,)),
        (route53(), 0, EAST, (EVICT_EAST,)),
        (route53(), 1, EAST, (EVICT_EAST,)),  # on its way, or missed
        (route53(), 1, WEST, (EVICT_EAST,)),
        # Route 53 says that it is done
        (HELD, 1, WEST, ()),
        (HELD, None, WEST, ()),  # hours ago
        (HELD, 0, WEST, (EVICT_EAST,)),  # about to be released
        # Route 53 says nothing
        (UNREAD, 1, WEST, ()),
        (UNREAD, 0, WEST, (EVICT_EAST, FREE_WEST)),
        (UNREAD, None, WEST, (EVICT_EAST, FREE_WEST)),
        # all is as it should be, and DNS does not show it
        (HELD, 1, EAST, (EVICT_EAST, FREE_WEST)),
        (HELD, 1, None, (EVICT_EAST, FREE_WEST)),
    ],
)
def test_what_is_in_effect_is_not_published_again(
    known: Route53, last: float | None, serving: str | None, expected: tuple[Point, ...]
) -> None:
    data = {} if last is None else {EAST: last}
    east = Seat(last={WEST: 0.0} if data.get(EAST) == 1 else {}, alarms=frozenset({WEST}))
    there = observed(
        route53=known,
        serving=serving,
        seats=seats(us_east_1=east, us_west_1=Seat(last=data, alarms=frozenset({EAST}))),
    )
    assert plan.due(plan.wanted(TWO, WEST), spec(), there) == expected


def test_auto_publishes_only_where_someone_may_be_evicted() -> None:
    points = plan.wanted(TWO, None)
    assert plan.due(points, spec("auto"), observed()) == ()
    assert plan.due(points, spec("auto"), observed(route53=HELD)) == (Point(WEST, EAST, 0),)
    assert set(plan.due(points, spec("auto"), observed(route53=UNREAD))) == set(points)
    # A point on its way has to be taken back, although nobody is evicted yet.
    sent = observed(seats=seats(us_west_1=Seat(last={EAST: 1.0})))
    assert plan.due(points, spec("auto"), sent) == (Point(WEST, EAST, 0),)


def test_a_switch_without_a_health_check_has_nothing_to_release() -> None:
    no_checks = Route53(chain=TWO)
    assert plan.due(plan.wanted(TWO, None), spec("auto"), observed(route53=no_checks)) == ()
    assert plan.due((EVICT_EAST,), spec(), observed(route53=no_checks, serving=WEST)) == (EVICT_EAST,)


def test_a_region_in_dns_that_the_inventory_lacks_is_evicted_like_others() -> None:
    chain = (THIRD, EAST, WEST)
    there = observed(route53=route53(chain), serving=None)
    points = plan.wanted(plan.order(spec(), there.route53), WEST)
    assert Point(WEST, THIRD, 1) in plan.due(points, spec(), there)
    assert plan.reachable(points, spec(), there) == points


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        (UNREAD, None),
        (route53(), False),
        (HELD, True),
        (route53(held=[(WEST, EAST), (EAST, WEST)]), False),
        (Route53(chain=TWO), True),  # nothing follows the points
    ],
)
def test_route_53_confirms(known: Route53, expected: bool | None) -> None:
    assert plan.confirmed((EVICT_EAST, FREE_WEST), known) is expected


@pytest.mark.parametrize(
    ("moved", "in_a_row", "confirmed", "elapsed", "expected"),
    [
        (True, 3, None, 5, True),  # DNS alone
        (True, 3, False, 5, True),
        (True, 2, None, 5, False),
        (True, 0, True, 500, False),  # whatever Route 53's API says, DNS does not answer it
        (False, 3, None, 5, False),  # it did before: that shows nothing
        (False, 3, False, 5, False),
        (False, 3, True, 5, True),
        (False, 3, None, 180, True),
        (False, 3, None, 179, False),
        (False, 3, False, 500, False),
        (False, 2, True, 500, False),
    ],
)
def test_a_switch_is_done_when_dns_shows_it(
    moved: bool, in_a_row: int, confirmed: bool | None, elapsed: float, expected: bool
) -> None:
    progress = Progress(moved=moved, in_a_row=in_a_row, confirmed=confirmed, elapsed=elapsed)
    assert plan.is_done(spec(), progress) is expected


@pytest.mark.parametrize(
    ("confirmed", "elapsed", "expected"), [(True, 1, True), (False, 500, False), (None, 180, True), (None, 1, False)]
)
def test_a_release_is_done_when_route_53_says_so_or_time_is_up(
    confirmed: bool | None, elapsed: float, expected: bool
) -> None:
    progress = Progress(moved=True, in_a_row=0, confirmed=confirmed, elapsed=elapsed)
    assert plan.is_done(spec("auto"), progress) is expected


@pytest.mark.parametrize(
    ("known", "last", "expected"),
    [
        (route53(), {EAST: 1.0}, True),  # it was published, and has evicted nobody yet
        (route53(), {EAST: 0.0}, False),
        (route53(), {}, False),
        (HELD, {EAST: 1.0}, False),  # it has arrived
        (UNREAD, {EAST: 1.0}, False),  # then time decides anyway
    ],
)
def test_a_point_of_an_earlier_switch_may_be_on_its_way(known: Route53, last: dict[str, float], expected: bool) -> None:
    there = observed(route53=known, seats=seats(us_west_1=Seat(last=last)))
    assert plan.in_flight(plan.wanted(TWO, None), there) is expected


@pytest.mark.parametrize(("elapsed", "expected"), [(1, False), (179, False), (180, True)])
@pytest.mark.parametrize("to", [WEST, "auto"])
def test_while_one_is_on_its_way_route_53s_word_is_not_enough(to: str, elapsed: float, expected: bool) -> None:
    progress = Progress(moved=False, in_a_row=3, confirmed=True, elapsed=elapsed, in_flight=True)
    assert plan.is_done(spec(to), progress) is expected
    assert not plan.is_done(spec(to), dataclasses.replace(progress, confirmed=False))
    assert plan.is_done(spec(WEST), dataclasses.replace(progress, moved=True))


@pytest.mark.parametrize(
    ("to", "changed", "expected"),
    [
        (WEST, {"in_a_row": 0, "confirmed": False}, ""),  # DNS says what is waited for
        (WEST, {"moved": True, "confirmed": False}, ""),
        (WEST, {"confirmed": False}, "until Route 53's health checks show it"),
        ("auto", {"in_a_row": 0, "confirmed": False}, "until Route 53's health checks show it"),
        ("auto", {"confirmed": None}, "for 180 s, because Route 53's API cannot confirm it"),
        ("auto", {"confirmed": True, "in_flight": True}, "for 180 s, because older data points may still arrive"),
        ("auto", {"confirmed": True}, ""),
    ],
)
def test_it_says_what_it_waits_for(to: str, changed: dict[str, t.Any], expected: str) -> None:
    progress = Progress(**{"moved": False, "in_a_row": 3, "confirmed": True, "elapsed": 1, **changed})
    assert plan.awaited(spec(to), progress) == expected


def test_the_summary() -> None:
    before, held = observed(), (plan.Hold(WEST, (EAST,)),)
    assert report.summary(spec(), before, Due((EVICT_EAST,), held), WEST, 131.4) == [
        "us-west-1 serves dev.example.com after 131 seconds (before: us-east-1).",
        "It serves until the next switch; to=auto releases it.",
    ]
    assert report.summary(spec("auto"), before, Due((FREE_WEST,), ()), EAST, 9.0) == [
        "us-east-1 serves dev.example.com after 9 seconds (as before).",
        "Health decides again.",
    ]
    assert report.summary(spec(), before, NOTHING, WEST, 0.0) == [
        "us-west-1 already serves dev.example.com, and its switch is set: nothing to do."
    ]
    assert report.summary(spec(), before, Due((), held), WEST, 3.0) == [
        "us-west-1 already serves dev.example.com. Its switch is held again."
    ]
    assert "no region is evicted" in report.summary(spec("auto"), before, NOTHING, EAST, 0.0)[0]
    overtaken = report.summary(spec("auto"), before, NOTHING, EAST, 181.0)
    assert overtaken[1] == "Data points were published for 181 seconds, so that no older one counts."
    assert report.intention(spec(), before, Due((EVICT_EAST,), held), Preparation()) == [
        "us-east-1 serves dev.example.com.",
        "These data points would be published:",
        "  1 for us-east-1 in us-west-1",
        "The schedule in us-west-1 would publish it for us-east-1 every minute.",
    ]
    assert report.intention(spec(), before, NOTHING, Preparation())[-1] == "No data point would be published."


def holds(to: str, **there: Seat) -> tuple[plan.Hold, ...]:
    snapshot = observed(THREE, seats=seats(THREE, **there), route53=route53(THREE))
    wish = spec(to, THREE)
    return plan.holds(plan.reachable(plan.wanted(THREE, wish.target), wish, snapshot), snapshot)


def test_a_switch_is_held_in_its_own_seat() -> None:
    assert holds("auto") == ()
    assert holds(EAST) == ()
    assert holds(WEST) == (plan.Hold(WEST, (EAST,)),)
    assert holds(THIRD) == (plan.Hold(THIRD, (EAST, WEST)),)
    assert holds(WEST, us_west_1=Seat(schedule=schedule(WEST, EAST))) == ()


def test_what_held_another_switch_lets_go() -> None:
    third = Seat(schedule=schedule(THIRD, EAST, WEST))
    assert holds("auto", us_west_2=third) == (plan.Hold(THIRD, ()),)
    # It may go on evicting who is ahead of the target anyway.
    assert holds(WEST, us_west_2=third) == (plan.Hold(WEST, (EAST,)), plan.Hold(THIRD, (EAST,)))
    assert holds("auto", us_west_2=dataclasses.replace(third, problem=GONE)) == ()
    snapshot = observed(THREE, seats=seats(THREE, us_west_2=third))
    assert plan.must_stop_publishing(plan.Hold(THIRD, (EAST,)), snapshot)
    assert not plan.must_stop_publishing(plan.Hold(WEST, (EAST,)), snapshot)


def test_a_schedule_that_publishes_something_else_lets_go() -> None:
    strange = dataclasses.replace(schedule(WEST, EAST), evicts=None)
    there = Seat(schedule=strange)
    assert holds("auto", us_west_1=there) == (plan.Hold(WEST, ()),)
    assert plan.must_stop_publishing(plan.Hold(WEST, ()), observed(seats=seats(us_west_1=there)))
