# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One drill, from the first look to the way back. Whatever happens in between, what was broken is healed."""

from __future__ import annotations

import dataclasses
import os
import pathlib
import threading
import time
import typing as t

from .._engine.clients import Clients
from .._engine.context import Context
from .._engine.errors import FailoverError, Stopped
from . import fault as kinds
from . import guard as guards
from . import journal as journals
from .clock import Clock, iso
from .command import run_command
from .fault import ApiCall, tag_call
from .healer import heal_open
from .prober import Prober
from .record import Record, Task, compose
from .timeline import Event, Moments, Seen, come_to, has_settled, last_seen, measure, within
from .verdict import judge
from .watch import Watch

_TICK_SECONDS: t.Final = 0.25
_TELL_SECONDS: t.Final = 5.0
# What lasts for so long is no fluke.
_SETTLED_SECONDS: t.Final = 3.0
_BASELINE_SECONDS: t.Final = 2.0
_BASELINE_PATIENCE: t.Final = 20.0
_HEALING_ATTEMPTS: t.Final = 3


class Drill:
    """A drill under way.

    :param path: of the journal.
    :param watches: they see health checks notice.
    """

    def __init__(
        self, ctx: Context, task: Task, path: pathlib.Path, prober: Prober, watches: t.Sequence[Watch], clock: Clock
    ) -> None:
        self._ctx = ctx
        self._task = task
        self._path = path
        self._prober = prober
        self._watches = watches
        self._clock = clock
        self._healers = Clients(ctx.params, stop=threading.Event(), check_mode=False)
        self._journal = task.journal(clock.id, time.time())
        self._guard: guards.Guard | None = None
        self._moments = Moments()
        self._events: list[Event] = []
        self._troubles: list[str] = []
        self._parent = 0
        # Interrupted: what takes long is left to the guardian.
        self._hurried = False
        self._repeated = 0.0
        self._told = 0.0

    def run(self) -> None:
        """The whole of it. Raises FailoverError when it cannot begin, or had to be broken off."""
        self._parent = os.getppid()
        self._prober.start()
        try:
            self._see_that_all_is_well()
            self._break_and_heal()
            self._watch_it_come_back()
        finally:
            self._prober.stop()
            for watch in self._watches:
                watch.stop()

    @property
    def has_broken(self) -> bool:
        """Whether there is anything to report."""
        return self._moments.fault is not None

    def document(self) -> dict[str, t.Any]:
        """drill.json, when it is over."""
        seen, task = self._prober.seen(), self._task
        measured = measure(seen, self._moments, task.region, task.standby)
        reasons = judge(measured, task.budget, task.region, task.standby, self._troubles)
        record = Record(
            started_at=self._clock.started_at,
            ended_at=iso(time.time()),
            reasons=tuple(reasons),
            measured=measured,
            seen=seen,
            events=tuple(self._events),
        )
        return compose(task, record)

    # The steps

    def _see_that_all_is_well(self) -> None:
        region = self._task.region
        give_up = self._clock.now() + _BASELINE_PATIENCE
        while not has_settled(self._prober.seen(), 0.0, region, _BASELINE_SECONDS):
            if self._clock.now() > give_up:
                raise FailoverError(
                    f"nothing was broken, because all is not well: {last_seen(self._prober.seen(), region)}"
                )
            self._wait()
        self._event("ready", f"{region} serves, {self._task.standby} could take over")

    def _break_and_heal(self) -> None:
        # Not in the block: what another drill has broken is not ours to heal.
        journals.open_new(self._path, self._journal)
        try:
            self._guard = guards.start(self._path, self._journal, self._ctx.clients.environment())
            self._mark()
            self._break()
            self._watch_it_move()
        except BaseException as error:
            self._hurried = not isinstance(error, Exception)
            self._troubles.append(f"broken off: {str(error) or type(error).__name__}")
            raise
        finally:
            self._heal()
            if self._guard is not None:
                self._guard.dismiss(wait=not self._hurried)

    def _mark(self) -> None:
        for tagged in self._task.fault.tagged:
            self._call(tag_call(tagged, self._task.fault.tag(self._journal.id)))

    def _break(self) -> None:
        fault = self._task.fault
        self._check()
        self._note(journals.ARMED)
        if fault.command:
            run_command(fault.command)
        for call in fault.calls:
            self._call(call)
        self._note(journals.BROKEN)
        self._event("fault", f"{fault.region}: {fault.text}")
        self._repeated = self._clock.now()
        if fault.command or fault.calls:
            self._took_effect(self._clock.now())

    def _took_effect(self, at: float) -> None:
        self._moments = dataclasses.replace(self._moments, fault=at)
        for watch in self._watches:
            watch.start()

    def _watch_it_move(self) -> None:
        started = self._clock.now()
        while self._clock.now() - started < self._task.give_up:
            self._check()
            self._repeat()
            self._notice()
            if self._has_come_to("moved", self._moments.fault, self._task.standby):
                self._linger()
                return
            self._wait()
        self._event("given_up", f"traffic has not moved after {self._task.give_up:.0f} s")

    def _linger(self) -> None:
        end = self._clock.now() + self._task.spec.hold
        while self._clock.now() < end:
            self._check()
            self._repeat()
            self._notice()
            self._wait()

    def _heal(self) -> None:
        """Undo, in a way that neither a stop nor an error of this drill keeps from happening."""
        started, problem = self._clock.now(), ""
        by_hand = self._task.fault.kind == kinds.EXTERNAL and not self._task.spec.commands.heals
        if by_hand and self.has_broken:
            self._event("heal_now", f"heal {self._task.region} now: {self._task.fault.by_hand}")
        for attempt in range(_HEALING_ATTEMPTS):
            try:
                healed = heal_open(self._path, self._healing_call, self, by="drill", mine=self._journal)
            except Exception as error:  # noqa: BLE001 - the guardian goes on where this gives up
                problem = f"{type(error).__name__}: {error}"
                if self._hurried:
                    break
                time.sleep(attempt)
                continue
            if healed is None:
                self._troubles.append("the guardian has healed before the drill was over")
            if self.has_broken:
                # A switch is let go by what is published from now on, the others by a call that has been answered.
                at = started if self._task.fault.repeat else self._clock.now()
                self._moments = dataclasses.replace(self._moments, healed=at)
                self._event("healed", str(healed) if healed else "by the guardian")
            return
        trouble = (
            f"it could not be undone: {problem}. The guardian goes on trying, and so does the next run of a playbook. "
            f"By hand: {self._task.fault.by_hand}"
        )
        self._troubles.append(trouble)
        self._ctx.warn(f"{self._task.region}: {trouble}")

    def _watch_it_come_back(self) -> None:
        healed = self._moments.healed
        if healed is None:
            return
        end = self._clock.now() + self._task.spec.return_timeout
        while self._clock.now() < end and not self._has_come_to("back", healed, self._task.region):
            self._wait()
        self._event("ended", "all is as it was" if self._clock.now() < end else "traffic did not come back")

    # What the steps are made of

    def pause(self, seconds: float) -> None:
        """As a Pace of the healing: wait, but no longer than until traffic is back."""
        if self._hurried:
            raise Stopped("interrupted; the guardian goes on")
        end = time.monotonic() + seconds
        while time.monotonic() < end and not self.moved_back():
            time.sleep(_TICK_SECONDS)

    def moved_back(self) -> bool:
        """As a Pace of the healing. What was never seen to move cannot be seen to come back."""
        moved = [event.t for event in self._events if event.kind == "traffic_moved"]
        if not moved:
            return False
        return has_settled(self._prober.seen(), moved[-1], self._task.region, _BASELINE_SECONDS)

    def _wait(self) -> None:
        """A moment, while the drill is wanted. Raises Stopped."""
        # Ansible's workers are in sessions of their own: one whose ansible-playbook was killed lives on, unseen.
        if self._ctx.stop.is_set() or os.getppid() != self._parent:
            raise Stopped("the drill was stopped, or who had started it has ended")
        self._ctx.sleep(_TICK_SECONDS)

    def _check(self) -> None:
        """Raises GuardError when nothing may stay broken."""
        if self._guard is not None and not self._guard.is_alive:
            raise guards.GuardError("the guardian has ended, and without one nothing may stay broken")

    def _repeat(self) -> None:
        every = self._task.fault.repeat
        if every and self._clock.now() - self._repeated >= every:
            self._repeated = self._clock.now()
            for call in self._task.fault.calls:
                self._call(call)

    def _notice(self) -> None:
        if self._moments.fault is None:
            self._notice_effect()
        found = next((watch.found for watch in self._watches if watch.found), None)
        if found and self._moments.detected is None:
            self._moments = dataclasses.replace(self._moments, detected=found[0])
            self._event("detected", found[1], at=found[0])

    def _notice_effect(self) -> None:
        """What is broken by hand takes effect when it is first felt."""
        seen = self._prober.seen()
        felt = [item.t for item in seen.requests if item.t > self._repeated and not item.ok]
        felt += [item.t for item in seen.answers if item.t > self._repeated and item.region != self._task.region]
        if felt:
            self._took_effect(min(felt))

    def _has_come_to(self, direction: str, since: float | None, region: str) -> bool:
        """Whether DNS and all traffic have come to the region. Tells of both when they are first seen to have."""
        if since is None:
            return False
        seen = self._prober.seen()
        dns, traffic = come_to(within(seen, since, None), region, _SETTLED_SECONDS)
        if dns is not None and f"dns_{direction}" not in {event.kind for event in self._events}:
            self._event(f"dns_{direction}", f"DNS answers {region}", at=dns)
        if dns is None or traffic is None:
            self._tell(seen)
            return False
        self._event(f"traffic_{direction}", f"every request is answered by {region}", at=traffic)
        return True

    def _note(self, phase: str) -> None:
        self._journal = dataclasses.replace(self._journal, phase=phase, armed_at=time.time())
        journals.update(self._path, self._journal)

    def _call(self, call: ApiCall) -> None:
        """A call that is not made once the run is stopping, and not repeated blindly."""
        client = self._ctx.client(call.service, region=call.region, retry=False)
        getattr(client, call.method)(**call.parameters)

    def _healing_call(
        self, service: str, region: str, method: str, parameters: t.Mapping[str, t.Any]
    ) -> dict[str, t.Any]:
        answer: dict[str, t.Any] = getattr(self._healers.get(service, region=region), method)(**parameters)
        return answer

    def _event(self, kind: str, text: str, *, at: float | None = None) -> None:
        """What happened, now or at a moment that only later was certain."""
        now = self._clock.now()
        self._events.append(Event(t=now if at is None else at, kind=kind, text=text))
        since = "" if at is None else f", since {at:.1f} s"
        self._ctx.progress(f"{now:6.1f} s  {kind}: {text}{since}")

    def _tell(self, seen: Seen) -> None:
        now = self._clock.now()
        if now - self._told >= _TELL_SECONDS:
            self._told = now
            self._ctx.progress(f"{now:6.1f} s  {last_seen(seen, self._task.region)}")
