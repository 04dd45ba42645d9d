# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Regions that are broken on purpose, in ways for which AWS has no API."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, get_args

How = Literal["cut", "slow", "error"]
# The control planes of services without a region: Route 53 and IAM.
GLOBAL = "global"
# At speed 1. More than the two seconds in which a health checker wants an answer.
SLOW_SECONDS = 3.0


@dataclass(slots=True)
class Outages:
    """How regions are broken, by name. One dictionary that is replaced, never changed: readers need no lock.

    `cut`: nothing gets through, neither to load balancers nor to the region's API.
    `slow`: load balancers and the API answer `SLOW_SECONDS` later (divided by the speed).
    `error`: load balancers answer 503; the API works.
    """

    _broken: dict[str, How] = field(default_factory=dict)

    def begin(self, region: str, how: str) -> None:
        """Break a region. Raises ValueError for a way that is not known."""
        if how not in get_args(How):
            raise ValueError(f"how must be one of {', '.join(get_args(How))}, not {how!r}")
        self._broken = {**self._broken, region: how}  # type: ignore[dict-item]

    def end(self, region: str | None = None) -> None:
        """Heal a region, every one without a name; fine when it is not broken."""
        self._broken = {name: how for name, how in self._broken.items() if region not in (None, name)}

    def of(self, region: str) -> How | None:
        """How a region is broken, None when it is not."""
        return self._broken.get(region)

    def all(self) -> dict[str, How]:
        """Every broken region and how."""
        return dict(self._broken)
