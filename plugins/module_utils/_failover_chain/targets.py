# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The targets behind a region's load balancer, of the services that decide the failover. Pure."""

from __future__ import annotations

import collections
import dataclasses
import typing as t

from .._route53 import health

States: t.TypeAlias = "tuple[t.Mapping[str, t.Any], ...]"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Targets:
    """What ELB says of them in a region.

    :param groups: target group → its TargetHealthDescriptions; none for one that does not exist.
    :param problem: why not everything is known, or a target group that does not exist; empty otherwise.
    """

    groups: t.Mapping[str, States] = dataclasses.field(default_factory=dict)
    problem: str = ""

    @property
    def states(self) -> States:
        """Those of all groups."""
        return tuple(state for states in self.groups.values() for state in states)

    @property
    def healthy(self) -> int:
        """How many targets are healthy."""
        return sum(state["TargetHealth"]["State"] == "healthy" for state in self.states)

    def reason(self) -> str:
        """Why the alias to the load balancer counts as unhealthy; empty if it is healthy, or not known to be."""
        return "" if self.problem else health.problem_of_targets(self.groups)

    def unready(self) -> str:
        """Why the region cannot serve; empty if every group has a healthy target."""
        if self.problem:
            return self.problem
        reasons = (
            health.problem_of_targets({name: states}) if states else f"no target is registered in target group {name}"
            for name, states in self.groups.items()
        )
        return "; ".join(reason for reason in reasons if reason)

    def summary(self) -> str:
        """For people."""
        return self.problem or f"{self.healthy} of {len(self.states)} targets healthy"

    def describe(self) -> dict[str, t.Any]:
        """For the result."""
        states = collections.Counter(state["TargetHealth"]["State"] for state in self.states)
        return {"healthy": self.healthy, "total": len(self.states), "states": dict(states), "problem": self.problem}
