# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An interrupt reaches the main thread at once, whatever other threads there are."""

from __future__ import annotations

import pathlib
import signal
import threading

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._engine.background import start_background
from ansible_collections.everlook.failover.plugins.module_utils._engine.gather import gather
from ansible_collections.everlook.failover.plugins.plugin_utils.worker.progress import heard

ENDING = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}


def blocked() -> set[int]:
    return set(signal.pthread_sigmask(signal.SIG_BLOCK, []))


def test_a_thread_in_the_background_leaves_signals_to_the_main_thread() -> None:
    before = blocked()
    seen: list[set[int]] = []
    thread = start_background(lambda: seen.append(blocked()), "test")
    thread.join()
    assert seen[0] >= ENDING
    assert blocked() == before
    assert thread.daemon


def test_so_does_the_one_that_hears_a_modules_progress() -> None:
    seen: list[set[int]] = []
    with heard(lambda _line: seen.append(blocked())) as path:
        pathlib.Path(path).write_text("waiting\n", encoding="utf-8")
    assert seen[0] >= ENDING


def test_an_interrupt_that_another_thread_gets_does_not_wait_for_reads() -> None:
    answered = threading.Event()
    waited: list[bool] = []

    def interrupted() -> None:
        signal.pthread_kill(threading.get_ident(), signal.SIGINT)

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            gather({"silent": lambda: waited.append(answered.wait(60)), "interrupted": interrupted})
        assert waited == []
    finally:
        answered.set()
        signal.signal(signal.SIGINT, before)
