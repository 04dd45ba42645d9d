# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How ECS replaces unhealthy tasks: the replacement first, where there is room for it."""

from __future__ import annotations

import pytest

from sandbox.overlay.ecs.replacing import surplus, threshold


@pytest.mark.parametrize(
    ("unhealthy", "healthy", "starting", "room", "going"),
    [
        (0, 2, 0, 2, 0),
        # A replacement is not there yet, or still starts.
        (1, 1, 0, 1, 0),
        (2, 0, 2, 0, 0),
        # It is healthy: the one it replaces goes.
        (1, 2, 0, 1, 1),
        (2, 1, 1, 0, 1),
        (2, 2, 0, 0, 2),
        # It is unhealthy too: as many go as there are too many.
        (4, 0, 0, 0, 2),
        (3, 0, 1, 0, 1),
        # No room for another one before: one goes first, and one at a time.
        (1, 1, 0, 0, 1),
        (2, 0, 0, 0, 1),
        (1, 0, 1, 0, 0),
    ],
)
def test_how_many_unhealthy_tasks_go(unhealthy: int, healthy: int, starting: int, room: int, going: int) -> None:
    assert surplus(unhealthy, healthy, starting, 2, room) == going


@pytest.mark.parametrize(("desired", "failures"), [(0, 3), (1, 3), (6, 3), (7, 4), (25, 13), (400, 200), (1000, 200)])
def test_how_many_failures_trip_the_circuit_breaker(desired: int, failures: int) -> None:
    assert threshold(desired) == failures
