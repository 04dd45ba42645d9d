# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Results as data: runs, medians, and ratios with limits."""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from benchmarks.contenders import Phase
from benchmarks.measure import Cost

SCHEMA = 1
_MOMENT_SECONDS = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run of one phase. `latency` in seconds a call; a run that is not `timed` was sampled for its memory.

    `idle` are the seconds in gaps between its calls that are longer than a moment.
    `route53` are the calls to Route 53 in its busiest second, of which AWS allows five.
    """

    contender: str
    phase: Phase
    latency: float
    cost: Cost
    reads: int
    writes: int
    idle: float = 0.0
    route53: int = 0
    timed: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """Medians over the runs of one phase. Seconds and mebibytes; calls are those of the median run."""

    contender: str
    phase: str
    latency_ms: int
    runs: int
    wall: float
    cpu: float
    peak_pss_mib: float
    reads: int
    writes: int
    idle: float = 0.0
    route53: int = 0
    walls: list[float] = field(default_factory=list)

    @property
    def calls(self) -> int:
        """Reads and writes."""
        return self.reads + self.writes


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    """A ratio that must be at most `limit`; `value` is None without the runs that it needs."""

    name: str
    value: float | None
    limit: float

    @property
    def held(self) -> bool | None:
        """Whether it is within its limit."""
        return None if self.value is None else self.value <= self.limit


def idle(times: Sequence[float]) -> float:
    """The seconds in gaps longer than a moment between calls at these times."""
    gaps = [later - earlier for earlier, later in itertools.pairwise(times)]
    return sum(gap for gap in gaps if gap > _MOMENT_SECONDS)


def busiest_second(times: Sequence[float]) -> int:
    """The most calls within one second, of calls at these times."""
    most, first = 0, 0
    for last, time in enumerate(times):
        while time - times[first] > 1.0:
            first += 1
        most = max(most, last - first + 1)
    return most


def medians(runs: Iterable[Run]) -> list[Measurement]:
    """One measurement for each contender, phase and latency, in the order in which they first appear.

    Memory is the peak of all runs, time that of the timed ones.
    """
    groups: dict[tuple[str, str, float], list[Run]] = {}
    for run in runs:
        groups.setdefault((run.contender, run.phase.value, run.latency), []).append(run)
    return [_median(name, phase, latency, group) for (name, phase, latency), group in groups.items()]


def _median(contender: str, phase: str, latency: float, runs: Sequence[Run]) -> Measurement:
    timed = [run for run in runs if run.timed] or list(runs)
    return Measurement(
        contender=contender,
        phase=phase,
        latency_ms=round(latency * 1000),
        runs=len(timed),
        wall=round(statistics.median(run.cost.wall for run in timed), 3),
        cpu=round(statistics.median(run.cost.cpu for run in timed), 3),
        peak_pss_mib=round(max(run.cost.peak_pss for run in runs) / 2**20, 1),
        reads=round(statistics.median(run.reads for run in timed)),
        writes=round(statistics.median(run.writes for run in timed)),
        idle=round(statistics.median(run.idle for run in timed), 1),
        route53=max(run.route53 for run in runs),
        walls=[round(run.cost.wall, 3) for run in timed],
    )


# name: (phase, latency in ms, which number, against whom, limit)
_BARS: tuple[tuple[str, Phase, int, str, str, float], ...] = (
    ("noop_wall", Phase.NOTHING, 0, "wall", "terraform", 0.42),
    ("noop_cpu", Phase.NOTHING, 0, "cpu", "terraform", 0.5),
    ("noop_calls", Phase.NOTHING, 0, "calls", "terraform", 0.65),
    ("noop_wall_50ms", Phase.NOTHING, 50, "wall", "terraform", 0.5),
    ("apply_wall", Phase.FIRST, 0, "wall", "terraform", 0.1),
    ("image_wall", Phase.IMAGE, 0, "wall", "terraform", 0.36),
    ("destroy_wall", Phase.DESTROY, 0, "wall", "terraform", 0.3),
    ("peak_memory", Phase.NOTHING, 0, "peak_pss_mib", "terraform", 0.5),
    ("noop_wall_stock", Phase.NOTHING, 0, "wall", "stock", 0.15),
)
CRITICAL_PATH_LIMIT = 1.1
SLOW_WALL_LIMIT = 0.9
GROWTH_LIMIT = 5.0


def ratios(
    measurements: Iterable[Measurement], slow: Mapping[str, Any] | None, regions: Mapping[int, Measurement]
) -> list[Ratio]:
    """Every ratio with its value.

    `slow` holds `critical_path`, `ours` and `terraform` in seconds; `regions` the runs with nothing to do by number of
    regions.
    """
    known = {(item.contender, item.phase, item.latency_ms): item for item in measurements}
    found = [
        Ratio(name=name, value=_quotient(known, phase, latency, number, other), limit=limit)
        for name, phase, latency, number, other, limit in _BARS
    ]
    slow = slow or {}
    growth = _divided(_wall(regions.get(16)), _wall(regions.get(2)))
    return [
        *found,
        Ratio(
            name="apply_critical_path",
            value=_divided(slow.get("ours"), slow.get("critical_path")),
            limit=CRITICAL_PATH_LIMIT,
        ),
        Ratio(name="apply_slow_wall", value=_divided(slow.get("ours"), slow.get("terraform")), limit=SLOW_WALL_LIMIT),
        Ratio(name="growth_regions", value=growth, limit=GROWTH_LIMIT),
    ]


def ratios_of(data: Mapping[str, Any]) -> list[Ratio]:
    """The ratios of stored results, by the current limits."""
    regions = {point["regions"]: Measurement(**point["nothing"]) for point in data["scale"]["regions"]}
    return ratios([Measurement(**item) for item in data["measurements"]], data["slow"], regions)


def _quotient(
    known: Mapping[tuple[str, str, int], Measurement], phase: Phase, latency: int, number: str, other: str
) -> float | None:
    mine, theirs = (known.get((name, phase.value, latency)) for name in ("ours", other))
    if mine is None or theirs is None:
        return None
    return _divided(float(getattr(mine, number)), float(getattr(theirs, number)))


def _divided(value: float | None, by: float | None) -> float | None:
    return round(value / by, 3) if value is not None and by else None


def _wall(measurement: Measurement | None) -> float | None:
    return measurement.wall if measurement else None
