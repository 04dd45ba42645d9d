# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The trials, and how to repeat them. Pure."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import gcd
from typing import TypeVar

from chaos.stacks import BASIC, FULL

T = TypeVar("T")
# Scenario → default number of rounds
ROUNDS: Mapping[str, int] = {"faults": 20, "kills": 40, "together": 14, "drills": 20, "foreign": 12, "rights": 40}


@dataclass(frozen=True, slots=True)
class Trial:
    """A scenario with its seed, which determines everything that it draws."""

    scenario: str
    seed: int

    @property
    def stack(self) -> str:
        """Its stack: the stacks take turns."""
        return BASIC if self.seed % 2 else FULL

    @property
    def turn(self) -> int:
        """Its number among the trials of its stack, from 1."""
        return (self.seed + 1) // 2

    @property
    def command(self) -> str:
        """The command that repeats only this trial."""
        return f"make chaos CHAOS='--only {self.scenario} --seed {self.seed} --rounds 1'"

    def draw(self) -> random.Random:
        """The trial's own random generator."""
        return random.Random(f"{self.scenario}/{self.seed}")


def trials(only: Sequence[str], seed: int, rounds: int | None) -> list[Trial]:
    """All trials. The scenarios take turns, so that those that wait run beside those that compute."""
    counts = {name: ROUNDS[name] if rounds is None else rounds for name in only}
    in_turns = ((number, name) for number in range(max(counts.values(), default=0)) for name in counts)
    return [Trial(name, seed + number) for number, name in in_turns if number < counts[name]]


def spread(seed: int, total: int) -> int:
    """A number from 1 to `total`. Consecutive seeds give numbers far apart, and `total` of them give each once."""
    return 1 + seed * _stride(total) % total


def choose(seed: int, among: Sequence[T]) -> T:
    """One of the items, by spread()."""
    return among[spread(seed, len(among)) - 1]


def _stride(total: int) -> int:
    """A number without a divisor in common with `total`, near the golden section of it."""
    return next(step for step in _outwards(round(total * 0.618)) if gcd(step, total) == 1)


def _outwards(middle: int) -> Iterator[int]:
    yield max(1, middle)
    for distance in range(1, middle + 2):
        yield middle + distance
        yield max(1, middle - distance)
