# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One drill, from the baseline to the return of traffic. Whatever happens in between, the fault is healed."""

from __future__ import annotations

import dataclasses
import datetime
import os
import pathlib
import time
import typing as t

from .._engine.aws_errors import describe
from .._engine.context import Context
from .._engine.errors import FailoverError, Stopped
from .._engine.waiting import Waiting
from . import fault as kinds
from . import journal as journals
from .budget import judge
from .clock import Clock, iso
from .detector import Detector
from .fault import ApiCall, tag_call
from .heal import Healed, heal_mine
from .healing_calls import calls_that_go_on
from .plan import VISITOR_SECONDS, DrillPlan
from .prober import Prober
from .recorder import Recorder
from .rehearsal import rehearse
from .report import Outcome, compose
from .start_guardian import GuardianError, GuardianProcess, start_guardian
from .timeline import has_settled, last_seen, measure
from .undo import run_command

_TICK_SECONDS: t.Final = 0.25
_BASELINE_SECONDS: t.Final = 2.0
_BASELINE_TIMEOUT: t.Final = 20.0
_HEAL_ATTEMPTS: t.Final = 3
# Between two checks for switches that others have pulled, while traffic does not return
_SWITCH_SECONDS: t.Final = 10.0


class Drill:
    """A drill in progress.

    :param path: of the journal.
    :param detectors: of health checks that notice the fault.
    :param pulled: returns the switches that evict one of the regions and that the drill has not pulled.
    """

    def __init__(
        self,
        ctx: Context,
        plan: DrillPlan,
        path: pathlib.Path,
        prober: Prober,
        detectors: t.Sequence[Detector],
        clock: Clock,
        pulled: t.Callable[[], list[str]],
    ) -> None:
        self._ctx = ctx
        self._plan = plan
        self._path = path
        self._prober = prober
        self._detectors = detectors
        self._clock = clock
        self._pulled = pulled
        self._recorder = Recorder(ctx, plan.region, prober, detectors, clock)
        self._healing_call = calls_that_go_on(ctx)
        self._journal = plan.journal(clock.id, time.time())
        self._guardian: GuardianProcess | None = None
        self._problems: list[str] = []
        self._parent = 0
        # After an interrupt: slow steps are left to the guardian.
        self._interrupted = False
        self._broken_at = 0.0

    def run(self) -> None:
        """Run the whole drill. Raises FailoverError if it cannot begin or is aborted."""
        self._parent = os.getppid()
        rehearse(self._ctx, self._plan.fault, datetime.datetime.now(datetime.UTC))
        self._prober.start()
        try:
            self._check_baseline()
            self._break_and_heal()
            self._watch_return()
        finally:
            self._prober.stop()
            for detector in self._detectors:
                detector.stop()

    @property
    def has_broken(self) -> bool:
        """Whether there is anything to report."""
        return self._recorder.moments.fault is not None

    def document(self) -> dict[str, t.Any]:
        """Return drill.json of a drill that has ended."""
        seen, plan = self._prober.seen(), self._plan
        measured = measure(seen, self._recorder.moments, plan.region, plan.standby)
        outcome = Outcome(
            started_at=self._clock.started_at,
            ended_at=iso(time.time()),
            reasons=tuple(judge(measured, plan.budget, plan.region, plan.standby, self._problems)),
            measured=measured,
            seen=seen,
            events=tuple(self._recorder.events),
        )
        return compose(plan, outcome)

    # The steps
    def _check_baseline(self) -> None:
        region = self._plan.region
        deadline = self._clock.now() + _BASELINE_TIMEOUT
        waiting = Waiting(self._ctx, f"{region} to answer everything for {_BASELINE_SECONDS:.0f} s")
        while not has_settled(self._prober.seen(), 0.0, region, _BASELINE_SECONDS):
            if self._clock.now() > deadline:
                raise FailoverError(
                    f"nothing was broken, because {region} does not answer everything: "
                    f"{last_seen(self._prober.seen(), region)}"
                )
            self._wait(waiting)
        self._recorder.event("ready", f"{region} serves, {self._plan.standby} could take over")

    def _break_and_heal(self) -> None:
        # Outside the block: this drill does not heal what another one has broken.
        journals.open_new(self._path, self._journal)
        try:
            self._guardian = start_guardian(
                self._path, self._journal, self._ctx.clients.environment(), self._plan.spec.commands.heals
            )
            for tagged in self._plan.fault.tagged:
                self._call(tag_call(tagged, self._plan.fault.tag(self._journal.id, self._journal.digest)))
            self._break()
            self._watch_move()
        except BaseException as error:
            self._interrupted = not isinstance(error, Exception)
            self._problems.append(f"aborted: {describe(error, self._plan.region)}")
            raise
        finally:
            healed = self._heal()
            if self._guardian is not None:
                self._guardian.dismiss(healed=healed, wait=not self._interrupted)

    def _break(self) -> None:
        fault = self._plan.fault
        self._check_guardian()
        self._write_phase(journals.ARMED)
        if fault.command:
            run_command(fault.command)
        for call in fault.calls:
            self._call(call)
        self._write_phase(journals.BROKEN)
        self._recorder.event("fault", f"{fault.region}: {fault.text}")
        self._broken_at = self._clock.now()
        if fault.command or fault.calls:
            self._recorder.fault_at(self._broken_at)

    def _watch_move(self) -> None:
        started, waiting = self._clock.now(), Waiting(self._ctx, f"traffic to move to {self._plan.standby}")
        while self._clock.now() - started < self._plan.give_up:
            self._keep_broken()
            if self._recorder.has_moved_to("moved", self._recorder.moments.fault, self._plan.standby):
                self._has_others_switch()
                self._hold()
                return
            self._wait(waiting)
        self._recorder.event("given_up", f"traffic has not moved after {self._plan.give_up:.0f} s")

    def _hold(self) -> None:
        """Keep the fault for drill_hold seconds, and until the user with an open connection has moved as well."""
        now = self._clock.now()
        end, patience = now + self._plan.spec.hold, now + VISITOR_SECONDS
        waiting = Waiting(self._ctx, f"the fault to have lasted for {self._plan.spec.hold:.0f} s and moved all users")
        while self._clock.now() < end or (
            self._clock.now() < patience and not self._recorder.has_visitor_moved(self._plan.standby)
        ):
            self._keep_broken()
            self._wait(waiting)

    def _heal(self) -> bool:
        """Undo the fault, even after a stop or an error. Returns whether it is undone."""
        started, problem, command = self._clock.now(), "", self._plan.spec.commands.heals
        by_hand = self._plan.fault.kind == kinds.EXTERNAL and not self._plan.spec.commands.heals
        if by_hand and self.has_broken:
            self._recorder.event("heal_now", f"heal {self._plan.region} now: {self._plan.fault.by_hand}")
        for attempt in range(_HEAL_ATTEMPTS):
            try:
                healed = heal_mine(self._path, self._journal, self._healing_call, self, by="drill", command=command)
            except Exception as error:  # noqa: BLE001 - the guardian continues
                problem = describe(error, self._plan.region)
                if self._interrupted:
                    break
                if attempt + 1 < _HEAL_ATTEMPTS:
                    self._ctx.progress(f"healing {self._plan.region} failed, and is tried again: {problem}")
                time.sleep(attempt)
            else:
                self._record_healed(started, healed)
                return True
        text = (
            f"healing could not be completed: {problem.rstrip('.')}. The guardian keeps trying, and so does the next "
            f"run of a playbook. By hand: {self._plan.fault.by_hand}"
        )
        self._problems.append(text)
        self._ctx.warn(f"{self._plan.region}: {text}")
        return False

    def _record_healed(self, started: float, healed: Healed | None) -> None:
        if healed is None:
            self._problems.append("the guardian healed before the drill was over")
        if self.has_broken:
            # A switch is released by the data points since ``started``, other faults by calls that were answered.
            at = started if self._plan.fault.repeat else self._clock.now()
            self._recorder.healed_at(at, str(healed) if healed else "by the guardian")

    def _watch_return(self) -> None:
        healed = self._recorder.moments.healed
        if healed is None:
            return
        now = self._clock.now()
        end, look = now + self._plan.spec.return_timeout, now + _SWITCH_SECONDS
        waiting = Waiting(self._ctx, f"traffic to return to {self._plan.region}")
        while not self._recorder.has_moved_to("back", healed, self._plan.region):
            if self._clock.now() >= look:
                look = self._clock.now() + _SWITCH_SECONDS
                if self._has_others_switch():
                    end = 0.0
            if self._clock.now() >= end:
                self._recorder.event("ended", "traffic did not return")
                return
            self._wait(waiting)
        self._recorder.event("ended", "everything is as it was")

    def _has_others_switch(self) -> bool:
        """Whether others have pulled a switch since the start: then traffic follows that switch, not the fault."""
        pulled = self._pulled()
        if pulled:
            self._recorder.event("switched", f"somebody has evicted {', '.join(pulled)}")
            text = f"somebody else has evicted {', '.join(pulled)} meanwhile, so the drill proves nothing"
            self._problems = list(dict.fromkeys([*self._problems, text]))
        return bool(pulled)

    # Parts of the steps
    def pause(self, seconds: float) -> None:
        """Pace.pause: also returns as soon as traffic is back."""
        if self._interrupted:
            raise Stopped("interrupted; the guardian continues")
        end, waiting = time.monotonic() + seconds, Waiting(self._ctx, f"traffic to return to {self._plan.region}")
        while time.monotonic() < end and not self.moved_back():
            waiting.report()
            time.sleep(_TICK_SECONDS)

    def moved_back(self) -> bool:
        """Pace.moved_back. Traffic that was never seen to move cannot be seen to return."""
        moved = [event.t for event in self._recorder.events if event.kind == "traffic_moved"]
        if not moved:
            return False
        return has_settled(self._prober.seen(), moved[-1], self._plan.region, _BASELINE_SECONDS)

    def _wait(self, waiting: Waiting) -> None:
        """Wait for one tick. Raises Stopped if the run is stopping or its parent process has ended."""
        # Ansible's workers have sessions of their own, so they survive when ansible-playbook is killed.
        if self._ctx.stop.is_set() or os.getppid() != self._parent:
            raise Stopped("the drill was stopped, or the process that started it has ended")
        waiting.pause(_TICK_SECONDS)

    def _check_guardian(self) -> None:
        """Raises GuardianError if the guardian has ended."""
        if self._guardian is not None and not self._guardian.is_alive:
            raise GuardianError("the guardian has ended, and without it nothing may stay broken")

    def _keep_broken(self) -> None:
        """Repeat the calls of a fault that needs it, and record what health checks notice."""
        self._check_guardian()
        every = self._plan.fault.repeat
        if every and self._clock.now() - self._broken_at >= every:
            self._broken_at = self._clock.now()
            for call in self._plan.fault.calls:
                self._call(call)
        self._recorder.look(self._broken_at)

    def _write_phase(self, phase: str) -> None:
        self._journal = dataclasses.replace(self._journal, phase=phase, armed_at=time.time())
        journals.update(self._path, self._journal)

    def _call(self, call: ApiCall) -> None:
        """Make a call with the context's clients, which refuse it once the run is stopping, without SDK retries."""
        client = self._ctx.client(call.service, region=call.region, retry=False)
        getattr(client, call.method)(**call.parameters)
