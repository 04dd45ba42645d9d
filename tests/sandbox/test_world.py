# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What happens later in the local AWS: on time, in order, and never so much that time runs away."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from sandbox.observations import Observations
from sandbox.overlay.base import World
from sandbox.timings import Timings


@dataclass(slots=True)
class Watch:
    """A clock that stands until somebody moves it, and the looks of somebody who looks each second."""

    time: float = 100.0

    def looks(self, world: World, seconds: float) -> list[float]:
        """The moments of the looks, when nobody asks for so long."""
        found: list[float] = []

        def look() -> None:
            found.append(world.moment())
            world.again(1.0, look)

        world.again(1.0, look)
        self.time += seconds
        with world.current():
            pass
        return found


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Watch:
    watch = Watch()
    monkeypatch.setattr(World, "now", lambda _world: watch.time)
    return watch


def test_looks_that_nobody_asked_for_meanwhile_are_made_up_for(watch: Watch) -> None:
    looks = watch.looks(World(Timings(), Observations()), 15.5)
    assert looks == pytest.approx([101.0 + number for number in range(15)])


def test_of_a_great_many_the_last_ones_are(watch: Watch) -> None:
    looks = watch.looks(World(Timings(), Observations()), 100_000.5)
    assert looks[1:] == pytest.approx([100_100.0 - number for number in reversed(range(30))])
