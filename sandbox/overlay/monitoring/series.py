# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Metrics that services of AWS publish: a point for each minute. Pure, but for the store."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Any

# A day; the sandbox does not run for longer at a time.
_MOST_POINTS = 1440


@dataclass(frozen=True, slots=True)
class Key:
    """A metric: namespace, name, and its dimensions as (name, value)."""

    namespace: str
    name: str
    dimensions: frozenset[tuple[str, str]]

    @classmethod
    def of(cls, namespace: str, name: str, dimensions: Iterable[Any]) -> Key:
        """From a request's dimensions, or moto's."""
        pairs = (
            (item["Name"], item["Value"]) if isinstance(item, dict) else (item.name, item.value) for item in dimensions
        )
        return cls(namespace, name, frozenset(pairs))

    def dimension(self, name: str) -> str:
        """The value of a dimension; empty if it has none of that name."""
        return dict(self.dimensions).get(name, "")


@dataclass(frozen=True, slots=True)
class Point:
    """The values of a minute that ended at `end`, in seconds since the epoch."""

    end: float
    values: tuple[float, ...]


_STATISTICS: dict[str, Callable[[Sequence[float]], float]] = {
    "Minimum": min,
    "Maximum": max,
    "Sum": sum,
    "SampleCount": len,
    "Average": lambda values: sum(values) / len(values),
}


def statistic(name: str, values: Sequence[float]) -> float:
    """A statistic of values, of which there is one at least. Raises ValueError for one that there is not."""
    if name in _STATISTICS:
        return float(_STATISTICS[name](values))
    share = float(name.removeprefix("p")) / 100
    if not name.startswith("p") or not 0 <= share <= 1:
        raise ValueError(f"{name} is not a statistic of the sandbox")
    ordered = sorted(values)
    return float(ordered[min(int(share * len(ordered)), len(ordered) - 1)])


@dataclass(slots=True)
class Series:
    """The metrics of a region. `wanted` are those that were queried, which are measured each minute."""

    wanted: set[Key] = field(default_factory=set)
    points: dict[Key, deque[Point]] = field(default_factory=dict)

    def add(self, key: Key, point: Point) -> None:
        """Keep a point."""
        self.points.setdefault(key, deque(maxlen=_MOST_POINTS)).append(point)

    def periods(self, key: Key, name: str, ends: Iterable[float], seconds: float) -> dict[float, float]:
        """The statistic by the end of each period, without periods that have no data."""
        found = {}
        for end in ends:
            # A hair wider on both sides: moments are sums of floating point numbers.
            low, high = end - seconds + seconds / 1000, end + seconds / 1000
            values = [value for point in self._since(key, low) if point.end <= high for value in point.values]
            if values:
                found[end] = statistic(name, values)
        return found

    def _since(self, key: Key, moment: float) -> Iterator[Point]:
        """The newest first: nearly all queries are for recent points."""
        return takewhile(lambda point: point.end > moment, reversed(self.points.get(key, ())))
