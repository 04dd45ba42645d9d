# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Probes from outside, several times a second: resolves the name from the parent zone down, then sends a request."""

from __future__ import annotations

import concurrent.futures
import itertools
import threading
import typing as t

from .._engine.background import start_background
from .._probe.answers import Answer
from .._probe.http import Reply
from .timeline import DnsAnswer, ProbeResults, Request
from .visitor import Visitor

# Requests to a region that is cut off last until they time out, and must not delay others.
_WORKERS: t.Final = 24


class Prober:
    """Probes from ``start`` to ``stop``, in threads of its own.

    :param resolve: returns the DNS answer and the region of its addresses.
    :param get: sends a request to an address.
    :param clock: returns the seconds since the drill started.
    :param rate: probes a second. At most 24 run at once; further ones are skipped.
    :param visitor: a user who keeps a connection open meanwhile.
    """

    def __init__(
        self,
        resolve: t.Callable[[], tuple[Answer, str | None]],
        get: t.Callable[[str], Reply],
        clock: t.Callable[[], float],
        rate: float,
        visitor: Visitor,
    ) -> None:
        self._resolve = resolve
        self._get = get
        self._clock = clock
        self._pause = 1.0 / rate
        self._visitor = visitor
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._turn = itertools.count()
        self._requests: list[Request] = []
        self._answers: list[DnsAnswer] = []
        self._pool = concurrent.futures.ThreadPoolExecutor(max_workers=_WORKERS, thread_name_prefix="probe")
        self._free = threading.BoundedSemaphore(_WORKERS)
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin."""
        self._thread = start_background(self._run, "prober")
        self._visitor.start()

    def stop(self) -> None:
        """Start no more probes, and wait for those in progress."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
        self._visitor.stop()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def seen(self) -> ProbeResults:
        """The samples so far, in the order of sending."""
        with self._lock:
            requests, answers = list(self._requests), list(self._answers)
        return ProbeResults(
            requests=tuple(sorted(requests, key=lambda item: item.t)),
            answers=tuple(sorted(answers, key=lambda item: item.t)),
            visits=self._visitor.seen(),
        )

    def _run(self) -> None:
        while not self._stop.wait(self._pause):
            if self._free.acquire(blocking=False):
                self._pool.submit(self._probe)

    def _probe(self) -> None:
        try:
            at = self._clock()
            answer, region = self._resolve()
            with self._lock:
                self._answers.append(DnsAnswer(t=at, region=region, rcode=answer.rcode))
            request = self._request(answer, region)
            with self._lock:
                self._requests.append(request)
        finally:
            self._free.release()

    def _request(self, answer: Answer, region: str | None) -> Request:
        at = self._clock()
        if not answer.addresses:
            return Request(t=at, region=None, ok=False, error=answer.problem or "no address")
        reply = self._get(answer.addresses[next(self._turn) % len(answer.addresses)])
        return Request(t=at, region=region, ok=reply.ok, status=reply.status, error=reply.error, ms=reply.ms)
