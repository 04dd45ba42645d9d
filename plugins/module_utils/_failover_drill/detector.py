# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Detects that health checks notice the fault, in a thread, because calls to a region that is cut off take long."""

from __future__ import annotations

import contextlib
import threading
import typing as t

_PAUSE_SECONDS: t.Final = 1.0


class Detector:
    """Polls once a second until something is detected.

    :param look: returns what is wrong, empty for nothing. After an error it is called again.
    :param clock: returns the seconds since the drill started.
    """

    def __init__(
        self, look: t.Callable[[], str], clock: t.Callable[[], float], *, pause: float = _PAUSE_SECONDS
    ) -> None:
        self._pause = pause
        self._look = look
        self._clock = clock
        self._stop = threading.Event()
        # When something was detected, and what
        self.found: tuple[float, str] | None = None
        # With signals not blocked, since its calls may start the program that AWS's configuration names for credentials
        # (credential_process). The drill waits a quarter of a second at once, so it notices a signal soon.
        self._thread = threading.Thread(target=self._run, name="detector", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Stop polling."""
        self._stop.set()

    def _run(self) -> None:
        while not self._stop.is_set():
            at = self._clock()
            with contextlib.suppress(Exception):
                text = self._look()
                if text:
                    self.found = (at, text)
                    return
            self._stop.wait(self._pause)
