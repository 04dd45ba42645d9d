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
    """The health of a region's targets.

    :param groups: target group → its TargetHealthDescriptions; empty for one that does not exist. A service with two
        groups has those of both under the name of the first.
    :param missing: which target groups do not exist, as a sentence; empty if all do.
    :param problem: why they could not be read; empty otherwise.
    """

    groups: t.Mapping[str, States] = dataclasses.field(default_factory=dict)
    missing: str = ""
    problem: str = ""

    @property
    def states(self) -> States:
        """The TargetHealthDescriptions of all groups."""
        return tuple(state for states in self.groups.values() for state in states)

    @property
    def healthy(self) -> int:
        """How many targets are healthy."""
        return sum(state["TargetHealth"]["State"] == "healthy" for state in self.states)

    def reason(self) -> str:
        """Why the alias to the load balancer counts as unhealthy; empty if it is healthy, or not known."""
        found = "" if self.problem else health.problem_of_targets(self.groups)
        return self.missing if found and self.missing and not self.states else found

    def unready(self) -> str:
        """Why the region cannot serve; empty if every group has a healthy target."""
        if self.problem or self.missing:
            return self.problem or self.missing
        reasons = (
            health.problem_of_targets({name: states}) if states else f"no target is registered in target group {name}"
            for name, states in self.groups.items()
        )
        return "; ".join(reason for reason in reasons if reason)

    def summary(self) -> str:
        """For people."""
        return self.problem or self.missing or f"{self.healthy} of {len(self.states)} targets healthy"

    def describe(self) -> dict[str, t.Any]:
        """For the result."""
        states = collections.Counter(state["TargetHealth"]["State"] for state in self.states)
        counts = {"healthy": self.healthy, "total": len(self.states), "states": dict(states)}
        return {**counts, "missing": self.missing, "problem": self.problem}
