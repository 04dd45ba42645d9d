# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One switch: publishes data points until DNS shows the effect."""

from __future__ import annotations

import dataclasses
import functools
import itertools
import time
import typing as t

from .._engine.aws_errors import translate
from .._engine.context import Context, Unread
from .._engine.errors import AwsError, WaitError
from .._engine.gather import gather
from .._engine.waiting import Waiting
from .._failover_chain import schedules, switches
from .._failover_chain.schedule_calls import update_schedule
from .._probe.answers import Answer
from .._probe.regions import Regions
from . import plan
from .observe import read_route53
from .plan import Hold, Point, Progress
from .snapshot import Snapshot
from .spec import Spec

_PAUSE_SECONDS: t.Final = 1.0


@dataclasses.dataclass(frozen=True)
class Due:
    """What a switch has to change."""

    points: tuple[Point, ...]
    holds: tuple[Hold, ...]


class Switch:
    """A switch in progress: publishes data points every few seconds and resolves the name every second."""

    def __init__(self, ctx: Context, spec: Spec, dns: Regions, observed: Snapshot, due: Due) -> None:
        self._ctx = ctx
        self._spec = spec
        self._dns = dns
        self._observed = observed
        self._due = due.points
        # Schedule that is not yet changed → the last error
        self.unheld = dict.fromkeys(due.holds, "")
        self._before = observed.serving
        self._blind = bool(observed.route53.problem)
        self._in_flight = plan.in_flight(due.points, observed)
        self._said = ("", "")
        self._unpublished: dict[str, str] = {}

    def until_done(self, began: float) -> tuple[Answer, str | None]:
        """Publish until DNS shows the effect. Raises WaitError after the timeout."""
        spec, in_a_row, next_points = self._spec, 0, began
        confirmed: bool | None = None
        waiting = Waiting(self._ctx, f"DNS to answer {spec.target or 'what health decides'}")
        while True:
            if time.monotonic() >= next_points:
                next_points = time.monotonic() + spec.interval
                self._publish()
                # If the API did not answer before the switch, it is not called again.
                confirmed = None if self._blind else plan.confirmed(self._due, read_route53(self._ctx, spec))
            answer, serving = self._dns.resolve_each()
            in_a_row = in_a_row + 1 if serving == spec.target else 0
            elapsed = time.monotonic() - began
            progress = Progress(
                moved=self._before != spec.target,
                in_a_row=in_a_row,
                confirmed=confirmed,
                elapsed=elapsed,
                in_flight=self._in_flight,
            )
            self._say(answer, serving, progress)
            if plan.is_done(spec, progress) and not any(
                plan.must_stop_publishing(hold, self._observed) for hold in self.unheld
            ):
                return answer, serving
            if elapsed > spec.timeout:
                raise WaitError(self._too_late(answer, serving))
            waiting.pause(_PAUSE_SECONDS, "; publishing ".join(filter(None, self._said)))

    def _publish(self) -> None:
        """Publish all data points, and change the schedules. Seats that fail are tried again the next time."""
        by_seat = {seat: list(points) for seat, points in itertools.groupby(sorted(self._due), lambda p: p.seat)}
        writers = {f"points {seat}": functools.partial(self._put, seat, points) for seat, points in by_seat.items()}
        writers |= {f"hold {hold.seat}": functools.partial(self._hold, hold) for hold in self.unheld}
        results = gather(writers)
        failed = {what: found.reason for what, found in results.items() if isinstance(found, Unread)}
        self._unpublished = {seat: failed[f"points {seat}"] for seat in by_seat if f"points {seat}" in failed}
        self.unheld = {hold: failed[f"hold {hold.seat}"] for hold in self.unheld if f"hold {hold.seat}" in failed}

    def _put(self, seat: str, points: t.Sequence[Point]) -> Unread | None:
        request = switches.data_points(self._spec.owner, {point.evicted: point.value for point in points})
        client = self._ctx.client("cloudwatch", region=seat)
        return _attempt(seat, lambda: client.put_metric_data(**request), needed=seat == self._spec.target)

    def _hold(self, hold: Hold) -> Unread | None:
        schedule = self._observed.seat(hold.seat).schedule
        if schedule is None:
            return None
        values = schedules.set_to(self._spec.owner, schedule, frozenset(hold.evicts))
        return _attempt(
            hold.seat,
            lambda: update_schedule(self._ctx, hold.seat, self._spec.owner, values),
            needed=plan.must_stop_publishing(hold, self._observed),
        )

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
        evicting = "; ".join(
            f"{hold.seat}: {reason}"
            for hold, reason in self.unheld.items()
            if plan.must_stop_publishing(hold, self._observed)
        )
        again = f"A schedule that sets a switch again every minute could not be changed ({evicting}). "
        return (
            f"{self._spec.record} still answers {now} after {self._spec.timeout:.0f} s, not {wanted}. "
            + (
                f"Not every data point could be published ({failed}). "
                if failed
                else "All data points were published. "
            )
            + (again if evicting else "")
            + "Run the same command again to continue; see docs/runbook.md."
        )


def _attempt(region: str, call: t.Callable[[], object], *, needed: bool) -> Unread | None:
    """Make a call that is tried again after an error. Raises AwsError if it is needed and was refused."""
    try:
        with translate(region):
            call()
    except AwsError as error:
        # A refused call stays refused.
        if needed and error.refused:
            raise
        return Unread(region=region, reason=str(error), refused=error.refused)
    return None


def _unserved(answer: Answer) -> str:
    """What DNS answers instead of a region."""
    return "; ".join(answer.differing) or answer.problem or ", ".join(answer.addresses)
