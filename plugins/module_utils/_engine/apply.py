# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Applies a plan: independent steps run in parallel, and no further step starts after a failure."""

from __future__ import annotations

import concurrent.futures
import dataclasses
import time
import typing as t

from .aws_errors import translate
from .context import Context
from .errors import ApplyError, AwsError, Stopped, WaitError
from .known import Known
from .plan import Action, Change, Plan, Step, Wait
from .timeline import Span

ChangeHandler = t.Callable[[Context, Change, Known], None]
# Returns None when the wait is over, else the present state for people ("pending", "3 of 4 healthy"). Raises WaitError
# when it can no longer succeed.
WaitHandler: t.TypeAlias = "t.Callable[[Context, Wait, Known], str | None]"

_WORKERS = 12
_PROGRESS_SECONDS = 5.0
_DONE: t.Final = {Action.CREATE: "created", Action.UPDATE: "updated", Action.DELETE: "deleted"}
_POLL_FIRST_SECONDS = 0.2
_POLL_MOST_SECONDS = 2.0


@dataclasses.dataclass(frozen=True, kw_only=True)
class Handlers:
    """The writes of a layer: one function per kind and action, and one per kind of wait."""

    changes: t.Mapping[tuple[str, Action], ChangeHandler]
    waits: t.Mapping[str, WaitHandler] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass
class _Waiting:
    wait: Wait
    since: float
    due: float
    state: str = "not polled yet"

    def next_poll(self, now: float) -> float:
        """Poll often at first, then after a tenth of the time already waited, and at last every two seconds.

        The pauses of a wait with an interval double until they reach it.
        """
        waited = now - self.since
        pause = max(_POLL_FIRST_SECONDS, min(waited, self.wait.interval), waited / 10)
        return now + min(_POLL_MOST_SECONDS, pause)


@dataclasses.dataclass(frozen=True)
class Applied:
    """The changes made, in the order in which they ended, and when each step ran: address → span."""

    changes: tuple[Change, ...] = ()
    spans: t.Mapping[str, Span] = dataclasses.field(default_factory=dict)


def apply(
    ctx: Context, plan: Plan, handlers: Handlers, known: Known, plan_again: t.Container[str] = frozenset()
) -> Applied:
    """Apply the plan.

    Raises ApplyError with what was done and what was not if any step failed. Any other exception in this thread (a
    task timeout, an interrupt) sets the stop event, reports progress and propagates.

    :param plan_again: codes of AwsErrors that end this plan but not the run: the stop event stays unset.
    """
    return _Run(ctx, plan, handlers, known, plan_again).run()


class _Run:
    def __init__(
        self, ctx: Context, plan: Plan, handlers: Handlers, known: Known, plan_again: t.Container[str]
    ) -> None:
        self._ctx = ctx
        self._plan = plan
        self._handlers = handlers
        self._known = known
        self._plan_again = plan_again
        self._ended = False
        self._steps = {step.address: step for step in plan.steps}
        self._sorter = plan.sorter()
        self._pool = concurrent.futures.ThreadPoolExecutor(max_workers=_WORKERS, thread_name_prefix="apply")
        self._running: dict[concurrent.futures.Future[str | None], Step] = {}
        self._waiting: dict[str, _Waiting] = {}
        self._done: list[Change] = []
        self._finished: set[str] = set()
        self._errors: list[tuple[Step, BaseException]] = []
        self._started: dict[str, float] = {}
        self._spans: dict[str, Span] = {}
        self._reported = time.monotonic()

    def run(self) -> Applied:
        try:
            self._loop()
        except BaseException:
            self._ctx.stop.set()
            self._ctx.progress(f"interrupted; {self._outcome()}")
            raise
        finally:
            self._pool.shutdown(wait=False, cancel_futures=True)
        if self._errors:
            raise self._outcome() from self._errors[0][1]
        if len(self._finished) < len(self._steps):
            raise Stopped("this run was stopped or timed out; no further change was started")
        return Applied(tuple(self._done), self._spans)

    def _outcome(self) -> ApplyError:
        not_done = [step for step in self._plan.in_order() if step.address not in self._finished]
        return ApplyError(self._errors, self._done, not_done)

    def _loop(self) -> None:
        self._sorter.prepare()
        while self._running or (self._sorter.is_active() and not self._is_ending()):
            if not self._is_ending():
                self._start_ready()
            self._collect()
            self._report()

    def _is_ending(self) -> bool:
        return self._ended or self._ctx.stop.is_set()

    def _start_ready(self) -> None:
        now = time.monotonic()
        for address in self._sorter.get_ready():
            step = self._steps[address]
            self._started[address] = time.time()
            if isinstance(step, Wait):
                self._waiting[address] = _Waiting(step, since=now, due=now)
            else:
                self._submit(step, self._handlers.changes[(step.kind, step.action)])
        polled = {step.address for step in self._running.values()}
        for address, waiting in self._waiting.items():
            if waiting.due <= now and address not in polled:
                self._submit(waiting.wait, self._handlers.waits[waiting.wait.kind])

    def _submit(self, step: Step, handler: t.Callable[[Context, t.Any, Known], str | None]) -> None:
        def call() -> str | None:
            with translate(self._ctx.region):
                return handler(self._ctx, step, self._known)

        self._running[self._pool.submit(call)] = step

    def _collect(self) -> None:
        # Short, so that signals and due polls are handled in time even while a call hangs.
        due = min((waiting.due for waiting in self._waiting.values()), default=float("inf"))
        timeout = min(0.5, max(0.01, due - time.monotonic()))
        if not self._running:
            self._ctx.stop.wait(timeout)
            return
        finished = concurrent.futures.wait(
            self._running, timeout=timeout, return_when=concurrent.futures.FIRST_COMPLETED
        )
        for future in finished.done:
            self._finish(self._running.pop(future), future)

    def _finish(self, step: Step, future: concurrent.futures.Future[str | None]) -> None:
        error = future.exception()
        if error is None and isinstance(step, Wait) and (state := future.result()) is not None:
            error = self._still_waiting(self._waiting[step.address], state)
            if error is None:
                return
        if error is None:
            self._succeed(step)
        else:
            if not isinstance(error, Stopped):
                self._errors.append((step, error))
            self._ended = True
            if not (isinstance(error, AwsError) and error.code in self._plan_again):
                self._ctx.stop.set()
        self._waiting.pop(step.address, None)

    def _succeed(self, step: Step) -> None:
        self._finished.add(step.address)
        self._spans[step.address] = Span(self._started[step.address], time.time())
        self._sorter.done(step.address)
        if isinstance(step, Change):
            self._done.append(step)

    def _still_waiting(self, waiting: _Waiting, state: str) -> WaitError | None:
        now = time.monotonic()
        waiting.state = state
        waiting.due = waiting.next_poll(now)
        if now - waiting.since < waiting.wait.timeout:
            return None
        return WaitError(f"waited {waiting.wait.timeout:.0f} s for {waiting.wait.what}; it is still: {state}")

    def _report(self) -> None:
        now = time.monotonic()
        if now - self._reported < _PROGRESS_SECONDS:
            return
        self._reported = now
        waits = [f"{w.wait.what} ({now - w.since:.0f} s, {w.state})" for w in self._waiting.values()]
        what = ", ".join([*waits, *self._slow_changes()])
        if what:
            self._ctx.progress(f"waiting for {what}")

    def _slow_changes(self) -> t.Iterator[str]:
        """Calls without an answer yet, or that are being repeated."""
        for step in self._running.values():
            took = time.time() - self._started[step.address]
            if isinstance(step, Change) and took >= _PROGRESS_SECONDS:
                yield f"{step.address} to be {_DONE[step.action]} ({took:.0f} s)"
