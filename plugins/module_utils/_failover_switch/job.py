# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""failover_switch: one region serves until told otherwise, or health decides again. Publishes data points only."""

from __future__ import annotations

import dataclasses
import functools
import itertools
import os
import time
import typing as t

from .._aws.owner import Owner
from .._engine.aws_errors import translate
from .._engine.context import Context
from .._engine.errors import AwsError, NotReady, WaitError
from .._engine.gather import gather
from .._engine.job import Job
from .._failover_chain import switches
from .._failover_chain.unread import Unread
from .._probe.answers import Answer
from .._probe.network import Network
from .._probe.regions import Regions
from .._probe.resolver import Walker
from . import plan
from .observe import read_facts, read_route53
from .options import OPTIONS, REQUIRED_IF
from .plan import Facts, Finding, Look, Point
from .spec import AUTO, SwitchSpec, parse_switch

# Seconds between two questions to DNS
_LOOK_EVERY: t.Final = 1.0


@dataclasses.dataclass(frozen=True)
class Eyes:
    """What looks at DNS."""

    walker: Walker
    regions: Regions
    record: str

    def look(self) -> tuple[Answer, str | None]:
        """(what DNS answers now, whose addresses they are)."""
        answer = self.walker.ask(self.record)
        return answer, self.regions.region_of(answer.addresses)


def run(ctx: Context) -> dict[str, t.Any]:
    """The module's result. Raises FailoverError: NotReady when the target is not ready, WaitError."""
    spec = parse_switch(ctx.params)
    walker = Walker(Network.from_environment(os.environ), spec.start)
    eyes = Eyes(walker, Regions(walker, spec.record, spec.regions), spec.record)
    # A region that is gone must not hold up the others.
    hurried = ctx.hurried()
    found: dict[str, t.Any] = gather({"facts": lambda: read_facts(hurried, spec), "dns": eyes.look})
    (facts, account), (answer, serving) = found["facts"], found["dns"]
    facts = dataclasses.replace(facts, serving=serving)
    missing = plan.findings(spec, facts)
    if missing and not spec.force:
        raise NotReady(_refusal(spec, missing))
    forced = tuple(f"although {finding.text}" for finding in missing)
    for text in (*plan.warnings(spec, facts), *([account] if account else []), *forced):
        ctx.warn(text)
    points = plan.wanted(plan.order(spec, facts.route53), spec.target)
    points = plan.reachable(points, spec, facts)
    due = plan.due(points, spec, facts)
    began = time.monotonic()
    if due and not ctx.check_mode:
        answer, serving = _Switching(hurried, spec, eyes, facts, due).until_done(began)
    seconds = round(time.monotonic() - began, 1)
    return {
        "changed": bool(due),
        "to": spec.target or AUTO,
        "published": [dataclasses.asdict(point) for point in due],
        "findings": [dataclasses.asdict(finding) for finding in missing],
        "served_before": facts.serving,
        "serving": serving,
        "answer": {"response_code": answer.rcode, "values": list(answer.addresses), "ttl": answer.ttl},
        "seconds": seconds,
        "summary": plan.intention(spec, facts, due)
        if ctx.check_mode
        else plan.summary(spec, facts, due, serving, seconds),
    }


def _refusal(spec: SwitchSpec, missing: t.Sequence[Finding]) -> str:
    named = "; ".join(f"[{finding.name}] {finding.text}" for finding in missing)
    return (
        f"{spec.target} is not ready to serve {spec.record}: {named}. Nothing was changed. Repair that, "
        "or repeat the command with force=true."
    )


class _Switching:
    """A switch under way: data points every few seconds, and a look at DNS every second."""

    def __init__(self, ctx: Context, spec: SwitchSpec, eyes: Eyes, facts: Facts, due: t.Sequence[Point]) -> None:
        self._ctx = ctx
        self._spec = spec
        self._eyes = eyes
        self._due = due
        self._before = facts.serving
        self._blind = bool(facts.route53.problem)
        self._in_flight = plan.in_flight(due, facts)
        self._said = ""
        self._unpublished: dict[str, str] = {}

    def until_done(self, began: float) -> tuple[Answer, str | None]:
        """Publish until DNS shows it. Raises WaitError when it does not in time."""
        spec, in_a_row, next_points = self._spec, 0, began
        confirmed: bool | None = None
        while True:
            if time.monotonic() >= next_points:
                next_points = time.monotonic() + spec.interval
                self._publish()
                # An API that did not answer at first is not waited for again and again.
                confirmed = None if self._blind else plan.confirmed(self._due, read_route53(self._ctx, spec))
            answer, serving = self._eyes.look()
            in_a_row = in_a_row + 1 if serving == spec.target else 0
            elapsed = time.monotonic() - began
            self._say(answer, serving, elapsed)
            moved = self._before != spec.target
            look = Look(moved=moved, in_a_row=in_a_row, confirmed=confirmed, elapsed=elapsed, in_flight=self._in_flight)
            if plan.is_done(spec, look):
                return answer, serving
            if elapsed > spec.timeout:
                raise WaitError(self._too_late(answer, serving))
            self._ctx.sleep(_LOOK_EVERY)

    def _publish(self) -> None:
        """One data point for each switch; a seat that does not answer is tried again the next time."""
        by_seat = {seat: list(points) for seat, points in itertools.groupby(sorted(self._due), lambda p: p.seat)}
        results = gather({seat: functools.partial(self._put, seat, points) for seat, points in by_seat.items()})
        self._unpublished = {seat: found.reason for seat, found in results.items() if isinstance(found, Unread)}

    def _put(self, seat: str, points: t.Sequence[Point]) -> Unread | None:
        data = [datum(self._spec.owner, point) for point in points]
        client = self._ctx.client("cloudwatch", region=seat)
        try:
            with translate(seat):
                client.put_metric_data(Namespace=switches.NAMESPACE, MetricData=data)
        except AwsError as error:
            # What is not allowed will not be, however often it is tried.
            if seat == self._spec.target and error.code.startswith("AccessDenied"):
                raise
            return Unread(str(error))
        return None

    def _say(self, answer: Answer, serving: str | None, elapsed: float) -> None:
        said = f"DNS answers {serving or answer.problem or ', '.join(answer.addresses)}"
        if said != self._said:
            self._ctx.progress(f"{said} after {elapsed:.0f} s")
            self._said = said

    def _too_late(self, answer: Answer, serving: str | None) -> str:
        wanted = self._spec.target or "what health decides"
        now = serving or answer.problem or ", ".join(answer.addresses)
        failed = "; ".join(f"{seat}: {reason}" for seat, reason in self._unpublished.items())
        return (
            f"{self._spec.record} does not answer with {wanted} after {self._spec.timeout:.0f} s, but with {now}. "
            + (
                f"Not every data point could be published ({failed}). "
                if failed
                else "All data points were published. "
            )
            + "Run the same command again to go on; docs/runbook.md says what to look at."
        )


def datum(owner: Owner, point: Point) -> dict[str, t.Any]:
    """The MetricDatum of a point."""
    dimensions = switches.metric_dimensions(owner, point.evicted)
    return {"MetricName": switches.METRIC, "Dimensions": dimensions, "Value": float(point.value)}


JOB: t.Final = Job(name="failover_switch", argument_spec=OPTIONS, required_if=REQUIRED_IF, run=run)
