# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a switch has to publish, and when it is done. Pure.

The data point (seat, evicted region) → 1 evicts the region, 0 lets health decide again. It is published in the region
``seat``, whose alarm Route 53 follows (docs/runbook.md).
"""

from __future__ import annotations

import dataclasses
import itertools
import typing as t

from .._failover_chain import chain
from .snapshot import Route53, Snapshot
from .spec import Spec

EVICT: t.Final = 1
RELEASE: t.Final = 0
# How many times in a row DNS has to answer the target, because Route 53's name servers do not change at once
SURE: t.Final = 3


@dataclasses.dataclass(frozen=True, order=True)
class Point:
    """A wanted data point."""

    seat: str
    evicted: str
    value: int


@dataclasses.dataclass(frozen=True, order=True)
class Hold:
    """A wanted schedule. It publishes the eviction of ``evicts`` every minute; without any it is disabled."""

    seat: str
    evicts: tuple[str, ...]


def order(spec: Spec, route53: Route53) -> tuple[str, ...]:
    """The regions in the order of DNS, with others of the inventory; the inventory's order if DNS's is not known."""
    return chain.merge(route53.chain, spec.regions) if route53.chain else spec.regions


def wanted(regions: t.Sequence[str], target: str | None) -> tuple[Point, ...]:
    """All data points of a switch to the target.

    The regions ahead of the target are evicted by its own switches, so that no other region is needed. The target and
    those behind it are released everywhere, so that they can take over. Whether other seats evict those ahead as well
    does not matter.
    """
    if target is None:
        return tuple(Point(seat, evicted, RELEASE) for evicted, seat in itertools.permutations(regions, 2))
    ahead, rest = regions[: regions.index(target)], regions[regions.index(target) :]
    evictions = [Point(target, evicted, EVICT) for evicted in ahead]
    releases = [Point(seat, free, RELEASE) for free in rest for seat in regions if seat != free]
    return (*evictions, *releases)


def reachable(points: t.Sequence[Point], spec: Spec, observed: Snapshot) -> tuple[Point, ...]:
    """The points whose seats answer, and in any case the target's own, which are indispensable."""
    return tuple(point for point in points if point.seat == spec.target or not observed.seat(point.seat).problem)


def due(points: t.Sequence[Point], spec: Spec, observed: Snapshot) -> tuple[Point, ...]:
    """The points that are not known to be in effect; all of them while DNS does not answer the target."""
    missing = tuple(point for point in points if not _in_effect(point, observed))
    return missing if missing or observed.serving == (spec.target or observed.serving) else tuple(points)


def holds(points: t.Sequence[Point], observed: Snapshot) -> tuple[Hold, ...]:
    """The schedules to change, because they do not publish the points.

    They are in the seats, so that like the switch they depend on no other region.
    """
    found: list[Hold] = []
    for seat in sorted({point.seat for point in points}):
        schedule = observed.seat(seat).schedule
        here = [point for point in points if point.seat == seat]
        if schedule is not None:
            released = {point.evicted for point in here if point.value == RELEASE}
            evicts = (schedule.holds | {point.evicted for point in here if point.value == EVICT}) - released
            if evicts != schedule.holds or schedule.enabled != bool(evicts):
                found.append(Hold(seat, tuple(sorted(evicts))))
    return tuple(found)


def must_stop_publishing(hold: Hold, observed: Snapshot) -> bool:
    """Whether a schedule has to stop publishing something, which would undo the switch within a minute."""
    schedule = observed.seat(hold.seat).schedule
    return schedule is not None and schedule.enabled and not (schedule.evicts or {""}) <= set(hold.evicts)


def _in_effect(point: Point, observed: Snapshot) -> bool:
    """Whether Route 53 and the last data point agree with the point; if one is not known, the other decides."""
    last = observed.seat(point.seat).last.get(point.evicted)
    # A data point that no health check follows changes nothing.
    if not observed.route53.problem and (point.seat, point.evicted) not in observed.route53.switches:
        return point.value == RELEASE
    says = [] if last is None else [last == point.value]
    healthy = observed.route53.switches.get((point.seat, point.evicted))
    says += [] if healthy is None else [healthy == (point.value == RELEASE)]
    return bool(says) and all(says)


def confirmed(points: t.Sequence[Point], route53: Route53) -> bool | None:
    """Whether Route 53 shows that all points are in effect; None if not known."""
    if route53.problem:
        return None
    followed = [point for point in points if (point.seat, point.evicted) in route53.switches]
    says = [(route53.switches[point.seat, point.evicted], point.value == RELEASE) for point in followed]
    if any(healthy is not None and healthy != released for healthy, released in says):
        return False
    return None if any(healthy is None for healthy, _released in says) else True


def in_flight(points: t.Sequence[Point], observed: Snapshot) -> bool:
    """Whether the last data points contradict the points although Route 53 agrees: they may still be on their way.

    CloudWatch takes the maximum of a minute, so a 0 does not undo a 1 of the same minute.
    """
    return any(
        observed.route53.switches.get((point.seat, point.evicted)) == (point.value == RELEASE)
        and observed.seat(point.seat).last.get(point.evicted, point.value) != point.value
        for point in points
    )


@dataclasses.dataclass(frozen=True, kw_only=True)
class Progress:
    """The progress of a switch.

    :param moved: whether DNS answered another region before.
    :param in_a_row: how many times DNS has answered the target, now and directly before.
    :param confirmed: see confirmed().
    :param elapsed: seconds since the switch began.
    :param in_flight: see in_flight().
    """

    moved: bool
    in_a_row: int
    confirmed: bool | None
    elapsed: float
    in_flight: bool = False


def awaited(spec: Spec, progress: Progress) -> str:
    """What a switch waits for besides DNS, for people; empty for nothing."""
    if spec.target is not None and (progress.moved or not progress.in_a_row):
        return ""
    if progress.confirmed is False:
        return "until Route 53's health checks show it"
    if progress.confirmed is None:
        return f"for {spec.hold:.0f} s, because Route 53's API cannot confirm it"
    return f"for {spec.hold:.0f} s, because older data points may still arrive" if progress.in_flight else ""


def is_done(spec: Spec, progress: Progress) -> bool:
    """Whether DNS answers the target because of the switch.

    If DNS has changed, it decides alone. If it answered the target before, the switch may not be in effect yet, so
    Route 53 has to confirm it. If Route 53 cannot, or older data points may overtake it, data points have to be
    published for long enough. The same applies if health is to decide, since DNS then answers what health says.
    """
    late = progress.elapsed >= spec.hold
    shown = late if progress.confirmed is None else progress.confirmed and (late or not progress.in_flight)
    if spec.target is None:
        return shown
    return progress.in_a_row >= SURE and (progress.moved or shown)
