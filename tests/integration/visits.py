# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What users get while something changes."""

from __future__ import annotations

import collections
import contextlib
import threading
from collections.abc import Callable, Iterator
from typing import TypeVar

from tests.waiting import eventually

T = TypeVar("T")


@contextlib.contextmanager
def visited(visit: Callable[[], T], pause: float = 0.0) -> Iterator[collections.Counter[T]]:
    """What each visit found → how often. At least one is begun and ended within.

    :param pause: seconds between two visits.
    """
    seen: collections.Counter[T] = collections.Counter()
    stop = threading.Event()

    def go_on() -> None:
        while not stop.wait(pause):
            seen[visit()] += 1

    thread = threading.Thread(target=go_on, daemon=True)
    thread.start()
    try:
        yield seen
        before = seen.total()
        eventually(lambda: seen.total() > before + 1)
    finally:
        stop.set()
        thread.join()
