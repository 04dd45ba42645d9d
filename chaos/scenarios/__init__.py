# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Scenarios: functions of lab and trial that yield judged runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from chaos.lab import Lab
from chaos.plan import Trial
from chaos.scenarios import drills, faults, foreign, kills, rights, together
from chaos.verdict import Judged


@dataclass(frozen=True, slots=True)
class Scenario:
    """A scenario: its title in the table, whether it needs a data plane, and its function."""

    title: str
    plane: bool
    run: Callable[[Lab, Trial], Iterator[Judged]]


SCENARIOS: Mapping[str, Scenario] = {
    "faults": Scenario("19 % of calls throttled, 3 % reset, 3 % of replies lost", True, faults.run),
    "kills": Scenario("killed after its nth write, and run again", False, kills.run),
    "together": Scenario("two machines at once", True, together.run),
    "drills": Scenario("interrupted drills, healed", True, drills.run),
    "foreign": Scenario("foreign and half-tagged resources around it", False, foreign.run),
    "rights": Scenario("an IAM action fewer", False, rights.run),
}
