# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the target of a switch is ready to serve. Pure."""

from __future__ import annotations

import dataclasses
import itertools
import typing as t

from .._failover_chain.schedules import LASTS
from .._failover_chain.targets import Targets
from .._failover_chain.tasks import Tasks
from .capacity import preparation_of
from .plan import EVICT, order, wanted
from .snapshot import Snapshot
from .spec import Spec


@dataclasses.dataclass(frozen=True)
class Finding:
    """Why the target is not ready. ``name`` is for programs, such as ``targets``."""

    name: str
    text: str


def findings(spec: Spec, observed: Snapshot) -> tuple[Finding, ...]:
    """Why the switch would not have its effect. Other regions that could not be read are in warnings()."""
    target = spec.target
    if target is None:
        return tuple(_kept(observed, order(spec, observed.route53)))
    found = [*_in_dns(target, observed), *_capacity(target, observed)]
    ahead = [point.evicted for point in wanted(order(spec, observed.route53), target) if point.value == EVICT]
    for evicted in ahead:
        found += _switch(target, evicted, observed)
    for name, (maximum, needed) in preparation_of(spec, observed).short.items():
        text = f"the scaling of {name} in {target} allows {maximum} tasks, and {needed} are needed to carry the load"
        found.append(Finding("capacity", text))
    return (*found, *_kept(observed, (target,)))


def _kept(observed: Snapshot, regions: t.Iterable[str]) -> t.Iterator[Finding]:
    """What keeps regions evicted that are to be released."""
    for region, (seat, state) in itertools.product(regions, observed.seats.items()):
        if observed.route53.switches.get((seat, region)) is not False and state.last.get(region) != EVICT:
            continue
        if state.problem:
            text = f"{region} is evicted by the switch in {seat}, which cannot be released: {_within(state.problem)}"
            yield Finding("evicted", text)
        elif state.schedule_problem:
            text = (
                f"{region} is evicted by the switch in {seat}, and the schedule that may set it again every minute "
                f"cannot be read: {_within(state.schedule_problem)}"
            )
            yield Finding("held", text)


def _in_dns(target: str, observed: Snapshot) -> list[Finding]:
    route53 = observed.route53
    if route53.problem:
        return []
    if target not in route53.chain:
        return [Finding("not_in_dns", f"{target} is not in DNS; run site.yml first")]
    if route53.endpoint.get(target) is False:
        return [Finding("endpoint", f"Route 53's health checkers find {target} unhealthy")]
    return []


def _capacity(target: str, observed: Snapshot) -> list[Finding]:
    found: list[Finding] = []
    tasks, targets = observed.tasks or Tasks(problem="unread"), observed.targets or Targets(problem="unread")
    least = max(1, 0 if tasks.problem else tasks.desired)
    if not targets.problem and targets.healthy < least:
        found.append(Finding("targets", f"{targets.healthy} targets are healthy in {target}, and {least} are needed"))
    elif not targets.problem and targets.unready():
        found.append(Finding("targets", f"not every service can serve in {target}: {targets.unready()}"))
    if not tasks.problem and tasks.running < tasks.desired:
        found.append(Finding("tasks", f"{tasks.running} of {tasks.desired} tasks run in {target}"))
    if not tasks.problem and tasks.rollout:
        found.append(Finding("rollout", f"the service in {target} is not stable: {tasks.rollout}"))
    return found


def _switch(target: str, evicted: str, observed: Snapshot) -> list[Finding]:
    """What the switch in the target region lacks to evict another."""
    found: list[Finding] = []
    seat = observed.seats[target]
    if not seat.problem and evicted not in seat.alarms:
        found.append(Finding("alarm", f"{target} has no alarm that evicts {evicted}; run site.yml first"))
    if not observed.route53.problem and (target, evicted) not in observed.route53.switches:
        found.append(Finding("switch", f"no health check follows the switch in {target} that evicts {evicted}"))
    return found


def warnings(spec: Spec, observed: Snapshot) -> tuple[str, ...]:
    """What could not be read, and the consequences."""
    texts: list[str] = []
    if observed.route53.problem:
        texts.append(
            f"Route 53's API cannot be read, so the regions are in the inventory's order ({observed.route53.problem})"
        )
    for seat, state in observed.seats.items():
        if state.problem:
            texts.append(f"{seat}: its switches may stay as they are ({state.problem})")
    for what, known in (("targets", observed.targets), ("tasks", observed.tasks)):
        if known is not None and known.problem:
            texts.append(f"{spec.target}: its {what} cannot be read ({known.problem})")
    serving = observed.counts.get(observed.serving or "")
    if spec.target != observed.serving and serving is not None and serving.problem:
        texts.append(
            f"it is not known how many tasks {observed.serving} runs, so {spec.target} gets no more ({serving.problem})"
        )
    texts += _unheld(spec, observed)
    texts += [observed.account_problem] if observed.account_problem else []
    return tuple(texts)


def _unheld(spec: Spec, observed: Snapshot) -> t.Iterator[str]:
    """Switches that no schedule will hold, and those that a schedule may set again."""
    for point in wanted(order(spec, observed.route53), spec.target):
        seat = observed.seat(point.seat)
        if point.value == EVICT and seat.schedule is None:
            problem = seat.schedule_problem or seat.problem
            why = f"cannot be read: {_within(problem)}" if problem else "is missing; run site.yml"
            yield (
                f"{point.seat}: the schedule that holds its switches {why}. AWS promises that the switch of "
                f"{point.evicted} stays for {LASTS} only"
            )
        elif point.value != EVICT and seat.schedule_problem and not seat.problem:
            yield (
                f"{point.seat}: its schedule cannot be read ({seat.schedule_problem}). If it holds the switch of "
                f"{point.evicted}, it sets it again within a minute"
            )


def _within(problem: str) -> str:
    """The problem as part of a sentence: some problems are sentences."""
    return problem.removesuffix(".")
