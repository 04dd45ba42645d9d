# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waiting for what another process does: the only place where tests let time pass."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")

# Generous, for machines with other things to do. What is true is seen at once.
PATIENCE_SECONDS = 60.0


def eventually(
    look: Callable[[], T],
    true: Callable[[T], Any] = bool,
    *,
    seconds: float = PATIENCE_SECONDS,
    pause: float = 0.02,
    what: str = "it",
) -> T:
    """What ``look`` sees once it is true. Fails after ``seconds`` with what was seen last.

    :param pause: seconds between two looks; longer where looking itself takes time, which others need.
    """
    deadline = time.monotonic() + seconds
    begun = time.monotonic()
    while not true(seen := look()):
        now = time.monotonic()
        assert now < deadline, f"{what} has not come true after {seconds:.0f} s; last seen: {seen!r}"
        time.sleep(max(pause, min(now - begun, 0.5)))
        begun = time.monotonic()
    return seen
