# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How soon tasks of a service that keeps failing are started again: pure.

From the ECS Developer Guide, "Service throttle logic": tasks that repeatedly fail to start are started later and later.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

# At speed 1. A task that lasted that long has not failed to start.
LASTING_SECONDS = 10.0
# As many may fail at once: the circuit breaker counts to three at least.
_AT_ONCE = 5
_FIRST_SECONDS = 0.5
_LONGEST_SECONDS = 30.0


@dataclass(slots=True)
class Throttle:
    """Counts failures by service. Times are on one clock, in real seconds."""

    _failures: Counter[str] = field(default_factory=Counter)
    _not_before: dict[str, float] = field(default_factory=dict)

    def ended(self, service: str, now: float, *, lasted: bool) -> None:
        """Record that a task of the service has ended on its own."""
        if lasted:
            self._failures.pop(service, None)
            self._not_before.pop(service, None)
            return
        self._failures[service] += 1
        more = self._failures[service] - _AT_ONCE
        if more >= 0:
            self._not_before[service] = now + min(_FIRST_SECONDS * 2.0 ** min(more, 16), _LONGEST_SECONDS)

    def permits(self, service: str, now: float) -> bool:
        """Whether a task of the service may be started now."""
        return now >= self._not_before.get(service, now)
