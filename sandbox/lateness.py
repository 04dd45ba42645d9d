# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether this machine keeps up with the data plane. If it is late, health checks fail."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from sandbox.overlay.base import World

# A minute of measurements, ten a second
_LOOKS = 600
# Health checkers' timeout for an answer, and the minimum for all probes at any speed
_ANSWER_SECONDS, _LEAST_SECONDS = 2.0, 1.0
# One pause is no slow machine.
_LATE_LOOKS = 3


@dataclass(slots=True)
class Lateness:
    """The plane's lateness in real seconds at the last measurements, and whether that was reported."""

    looks: deque[float] = field(default_factory=lambda: deque(maxlen=_LOOKS))
    reported: bool = False


def lateness(world: World) -> Lateness:
    """Of the world's plane."""
    return world.store(Lateness, "plane", "lateness")


def verdict(looks: Sequence[float], speed: float) -> str:
    """The remedy for a machine that does not keep up; empty if it does."""
    allowed = max(_ANSWER_SECONDS / speed, _LEAST_SECONDS) / 2
    late = [seconds for seconds in looks if seconds > allowed]
    if len(late) < _LATE_LOOKS:
        return ""
    slower = max(speed / 2, 1.0)
    remedy = f"start it again with --speed {slower:g}" if slower < speed else "stop other programs"
    return (
        f"This machine is too slow for --speed {speed:g}: the data plane is up to {max(late):.1f} s late, so that "
        f"health checks may fail without a cause: {remedy}."
    )
