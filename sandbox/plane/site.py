# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shared by all parts of the data plane."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sandbox.commands import Commands
from sandbox.outages import Outages
from sandbox.overlay.base import World
from sandbox.plane.addresses import Addresses


class Part:
    """Something of the data plane. Its methods are called in the plane's loop."""

    async def open(self) -> None:
        """Open: the server announces itself only when every part is open."""

    async def run(self) -> None:
        """Work until cancelled, then leave nothing behind. When it raises, it is run again."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Site:
    """The world, access to it, and addresses. All times are in real seconds."""

    world: World
    _lock: threading.RLock
    addresses: Addresses
    outages: Outages
    commands: Commands

    @contextmanager
    def looking(self) -> Iterator[World]:
        """The up-to-date world, while its time stands still. Keep it short: no API call is answered meanwhile.

        moto's objects must not be used outside; take out what is needed. Never await in it.
        """
        with self._lock, self.world.current():
            yield self.world

    def revision(self) -> int:
        """Another number as soon as something in the world is different: see `World.revision`."""
        with self.looking() as world:
            return world.revision

    def seconds(self, at_speed_one: float, least: float = 0.0) -> float:
        """Real seconds for a duration of AWS. `least` is the minimum for a real machine at any speed."""
        return max(at_speed_one / self.world.timings.speed, least)
