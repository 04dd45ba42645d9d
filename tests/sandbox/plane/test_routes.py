# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Routes are worked out anew when something has changed, and only then: most of the time nothing does."""

from __future__ import annotations

import threading
from typing import Any, cast

import pytest

from sandbox.commands import Commands
from sandbox.observations import Observations
from sandbox.outages import Outages
from sandbox.overlay.base import World
from sandbox.plane import routes
from sandbox.plane.addresses import Addresses
from sandbox.plane.routes import Routes
from sandbox.plane.site import Site
from sandbox.timings import Timings


def test_routes_are_read_again_when_something_has_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    now, read = [0.0], []

    def every_balancer() -> list[Any]:
        read.append(now[0])
        return []

    monkeypatch.setattr(routes, "every_balancer", every_balancer)
    monkeypatch.setattr(World, "now", lambda _world: now[0])
    world = World(Timings(), Observations())
    known = Routes(Site(world, threading.RLock(), cast(Addresses, None), Outages(), Commands()))
    first = known.current()
    assert known.current() is first
    world.changed()
    assert known.current() is not first
    world.schedule("load_balancer_create", lambda: None)
    known.current()
    assert len(read) == 2
    now[0] = 1.0
    known.current()
    assert len(read) == 3
    world.reset()
    known.current()
    assert len(read) == 4
