# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A user who keeps a connection open, as browsers do, and resolves the name only for the next connection."""

from __future__ import annotations

import threading
import typing as t

from .._engine.background import start_background
from .._probe.answers import Answer
from .._probe.http import Connection
from .timeline import Visit

# Less than the shortest idle timeout that AWS allows, 1 s
_PAUSE_SECONDS: t.Final = 0.5


class Visitor:
    """Sends requests over one connection, in a thread. Resolves the name only to open the next one.

    :param resolve: returns the DNS answer and the region of its addresses.
    :param connect: returns a connection to an address, which its first request opens.
    :param clock: returns the seconds since the drill started.
    """

    def __init__(
        self,
        resolve: t.Callable[[], tuple[Answer, str | None]],
        connect: t.Callable[[str], Connection],
        clock: t.Callable[[], float],
        *,
        pause: float = _PAUSE_SECONDS,
    ) -> None:
        self._resolve = resolve
        self._connect = connect
        self._clock = clock
        self._pause = pause
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._visits: list[Visit] = []
        self._open: tuple[Connection, str | None] | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin."""
        self._thread = start_background(self._run, "visitor")

    def stop(self) -> None:
        """Stop, and close the connection after the last answer."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()

    def seen(self) -> tuple[Visit, ...]:
        """The visits so far, in the order of sending."""
        with self._lock:
            return tuple(self._visits)

    def _run(self) -> None:
        while not self._stop.wait(self._pause):
            visit = self._visit()
            with self._lock:
                self._visits.append(visit)
        if self._open is not None:
            self._open[0].close()

    def _visit(self) -> Visit:
        at = self._clock()
        if self._open is None:
            return self._arrive(at)
        connection, region = self._open
        reply = connection.get()
        if connection.is_open:
            return Visit(t=at, region=region, ok=reply.ok, error=reply.error)
        self._open = None
        return Visit(t=at, region=region, ok=reply.ok, error=reply.error, ended=self._clock())

    def _arrive(self, at: float) -> Visit:
        """Open a connection to the address that DNS answers now, and send the first request."""
        answer, region = self._resolve()
        if not answer.addresses:
            return Visit(t=at, region=None, ok=False, error=answer.problem or "no address")
        connection = self._connect(answer.addresses[0])
        reply = connection.get()
        if reply.status is None:
            return Visit(t=at, region=None, ok=False, error=reply.error)
        if not connection.is_open:
            return Visit(t=at, region=region, ok=reply.ok, error=reply.error, ended=self._clock())
        self._open = (connection, region)
        return Visit(t=at, region=region, ok=reply.ok, error=reply.error)
