# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measures by how much the plane is late."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from sandbox.lateness import lateness, verdict
from sandbox.plane.site import Part, Site

_LOOK_SECONDS = 0.1


@dataclass(slots=True)
class LatenessMeter(Part):
    """Measures by how much a sleep is too long. A machine that is too slow is reported once."""

    site: Site

    async def run(self) -> None:
        """Measure until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            began = loop.time()
            await asyncio.sleep(_LOOK_SECONDS)
            found = lateness(self.site.world)
            found.looks.append(loop.time() - began - _LOOK_SECONDS)
            text = "" if found.reported else verdict(found.looks, self.site.world.timings.speed)
            if text:
                found.reported = True
                print(text, flush=True)
