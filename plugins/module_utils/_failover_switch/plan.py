# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a switch has to publish, whether its target is ready, and when it is done. Pure.

The data point (seat, evicted region) → 1 takes the evicted region's traffic away, 0 gives it back to health. It is
published in the region ``seat``, whose alarm Route 53 follows (facts in the docs: docs/runbook.md).
"""

from __future__ import annotations

import dataclasses
import itertools
import typing as t

from .._failover_chain import chain
from .._failover_chain.targets import Targets
from .._failover_chain.tasks import Tasks
from .spec import SwitchSpec

EVICT: t.Final = 1
RELEASE: t.Final = 0
# Looks in a row in which DNS has to answer the target: Route 53's name servers do not change all at one moment.
SURE: t.Final = 3


@dataclasses.dataclass(frozen=True, order=True)
class Point:
    """A data point there should be."""

    seat: str
    evicted: str
    value: int


@dataclasses.dataclass(frozen=True)
class Finding:
    """Why the target is not ready. ``name`` is a word for programs, such as ``targets``."""

    name: str
    text: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class Seat:
    """What CloudWatch in a region says.

    :param last: evicted region → what the last period with data says; without data missing.
    :param alarms: the regions it has an alarm to evict.
    :param problem: why it could not be read; empty otherwise.
    """

    last: t.Mapping[str, float] = dataclasses.field(default_factory=dict)
    alarms: frozenset[str] = frozenset()
    problem: str = ""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Route53:
    """What Route 53's API says.

    :param chain: the regions in DNS, first to serve first.
    :param switches: (seat, evicted region) → whether that switch check is healthy: nobody is evicted by it.
    :param endpoint: region → whether its endpoint check is healthy.
    :param problem: why it could not be read; empty otherwise. Then nothing else counts.
    """

    chain: tuple[str, ...] = ()
    switches: t.Mapping[tuple[str, str], bool] = dataclasses.field(default_factory=dict)
    endpoint: t.Mapping[str, bool] = dataclasses.field(default_factory=dict)
    problem: str = ""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Facts:
    """Everything that was read before the switch.

    :param targets: of the region to serve, and its ``tasks``; None when health is to decide.
    :param serving: the region that DNS answers, None if it is no region's address or nothing.
    """

    route53: Route53
    seats: t.Mapping[str, Seat]
    targets: Targets | None = None
    tasks: Tasks | None = None
    serving: str | None = None

    def seat(self, region: str) -> Seat:
        """What the region's CloudWatch says; nothing is known of one that is in DNS and not in the inventory."""
        return self.seats.get(region, Seat())


def order(spec: SwitchSpec, route53: Route53) -> tuple[str, ...]:
    """The regions as DNS tries them: what Route 53 says, then the inventory's others; without it the inventory."""
    return chain.merge(route53.chain, spec.regions) if route53.chain else spec.regions


def wanted(regions: t.Sequence[str], target: str | None) -> tuple[Point, ...]:
    """Every data point that makes the switch.

    The regions ahead of the target are evicted from its own seat, so that no other region is needed for it. The
    target and those behind it are released everywhere, so that they can take over. By which other seats those ahead
    are evicted, too, does not matter.
    """
    if target is None:
        return tuple(Point(seat, evicted, RELEASE) for evicted, seat in itertools.permutations(regions, 2))
    ahead, rest = regions[: regions.index(target)], regions[regions.index(target) :]
    evictions = [Point(target, evicted, EVICT) for evicted in ahead]
    releases = [Point(seat, free, RELEASE) for free in rest for seat in regions if seat != free]
    return (*evictions, *releases)


def reachable(points: t.Sequence[Point], spec: SwitchSpec, facts: Facts) -> tuple[Point, ...]:
    """Those of the points whose seats answer. The target's own are tried in any case: nothing goes without them."""
    return tuple(point for point in points if point.seat == spec.target or not facts.seat(point.seat).problem)


def due(points: t.Sequence[Point], spec: SwitchSpec, facts: Facts) -> tuple[Point, ...]:
    """Those of the points that are not known to be in effect; all of them while DNS does not answer the target."""
    missing = tuple(point for point in points if not _in_effect(point, facts))
    return missing if missing or facts.serving == (spec.target or facts.serving) else tuple(points)


def _in_effect(point: Point, facts: Facts) -> bool:
    """True if Route 53 and the last data both say so; what one of them does not know the other decides."""
    last = facts.seat(point.seat).last.get(point.evicted)
    # Without a health check that follows it a data point would change nothing.
    if not facts.route53.problem and (point.seat, point.evicted) not in facts.route53.switches:
        return point.value == RELEASE
    says = [] if last is None else [last == point.value]
    healthy = facts.route53.switches.get((point.seat, point.evicted))
    says += [] if healthy is None else [healthy == (point.value == RELEASE)]
    return bool(says) and all(says)


def confirmed(points: t.Sequence[Point], route53: Route53) -> bool | None:
    """Whether Route 53 says that all of the points are in effect; None if it says nothing."""
    if route53.problem:
        return None
    known = [point for point in points if (point.seat, point.evicted) in route53.switches]
    return all(route53.switches[point.seat, point.evicted] == (point.value == RELEASE) for point in known)


def in_flight(points: t.Sequence[Point], facts: Facts) -> bool:
    """True if Route 53 says what is wanted, and the last data say the opposite: those may still be on their way to it.

    CloudWatch takes the maximum of a minute, so that a 0 does not undo a 1 of the same minute.
    """
    return any(
        facts.route53.switches.get((point.seat, point.evicted)) == (point.value == RELEASE)
        and facts.seat(point.seat).last.get(point.evicted, point.value) != point.value
        for point in points
    )


def findings(spec: SwitchSpec, facts: Facts) -> tuple[Finding, ...]:
    """Why the target is not ready to serve; what could not be read is not among them but in warnings()."""
    target = spec.target
    if target is None:
        return ()
    found = [*_in_dns(target, facts), *_capacity(target, facts)]
    ahead = [point.evicted for point in wanted(order(spec, facts.route53), target) if point.value == EVICT]
    for evicted in ahead:
        found += _switch(target, evicted, facts)
    for seat, state in facts.seats.items():
        holds = facts.route53.switches.get((seat, target)) is False or state.last.get(target) == EVICT
        if holds and state.problem:
            text = f"{target} is evicted by the switch in {seat}, which cannot be released: {state.problem}"
            found.append(Finding("evicted", text))
    return tuple(found)


def _in_dns(target: str, facts: Facts) -> list[Finding]:
    route53 = facts.route53
    if route53.problem:
        return []
    if target not in route53.chain:
        return [Finding("not_in_dns", f"{target} is not in DNS; run site.yml first")]
    if route53.endpoint.get(target) is False:
        return [Finding("endpoint", f"Route 53's health checkers see {target} unhealthy")]
    return []


def _capacity(target: str, facts: Facts) -> list[Finding]:
    found: list[Finding] = []
    tasks, targets = facts.tasks or Tasks(problem="unread"), facts.targets or Targets(problem="unread")
    least = max(1, 0 if tasks.problem else tasks.desired)
    if not targets.problem and targets.healthy < least:
        found.append(Finding("targets", f"{targets.healthy} targets are healthy in {target}, and it needs {least}"))
    elif not targets.problem and targets.unready():
        found.append(Finding("targets", f"not every service can serve in {target}: {targets.unready()}"))
    if not tasks.problem and tasks.running < tasks.desired:
        found.append(Finding("tasks", f"{tasks.running} of {tasks.desired} tasks run in {target}"))
    if not tasks.problem and tasks.rollout:
        found.append(Finding("rollout", f"the service in {target} is not settled: {tasks.rollout}"))
    return found


def _switch(target: str, evicted: str, facts: Facts) -> list[Finding]:
    """What is missing of the switch in the target region that evicts another."""
    found: list[Finding] = []
    seat = facts.seats[target]
    if not seat.problem and evicted not in seat.alarms:
        found.append(Finding("alarm", f"{target} has no alarm that evicts {evicted}; run site.yml first"))
    if not facts.route53.problem and (target, evicted) not in facts.route53.switches:
        found.append(Finding("switch", f"no health check follows the switch in {target} that evicts {evicted}"))
    return found


def warnings(spec: SwitchSpec, facts: Facts) -> tuple[str, ...]:
    """What could not be read, and what follows from it."""
    texts: list[str] = []
    if facts.route53.problem:
        texts.append(
            f"Route 53's API cannot be read, so the order of the regions is the inventory's ({facts.route53.problem})"
        )
    for seat, state in facts.seats.items():
        if state.problem:
            texts.append(f"{seat}: its switches may stay as they are until it answers again ({state.problem})")
    for what, known in (("targets", facts.targets), ("tasks", facts.tasks)):
        if known is not None and known.problem:
            texts.append(f"{spec.target}: its {what} cannot be read ({known.problem})")
    return tuple(texts)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Look:
    """What was seen of a switch under way.

    :param moved: whether DNS answered another region when it began.
    :param in_a_row: how many times DNS has answered the target, now and directly before.
    :param confirmed: as in confirmed().
    :param elapsed: seconds since it began.
    :param in_flight: as in in_flight().
    """

    moved: bool
    in_a_row: int
    confirmed: bool | None
    elapsed: float
    in_flight: bool = False


def is_done(spec: SwitchSpec, look: Look) -> bool:
    """True when DNS answers the target because of the switch.

    DNS alone decides where it shows the effect. Where it answered the target before, the switch may still be on its
    way: Route 53's word counts then. Where that is not to be had, or older data points may overtake it, it takes
    data points for long enough. Likewise when health is to decide: DNS then answers whatever health says.
    """
    late = look.elapsed >= spec.hold
    shown = late if look.confirmed is None else look.confirmed and (late or not look.in_flight)
    if spec.target is None:
        return shown
    return look.in_a_row >= SURE and (look.moved or shown)


def position(switches: t.Mapping[tuple[str, str], bool]) -> dict[str, list[str]]:
    """Evicted region → the seats that evict it."""
    held = sorted((evicted, seat) for (seat, evicted), healthy in switches.items() if not healthy)
    return {evicted: [seat for _evicted, seat in seats] for evicted, seats in itertools.groupby(held, lambda p: p[0])}


def summary(
    spec: SwitchSpec, facts: Facts, published: t.Sequence[Point], serving: str | None, seconds: float
) -> list[str]:
    """The outcome for people."""
    now = f"{serving or 'No region'} serves {spec.record}"
    if not published:
        held = "the switch is set so" if spec.target else "no region is evicted"
        return [f"{now} already, and {held}: nothing to do."]
    before = f"before it was {facts.serving or 'no region'}" if serving != facts.serving else "as before"
    after = (
        "Health decides again."
        if spec.target is None
        else "It stays so until the next switch: auto lets health decide."
    )
    return [f"{now}, after {seconds:.0f} seconds; {before}.", after]


def intention(spec: SwitchSpec, facts: Facts, missing: t.Sequence[Point]) -> list[str]:
    """What would be done, for people."""
    lines = [f"  {point.value} for {point.evicted} in {point.seat}" for point in missing]
    head = f"{facts.serving or 'No region'} serves {spec.record}."
    return [
        head,
        *(["These data points would be published:", *lines] if lines else ["No data point would be published."]),
    ]
