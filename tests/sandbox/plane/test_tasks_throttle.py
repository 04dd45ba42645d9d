# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tasks that keep failing are started later and later."""

from __future__ import annotations

from sandbox.plane.throttle import Throttle


def test_a_few_failures_are_no_reason_to_wait() -> None:
    throttle = Throttle()
    for _ in range(4):
        throttle.ended("a", 0.0, lasted=False)
    assert throttle.permits("a", 0.0)


def test_more_failures_wait_longer_and_longer() -> None:
    throttle, waits = Throttle(), []
    for _ in range(30):
        throttle.ended("a", 100.0, lasted=False)
        waits.append(next(tenths / 10 for tenths in range(400) if throttle.permits("a", 100.0 + tenths / 10)))
    assert waits[:8] == [0.0, 0.0, 0.0, 0.0, 0.5, 1.0, 2.0, 4.0]
    assert waits[-1] == max(waits) == 30.0
    assert throttle.permits("b", 100.0)


def test_a_task_that_lasted_ends_the_waiting() -> None:
    throttle = Throttle()
    for _ in range(9):
        throttle.ended("a", 0.0, lasted=False)
    assert not throttle.permits("a", 1.0)
    throttle.ended("a", 1.0, lasted=True)
    assert throttle.permits("a", 1.0)
    throttle.ended("a", 1.0, lasted=False)
    assert throttle.permits("a", 1.0)
