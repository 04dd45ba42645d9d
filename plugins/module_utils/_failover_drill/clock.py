# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The clock of a drill."""

from __future__ import annotations

import time


class Clock:
    """Starts at its creation.

    ``id`` names the drill, ``started_at`` is ISO 8601 in UTC.
    """

    def __init__(self) -> None:
        self._start = time.monotonic()
        began = time.time_ns()
        self.started_at = iso(began / 1e9)
        self.id = f"{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime(began / 1e9))}-{began // 1000 % 1_000_000:06d}"

    def now(self) -> float:
        """Seconds since the drill started."""
        return time.monotonic() - self._start


def iso(seconds: float) -> str:
    """Seconds since 1970 as ISO 8601 in UTC."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))
