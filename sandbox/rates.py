# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How many calls a second AWS answers. Off unless a test wants it: a refused call is repeated, and takes its time."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field


@dataclass(slots=True)
class Rates:
    """A token bucket for each account and service that has a limit: a second's calls at once, and then that rate.

    Below one call a second, one call at once.
    """

    _limits: dict[str, float] = field(default_factory=dict)
    _buckets: dict[tuple[str, str], tuple[float, float]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def limit(self, service: str, calls_per_second: float) -> None:
        """From now on answer no more than these. Raises ValueError if that is none."""
        if calls_per_second <= 0:
            raise ValueError("calls_per_second must be more than 0")
        with self._lock:
            self._limits[service] = calls_per_second
            self._buckets.clear()

    def admits(self, service: str, account: str, now: float) -> bool:
        """Whether a call at the time `now`, in seconds, is answered. Counts it if it is."""
        rate = self._limits.get(service)
        if rate is None:
            return True
        with self._lock:
            most = max(1.0, rate)
            tokens, since = self._buckets.get((service, account), (most, now))
            tokens = min(most, tokens + (now - since) * rate)
            admitted = tokens >= 1
            self._buckets[service, account] = (tokens - admitted, now)
            return admitted

    def clear(self) -> None:
        """No limits any more."""
        with self._lock:
            self._limits.clear()
            self._buckets.clear()
