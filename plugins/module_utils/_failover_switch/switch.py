# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One switch: publishes its data points until DNS shows the effect."""

from __future__ import annotations

import functools
import itertools
import time
import typing as t

from .._aws.owner import Owner
from .._engine.aws_errors import translate
from .._engine.context import Context, Unread
from .._engine.errors import AwsError, WaitError
from .._engine.gather import gather
from .._failover_chain import switches
from .._probe.answers import Answer
from .._probe.regions import Regions
from . import plan
from .observe import read_route53
from .plan import Point, Progress
from .snapshot import Snapshot
from .spec import Spec

_PAUSE_SECONDS: t.Final = 1.0


class Switch:
    """A switch under way: publishes data points every few seconds and resolves the name every second."""

    def __init__(self, ctx: Context, spec: Spec, dns: Regions, observed: Snapshot, due: t.Sequence[Point]) -> None:
        self._ctx = ctx
        self._spec = spec
        self._dns = dns
        self._due = due
        self._before = observed.serving
        self._blind = bool(observed.route53.problem)
        self._in_flight = plan.in_flight(due, observed)
        self._said = ("", "")
        self._unpublished: dict[str, str] = {}

    def until_done(self, began: float) -> tuple[Answer, str | None]:
        """Publish until DNS shows it. Raises WaitError when it does not in time."""
        spec, in_a_row, next_points = self._spec, 0, began
        confirmed: bool | None = None
        while True:
            if time.monotonic() >= next_points:
                next_points = time.monotonic() + spec.interval
                self._publish()
                # An API that did not answer at first is not waited for every time.
                confirmed = None if self._blind else plan.confirmed(self._due, read_route53(self._ctx, spec))
            answer, serving = self._dns.resolve_each()
            in_a_row = in_a_row + 1 if serving == spec.target else 0
            elapsed = time.monotonic() - began
            moved = self._before != spec.target
            progress = Progress(
                moved=moved, in_a_row=in_a_row, confirmed=confirmed, elapsed=elapsed, in_flight=self._in_flight
            )
            self._say(answer, serving, progress)
            if plan.is_done(spec, progress):
                return answer, serving
            if elapsed > spec.timeout:
                raise WaitError(self._too_late(answer, serving))
            self._ctx.sleep(_PAUSE_SECONDS)

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
            # What is not allowed stays so, however often it is tried.
            if seat == self._spec.target and error.refused:
                raise
            return Unread(region=seat, reason=str(error), refused=error.refused)
        return None

    def _say(self, answer: Answer, serving: str | None, progress: Progress) -> None:
        said = f"DNS answers {serving or _unserved(answer)}"
        awaited = plan.awaited(self._spec, progress)
        if (said, awaited) != self._said:
            publishing = f"; publishing {awaited}" if awaited else ""
            self._ctx.progress(f"{said} after {progress.elapsed:.0f} s{publishing}")
            self._said = (said, awaited)

    def _too_late(self, answer: Answer, serving: str | None) -> str:
        wanted = self._spec.target or "what health decides"
        now = serving or _unserved(answer)
        failed = "; ".join(f"{seat}: {reason}" for seat, reason in self._unpublished.items())
        return (
            f"{self._spec.record} still answers {now} after {self._spec.timeout:.0f} s, not {wanted}. "
            + (
                f"Not every data point could be published ({failed}). "
                if failed
                else "All data points were published. "
            )
            + "Run the same command again to continue; see docs/runbook.md."
        )


def _unserved(answer: Answer) -> str:
    """What DNS answers instead of a region."""
    return "; ".join(answer.differing) or answer.problem or ", ".join(answer.addresses)


def datum(owner: Owner, point: Point) -> dict[str, t.Any]:
    """The MetricDatum of a point."""
    dimensions = switches.metric_dimensions(owner, point.evicted)
    return {"MetricName": switches.METRIC, "Dimensions": dimensions, "Value": float(point.value)}
