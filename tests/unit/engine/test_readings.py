# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What several jobs read is read once, and again after a change."""

from __future__ import annotations

import concurrent.futures
import dataclasses
import functools
import threading
import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._engine.context import Context
from ansible_collections.everlook.failover.plugins.module_utils._engine.readings import Readings


@pytest.fixture
def readings() -> t.Iterator[Readings]:
    made = Readings()
    yield made
    made.close()


@pytest.fixture
def answers() -> t.Iterator[int]:
    return iter(range(1, 100))


def test_a_thing_is_read_once_until_something_is_changed(readings: Readings, answers: t.Iterator[int]) -> None:
    assert [readings.read(key, lambda: next(answers)) for key in ("a", "b", "a")] == [1, 2, 1]
    readings.forget()
    assert readings.read("a", lambda: next(answers)) == 3


def test_who_comes_second_waits_for_the_first(readings: Readings) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slow() -> str:
        begun.set()
        assert go_on.wait(30)
        return "found"

    readings.begin(lambda: readings.read("a", slow))
    assert begun.wait(30)
    with concurrent.futures.ThreadPoolExecutor() as pool:
        second = pool.submit(readings.read, "a", lambda: pytest.fail("read twice"))
        go_on.set()
        assert second.result(30) == "found"


def test_what_was_begun_before_a_change_is_not_taken_for_what_is_there_after_it(readings: Readings) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def old() -> str:
        begun.set()
        assert go_on.wait(30)
        return "old"

    readings.begin(lambda: readings.read("a", old))
    assert begun.wait(30)
    readings.forget()
    assert readings.read("a", lambda: "new") == "new"
    go_on.set()
    assert readings.read("a", lambda: "newer") == "new"


def test_what_was_to_be_read_early_and_had_not_begun_is_left_to_its_turn(readings: Readings) -> None:
    """It would be of before what comes until then, such as a wait of minutes."""
    go_on, begun = threading.Event(), threading.Semaphore(0)

    def read() -> str:
        begun.release()
        assert go_on.wait(30)
        return "old"

    # More than there are threads.
    for number in range(100):
        readings.begin(functools.partial(readings.read, number, read))
    assert begun.acquire(timeout=30)
    readings.forget()
    go_on.set()
    readings._pool.shutdown(wait=True)
    assert readings.read(99, lambda: "new") == "new"


def test_an_error_is_raised_for_everyone(readings: Readings) -> None:
    def fail() -> str:
        raise OSError("no route")

    for _ in range(2):
        with pytest.raises(OSError, match="no route"):
            readings.read("a", fail)


def test_a_job_that_is_alone_reads_each_time(ctx: Context, readings: Readings, answers: t.Iterator[int]) -> None:
    assert [ctx.read("a", lambda: next(answers)) for _ in range(2)] == [1, 2]
    together = dataclasses.replace(ctx, readings=readings.read)
    assert [together.read("a", lambda: next(answers)) for _ in range(2)] == [3, 3]
