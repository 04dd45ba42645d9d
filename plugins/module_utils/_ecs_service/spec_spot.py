# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tasks on Fargate Spot besides those on demand, from the options, with AWS's limits. Pure.

Source: ECS API, CapacityProviderStrategyItem.
"""

from __future__ import annotations

import dataclasses
import typing as t

from .._aws.validation import check_range
from .._engine.errors import SpecError

ON_DEMAND: t.Final = "FARGATE"
SPOT: t.Final = "FARGATE_SPOT"
_BASE_MOST: t.Final = 100_000
_WEIGHT_MOST: t.Final = 1000


@dataclasses.dataclass(frozen=True, kw_only=True)
class Spot:
    """``base`` tasks are on demand; the others are distributed by weight."""

    base: int
    on_demand_weight: int
    spot_weight: int

    @property
    def strategy(self) -> list[dict[str, t.Any]]:
        """ECS's capacity provider strategy, in the form in which it is compared."""
        return [
            {"capacityProvider": ON_DEMAND, "weight": self.on_demand_weight, "base": self.base},
            {"capacityProvider": SPOT, "weight": self.spot_weight, "base": 0},
        ]


def parse_spot(params: t.Mapping[str, t.Any]) -> Spot | None:
    """The distribution over Fargate and Fargate Spot; None if all tasks are on demand. Raises SpecError."""
    given = params["spot"]
    if not given:
        return None
    if params["operating_system"] != "LINUX":
        raise SpecError("spot", f"Fargate Spot runs LINUX only, and operating_system is {params['operating_system']}.")
    check_range("spot.base", given["base"], 0, _BASE_MOST)
    check_range("spot.on_demand_weight", given["on_demand_weight"], 0, _WEIGHT_MOST)
    check_range("spot.spot_weight", given["spot_weight"], 1, _WEIGHT_MOST)
    return Spot(**given)


def warnings(spot: Spot | None) -> tuple[str, ...]:
    """Warnings about options that work, but are probably not intended."""
    if spot is None or spot.base or spot.on_demand_weight:
        return ()
    return ("all tasks are on Fargate Spot, so AWS may stop all of them at once. Set a base in spot.",)
