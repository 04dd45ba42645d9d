# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What people see of a wait."""

from __future__ import annotations

import dataclasses
import itertools
import threading
import types
import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._engine import waiting
from ansible_collections.everlook.failover.plugins.module_utils._engine.context import Context
from ansible_collections.everlook.failover.plugins.module_utils._engine.errors import Stopped
from ansible_collections.everlook.failover.plugins.module_utils._engine.waiting import Waiting, reporting_slow_calls


class Clock(threading.Event):
    """A stop event by which time passes."""

    now = 0.0

    def wait(self, timeout: float | None = None) -> bool:
        self.now += timeout or 0.0
        return self.is_set()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(waiting, "time", types.SimpleNamespace(monotonic=lambda: clock.now))
    return clock


def test_a_wait_is_told_after_five_seconds_and_at_least_every_half_minute(
    ctx: Context, clock: Clock, told: list[str]
) -> None:
    wait = Waiting(dataclasses.replace(ctx, stop=clock), "it to be free")
    for _second in range(201):
        wait.pause(1.0, "in use")
    at = [int(text.partition("(")[2].partition(" s")[0]) for text in told]
    assert told[0] == "waiting for it to be free (5 s, in use)"
    assert at[:4] == [5, 10, 15, 23]
    assert max(later - earlier for earlier, later in itertools.pairwise(at)) == 30


def test_a_short_wait_is_not_told(ctx: Context, clock: Clock, told: list[str]) -> None:
    wait = Waiting(dataclasses.replace(ctx, stop=clock), "it")
    for _pause in range(10):
        wait.pause(0.5)
    assert told == []


def test_a_wait_ends_with_the_run(ctx: Context, clock: Clock) -> None:
    clock.set()
    with pytest.raises(Stopped):
        Waiting(dataclasses.replace(ctx, stop=clock), "it").pause(1.0)


class Slow:
    """Stands in for Clients whose call is not answered."""

    region = "us-east-1"

    def unanswered(self, _seconds: float) -> list[str]:
        return ["DescribeVpcs in us-east-1 (7 s)"]


def test_an_answer_that_is_long_in_coming_is_told(ctx: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "_SILENT_SECONDS", 0.01)
    told: list[str] = []
    heard = threading.Event()

    def progress(text: str) -> None:
        told.append(text)
        heard.set()

    with reporting_slow_calls(dataclasses.replace(ctx, clients=t.cast("t.Any", Slow()), progress=progress)):
        assert heard.wait(60)
    assert set(told) == {"waiting for AWS to answer DescribeVpcs in us-east-1 (7 s)"}


def test_while_something_else_is_told_it_is_not(ctx: Context, told: list[str]) -> None:
    with reporting_slow_calls(dataclasses.replace(ctx, clients=t.cast("t.Any", Slow()))) as telling_context:
        telling_context.progress("at work")
    assert told == ["at work"]
