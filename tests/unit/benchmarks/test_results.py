# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From runs to medians, and from medians to what is promised."""

from __future__ import annotations

import pytest

from benchmarks.contenders import Phase
from benchmarks.measure import Cost
from benchmarks.results import Measurement, Ratio, Run, busiest_second, idle, medians, ratios


def run(
    contender: str = "ours", phase: Phase = Phase.NOTHING, *, wall: float = 1.0, latency: float = 0.0, **more: float
) -> Run:
    cost = Cost(wall=wall, cpu=more.get("cpu", wall), peak_pss=int(more.get("pss", 0)))
    return Run(
        contender=contender,
        phase=phase,
        latency=latency,
        cost=cost,
        reads=int(more.get("reads", 10)),
        writes=0,
        timed=not more.get("sampled"),
    )


def value(found: list[Ratio], name: str) -> float | None:
    return next(item.value for item in found if item.name == name)


def test_time_is_the_median_of_the_timed_runs_and_memory_the_peak_of_all() -> None:
    (found,) = medians([run(wall=1.0), run(wall=9.0), run(wall=2.0), run(wall=50.0, pss=3 * 2**20, sampled=1)])
    assert (found.wall, found.runs, found.peak_pss_mib) == (2.0, 3, 3.0)
    assert found.walls == [1.0, 9.0, 2.0]


def test_latencies_and_phases_are_kept_apart() -> None:
    found = medians([run(), run(latency=0.05), run(phase=Phase.CHECK), run("terraform")])
    assert [(item.contender, item.phase, item.latency_ms) for item in found] == [
        ("ours", "nothing", 0),
        ("ours", "nothing", 50),
        ("ours", "check", 0),
        ("terraform", "nothing", 0),
    ]


def test_ratios_are_of_ours_to_the_other() -> None:
    runs = [run(wall=2.0, cpu=1.0, reads=50, pss=100), run("terraform", wall=8.0, cpu=10.0, reads=100, pss=400)]
    found = ratios(medians([*runs, run("stock", wall=20.0)]), None, {})
    assert value(found, "noop_wall") == 0.25
    assert value(found, "noop_cpu") == 0.1
    assert value(found, "noop_calls") == 0.5
    assert value(found, "noop_wall_stock") == 0.1


def test_what_was_not_measured_has_no_value_and_is_not_held() -> None:
    found = ratios(medians([run()]), None, {})
    assert {item.value for item in found} == {None}
    assert {item.held for item in found} == {None}


def test_every_bar_of_the_table_is_there_once() -> None:
    names = [item.name for item in ratios([], None, {})]
    against_terraform = {
        *("noop_wall", "noop_cpu", "noop_calls", "noop_wall_50ms", "apply_wall"),
        *("image_wall", "destroy_wall", "peak_memory", "apply_slow_wall"),
    }
    assert sorted(names) == sorted({*against_terraform, "apply_critical_path", "growth_regions", "noop_wall_stock"})


def test_slow_provisioning_and_growth() -> None:
    sizes: dict[int, Measurement] = {}
    for count, wall in ((2, 2.0), (16, 9.0)):
        (sizes[count],) = medians([run(wall=wall)])
    found = ratios([], {"ours": 210.0, "terraform": 300.0, "critical_path": 200.0}, sizes)
    assert value(found, "apply_critical_path") == 1.05
    assert value(found, "apply_slow_wall") == 0.7
    assert value(found, "growth_regions") == 4.5


def test_the_busiest_second() -> None:
    assert busiest_second([0.0, 0.5, 0.9, 1.0, 1.1, 3.0]) == 4
    assert busiest_second([]) == 0


def test_idle_counts_the_gaps_that_are_more_than_a_moment() -> None:
    assert idle([0.0, 0.1, 5.1, 5.2, 6.2]) == pytest.approx(6.0)
    assert idle([]) == 0.0
