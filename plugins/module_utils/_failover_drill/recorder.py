# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Records the events of a drill, and reports them as progress."""

from __future__ import annotations

import dataclasses
import typing as t

from .._engine.context import Context
from .clock import Clock
from .detector import Detector
from .prober import Prober
from .timeline import Event, Moments, last_seen, moved_to, settled_at, within

_PROGRESS_SECONDS: t.Final = 5.0
# For how long DNS and traffic have to stay with a region
_SETTLED_SECONDS: t.Final = 3.0


class Recorder:
    """Events and moments of a drill of ``region``.

    :param detectors: started when the fault takes effect.
    """

    def __init__(
        self, ctx: Context, region: str, prober: Prober, detectors: t.Sequence[Detector], clock: Clock
    ) -> None:
        self._ctx = ctx
        self._region = region
        self._prober = prober
        self._detectors = detectors
        self._clock = clock
        self._reported = 0.0
        self.moments = Moments()
        self.events: list[Event] = []

    def event(self, kind: str, text: str, *, at: float | None = None) -> None:
        """Record an event of now, or of the earlier time ``at``."""
        now = self._clock.now()
        self.events.append(Event(t=now if at is None else at, kind=kind, text=text))
        since = "" if at is None else f", since {at:.1f} s"
        self._ctx.progress(f"{now:6.1f} s  {kind}: {text}{since}")

    def fault_at(self, at: float) -> None:
        """Record that the fault has taken effect, and start the detectors."""
        self.moments = dataclasses.replace(self.moments, fault=at)
        for detector in self._detectors:
            detector.start()

    def healed_at(self, at: float, text: str) -> None:
        """Record that the fault was undone."""
        self.moments = dataclasses.replace(self.moments, healed=at)
        self.event("healed", text)

    def look(self, broken_at: float) -> None:
        """Record when a fault that is made by hand takes effect after ``broken_at``, and when health checks notice."""
        if self.moments.fault is None:
            self._look_for_effect(broken_at)
        found = next((detector.found for detector in self._detectors if detector.found), None)
        if found and self.moments.detected is None:
            self.moments = dataclasses.replace(self.moments, detected=found[0])
            self.event("detected", found[1], at=found[0])

    def _look_for_effect(self, broken_at: float) -> None:
        seen = self._prober.seen()
        effects = [item.t for item in seen.requests if item.t > broken_at and not item.ok]
        effects += [item.t for item in seen.answers if item.t > broken_at and item.region != self._region]
        if effects:
            self.fault_at(min(effects))

    def has_visitor_moved(self, region: str) -> bool:
        """Whether the region answers the user with an open connection, if there is one. Records since when."""
        fault = self.moments.fault or 0.0
        visits = within(self._prober.seen(), fault, None).visits
        moved = settled_at(visits, region)
        if moved is not None and "visitor_moved" not in {event.kind for event in self.events}:
            self.event("visitor_moved", f"{region} answers the user who kept a connection open", at=moved)
        return moved is not None or not visits

    def has_moved_to(self, direction: str, since: float | None, region: str) -> bool:
        """Whether DNS and all traffic have settled on the region. Records since when each of them has.

        :param direction: ``moved`` or ``back``, for the kinds of the events.
        """
        if since is None:
            return False
        seen = self._prober.seen()
        dns, traffic = moved_to(within(seen, since, None), region, _SETTLED_SECONDS)
        if dns is not None and f"dns_{direction}" not in {event.kind for event in self.events}:
            self.event(f"dns_{direction}", f"DNS answers {region}", at=dns)
        if dns is None or traffic is None:
            now = self._clock.now()
            if now - self._reported >= _PROGRESS_SECONDS:
                self._reported = now
                self._ctx.progress(f"{now:6.1f} s  {last_seen(seen, self._region)}")
            return False
        self.event(f"traffic_{direction}", f"{region} answers every request", at=traffic)
        return True
