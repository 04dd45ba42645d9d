# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The targets behind a region's load balancer. Pure."""

from __future__ import annotations

import collections
import dataclasses
import typing as t

from .._route53 import health


@dataclasses.dataclass(frozen=True, kw_only=True)
class Targets:
    """The TargetHealthDescriptions of a region's target group, or why there are none."""

    states: tuple[t.Mapping[str, t.Any], ...] = ()
    problem: str = ""

    @property
    def healthy(self) -> int:
        """How many targets are healthy."""
        return sum(state["TargetHealth"]["State"] == "healthy" for state in self.states)

    def reason(self, region: str) -> str:
        """Why the alias to the load balancer counts as unhealthy; empty if it is healthy, or not known to be."""
        return "" if self.problem else health.problem_of_targets({region: self.states})

    def summary(self) -> str:
        """For people."""
        return self.problem or f"{self.healthy} of {len(self.states)} targets healthy"

    def describe(self) -> dict[str, t.Any]:
        """For the result."""
        states = collections.Counter(state["TargetHealth"]["State"] for state in self.states)
        return {"healthy": self.healthy, "total": len(self.states), "states": dict(states), "problem": self.problem}
