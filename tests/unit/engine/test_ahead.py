# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was read before a job's turn is used for exactly what it was read for, once, and not after a change."""

from __future__ import annotations

import dataclasses
import threading
import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._engine.ahead import Ahead, Reading
from ansible_collections.everlook.failover.plugins.module_utils._engine.context import Context


@pytest.fixture
def ahead() -> t.Iterator[Ahead]:
    made = Ahead()
    yield made
    made.close()


def test_it_is_taken_once(ahead: Ahead) -> None:
    ahead.begin("alb", lambda: Reading("key", "found"))
    assert ahead.take("ecs_service") is None
    assert ahead.take("alb") == Reading("key", "found")
    assert ahead.take("alb") is None


def test_it_reads_while_others_work(ahead: Ahead) -> None:
    begun = threading.Event()

    def read() -> Reading:
        begun.set()
        return Reading("key", "found")

    ahead.begin("alb", read)
    assert begun.wait(10)


def test_after_a_change_it_does_not_count(ahead: Ahead) -> None:
    ahead.begin("alb", lambda: Reading("key", "found"))
    ahead.forget()
    assert ahead.take("alb") is None


def test_what_reading_raised_is_raised_in_its_turn(ahead: Ahead) -> None:
    def read() -> Reading:
        raise OSError("no route")

    ahead.begin("alb", read)
    with pytest.raises(OSError, match="no route"):
        ahead.take("alb")


@pytest.mark.parametrize(
    ("reading", "expected"),
    [(None, "now"), (Reading("key", "before"), "before"), (Reading("another", "before"), "now")],
)
def test_a_job_reads_what_was_not_read_for_the_same(ctx: Context, reading: Reading | None, expected: str) -> None:
    found = dataclasses.replace(ctx, ahead=lambda: reading).read("key", lambda: "now")
    assert found == expected
