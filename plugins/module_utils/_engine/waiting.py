# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waits that are told: whoever looks at a terminal for more than five seconds sees what for.

What waits outside this package waits by ``Waiting.pause``; tests/unit/test_waits.py holds that. Within a step of
a plan ``apply`` tells, and of an answer of AWS that is long in coming ``telling`` does.
"""

from __future__ import annotations

import contextlib
import dataclasses
import threading
import time
import typing as t

from .context import Context

_FIRST_SECONDS: t.Final = 5.0
_LONGEST_SECONDS: t.Final = 30.0
# A little later than steps are told, which say more.
_SILENT_SECONDS: t.Final = 6.0


class Waiting:
    """A wait in pauses, told after five seconds and then less and less often, at least every half minute.

    :param what: for people, completes "waiting for" (``subnet-1 to be free``).
    """

    def __init__(self, ctx: Context, what: str) -> None:
        self._ctx = ctx
        self._what = what
        self._since = time.monotonic()
        self._due = self._since + _FIRST_SECONDS

    def pause(self, seconds: float, state: str = "") -> None:
        """Wait so long, and tell what for when it is time to. Raises Stopped."""
        self.tell(state)
        self._ctx.sleep(seconds)

    def tell(self, state: str = "") -> None:
        """Tell what is waited for, when it is time to.

        :param state: the present one, for people.
        """
        now = time.monotonic()
        if now >= self._due:
            waited = now - self._since
            self._ctx.progress(f"waiting for {self._what} ({waited:.0f} s{f', {state}' if state else ''})")
            self._due = now + min(_LONGEST_SECONDS, max(_FIRST_SECONDS, waited / 2))


@contextlib.contextmanager
def telling(ctx: Context) -> t.Iterator[Context]:
    """A context of which is told, while nothing else is, for which answers of AWS it waits."""
    told = [time.monotonic()]
    ended = threading.Event()

    def progress(message: str) -> None:
        told[0] = time.monotonic()
        ctx.progress(message)

    def tell() -> None:
        while not ended.wait(max(0.1, told[0] + _SILENT_SECONDS - time.monotonic())):
            calls = ctx.clients.unanswered(_FIRST_SECONDS)
            if time.monotonic() < told[0] + _SILENT_SECONDS:
                continue
            told[0] = time.monotonic()
            if calls:
                ctx.progress(f"waiting for AWS to answer {', '.join(calls)}")

    teller = threading.Thread(target=tell, name="telling", daemon=True)
    teller.start()
    try:
        yield dataclasses.replace(ctx, progress=progress)
    finally:
        ended.set()
        teller.join()
