# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A module in a process of its own is interrupted once, however many signals it gets."""

from __future__ import annotations

import os
import signal
import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._engine.module_host import _ENDING, _interrupt_once


@pytest.fixture(autouse=True)
def handlers() -> t.Iterator[None]:
    before = {number: signal.getsignal(number) for number in _ENDING}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def interrupted(first: signal.Signals, second: signal.Signals, done: list[str]) -> None:
    try:
        os.kill(os.getpid(), first)
    finally:
        os.kill(os.getpid(), second)
        done.append("writes in flight")


@pytest.mark.parametrize("first", _ENDING, ids=str)
@pytest.mark.parametrize("second", _ENDING, ids=str)
def test_what_ends_after_the_first_signal_is_not_interrupted(first: signal.Signals, second: signal.Signals) -> None:
    done: list[str] = []
    _interrupt_once()
    with pytest.raises(KeyboardInterrupt):
        interrupted(first, second, done)
    assert done == ["writes in flight"]
