# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Regions that are broken on purpose, in ways for which AWS has no API."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal, get_args

How = Literal["cut", "slow", "error"]
# The control planes of services without a region: Route 53's and IAM's, in us-east-1 on AWS, broken apart here.
GLOBAL = "global"
# Port 53 of every name server and of the resolver is silent, as in networks that block DNS.
DNS = "dns"
_GLOBAL_SERVICES = ("route53", "iam")
# More than a health checker's timeout of two seconds
_SLOW_SECONDS = 3.0
# Longer than a checker's timeout, which is a second at any speed
_LEAST_SLOW_SECONDS = 2.0
_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d")


@dataclass(slots=True)
class Outages:
    """Broken regions, and how. The dictionary is replaced, never changed: readers need no lock.

    `cut`: neither load balancers nor the region's API are reachable.
    `slow`: load balancers and the API answer three seconds later (divided by the speed, at least two).
    `error`: load balancers answer 503; the API works.
    """

    speed: float = 1.0
    _broken: dict[str, How] = field(default_factory=dict)

    def begin(self, region: str, how: str) -> None:
        """Break a region, `global`, or `dns`. Raises ValueError for a name or a way that there is not."""
        if how not in get_args(How):
            raise ValueError(f"how must be one of {', '.join(get_args(How))}, not {how!r}")
        if region not in (GLOBAL, DNS) and not _REGION.fullmatch(region):
            raise ValueError(f"{region!r} is neither a region nor {GLOBAL!r} nor {DNS!r}")
        if region == DNS and how != "cut":
            raise ValueError(f"{DNS} can only be cut")
        self._broken = {**self._broken, region: how}  # type: ignore[dict-item]

    def end(self, region: str | None = None) -> None:
        """Heal a region, every one without a name; fine when it is not broken."""
        self._broken = {name: how for name, how in self._broken.items() if region not in (None, name)}

    def of(self, region: str) -> How | None:
        """How a region is broken, None when it is not."""
        return self._broken.get(region)

    def place(self, service: str, region: str) -> str:
        """The place whose outage a call to a service in a region meets: the region, or `global`."""
        return GLOBAL if service in _GLOBAL_SERVICES else region

    def late(self, region: str) -> float:
        """Real seconds by which answers of a region are late."""
        return max(_SLOW_SECONDS / self.speed, _LEAST_SLOW_SECONDS) if self.of(region) == "slow" else 0.0

    def all(self) -> dict[str, How]:
        """Every broken region and how."""
        return dict(self._broken)
