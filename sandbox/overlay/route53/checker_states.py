# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Observations of an endpoint by health checkers, and its health by them. Pure, except for the store.

From the Developer Guide, "How Amazon Route 53 determines whether a health check is healthy".
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

from sandbox.overlay.base import World

# "If more than 18% of health checkers report that an endpoint is healthy, Route 53 considers it healthy."
_SHARE = 0.18


@dataclass(frozen=True, slots=True)
class Place:
    """A checker: its region, and its number among all checkers of the endpoint."""

    region: str
    number: int

    @property
    def address(self) -> str:
        """Where its requests come from, as observations say it."""
        return f"192.0.2.{self.number}"


@dataclass(frozen=True, slots=True)
class Report:
    """An observation of the endpoint, in Route 53's words."""

    well: bool
    text: str
    moment: datetime


@dataclass(frozen=True, slots=True)
class CheckerState:
    """A checker's verdict. `against` counts consecutive reports to the contrary."""

    well: bool = True
    against: int = 0
    last: Report | None = None
    last_failure: Report | None = None

    def after(self, report: Report, threshold: int) -> CheckerState:
        """With one report more: FailureThreshold reports in a row turn the verdict, either way."""
        against = 0 if report.well == self.well else self.against + 1
        turned = against >= threshold
        return replace(
            self,
            well=report.well if turned else self.well,
            against=0 if turned else against,
            last=report,
            last_failure=self.last_failure if report.well else report,
        )


CheckerStates = dict[Place, CheckerState]


def verdict(states: Collection[CheckerState]) -> bool:
    """Whether the endpoint is healthy; a new check is, before any observation."""
    return not states or sum(state.well for state in states) / len(states) > _SHARE


def checker_states(world: World) -> dict[str, CheckerStates]:
    """Health check ID → the observations of its checkers, stored by the prober; empty without one.

    Its size does not change while another thread reads it: checkers are added together, before the first report.
    """
    return world.store(dict, "route53", "checker states")


def states_of(world: World, check_id: str) -> CheckerStates:
    """The observations of each checker of a health check."""
    return checker_states(world).get(check_id, {})


def lost_checkers(world: World) -> set[str]:
    """The checker regions that reach no endpoint at the moment."""
    return world.store(set, "route53", "lost checkers")
