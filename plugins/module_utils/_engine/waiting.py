# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waits that are reported after five seconds.

Code outside this package waits by ``Waiting.pause``, as tests/unit/test_waits.py checks. ``apply`` reports steps of a
plan, and ``reporting_slow_calls`` slow answers of AWS.
"""

from __future__ import annotations

import contextlib
import dataclasses
import threading
import time
import typing as t

from .background import start_background
from .context import Context

_FIRST_SECONDS: t.Final = 5.0
_LONGEST_SECONDS: t.Final = 30.0
# A little later than the reports of steps, which say more.
_SILENT_SECONDS: t.Final = 6.0


class Waiting:
    """A wait in pauses, reported after five seconds and then less and less often, at least every half minute.

    :param what: for people, completes "waiting for" (``subnet-1 to be free``).
    """

    def __init__(self, ctx: Context, what: str) -> None:
        self._ctx = ctx
        self._what = what
        self._since = time.monotonic()
        self._due = self._since + _FIRST_SECONDS

    def pause(self, seconds: float, state: str = "") -> None:
        """Wait, and report if it is time to. Raises Stopped."""
        self.report(state)
        self._ctx.sleep(seconds)

    def report(self, state: str = "") -> None:
        """Report progress if it is time to.

        :param state: the present one, for people.
        """
        now = time.monotonic()
        if now >= self._due:
            waited = now - self._since
            self._ctx.progress(f"waiting for {self._what} ({waited:.0f} s{f', {state}' if state else ''})")
            self._due = now + min(_LONGEST_SECONDS, max(_FIRST_SECONDS, waited / 2))


@contextlib.contextmanager
def reporting_slow_calls(ctx: Context) -> t.Iterator[Context]:
    """A context that reports slow answers of AWS, unless other progress is being reported."""
    reported = time.monotonic()
    ended = threading.Event()

    def progress(message: str) -> None:
        nonlocal reported
        reported = time.monotonic()
        ctx.progress(message)

    def report() -> None:
        nonlocal reported
        while not ended.wait(max(0.1, reported + _SILENT_SECONDS - time.monotonic())):
            calls = ctx.clients.unanswered(_FIRST_SECONDS)
            if time.monotonic() < reported + _SILENT_SECONDS:
                continue
            reported = time.monotonic()
            if calls:
                ctx.progress(f"waiting for AWS to answer {', '.join(calls)}")

    reporter = start_background(report, "slow calls")
    try:
        yield dataclasses.replace(ctx, progress=progress)
    finally:
        ended.set()
        reporter.join()
