# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Time goes by without API calls too."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from sandbox.plane.site import Site

_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Ticker:
    """Does what is due on the world's agenda."""

    site: Site

    async def open(self) -> None:
        """Nothing to get ready."""

    async def run(self) -> None:
        """Settle the world several times a second."""
        while True:
            with self.site.looking():
                pass
            await asyncio.sleep(_SECONDS)
