# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Threads that run beside a job and leave signals to the main thread."""

from __future__ import annotations

import signal
import threading
import typing as t

# For how long the main thread waits at once for threads that do not block signals
SIGNAL_SECONDS: t.Final = 0.5


def start_background(target: t.Callable[[], None], name: str) -> threading.Thread:
    """Start a daemon thread with all signals blocked. It must not start processes, which would inherit that.

    A signal to a process goes to any of its threads that does not block it (signal(7)). Python handles it in the main
    thread, but does not wake that thread up: an interrupt would wait for whatever the main thread waits for.
    """
    thread = threading.Thread(target=target, name=name, daemon=True)
    before = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    try:
        thread.start()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    return thread
