# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which runs a comparison makes, in which order."""

from __future__ import annotations

import contextlib
import dataclasses
import types
import typing as t
from collections.abc import Iterator, Sequence

import pytest

from benchmarks import compare
from benchmarks.contenders import Phase
from benchmarks.measure import Cost
from benchmarks.results import Run

FIRST, NOTHING, CHECK, IMAGE, DESTROY = Phase


@dataclasses.dataclass
class FakeLane:
    """Records the phases and latencies it is asked for."""

    contender: t.Any
    log: list[tuple[str, Phase, float]]

    def measure(self, phase: Phase, latency: float = 0.0, sample_every: float = 0.0) -> Run:
        self.log.append((self.contender.name, phase, latency))
        cost = Cost(wall=1.0, cpu=1.0, peak_pss=100 if sample_every else 0)
        name = self.contender.name
        return Run(contender=name, phase=phase, latency=latency, cost=cost, reads=1, writes=0)


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Phase, float]]:
    made: list[tuple[str, Phase, float]] = []

    @contextlib.contextmanager
    def lanes(contenders: Sequence[t.Any], **_more: object) -> Iterator[list[FakeLane]]:
        yield [FakeLane(contender, made) for contender in contenders]

    monkeypatch.setattr(compare, "lanes", lanes)
    return made


def contenders() -> t.Any:
    return [
        types.SimpleNamespace(name="ours", cannot=frozenset()),
        types.SimpleNamespace(name="stock", cannot=frozenset({CHECK})),
    ]


def test_a_stack_that_was_changed_is_changed_back_before_the_next_run(log: list[tuple[str, Phase, float]]) -> None:
    runs = compare.compare(contenders(), compare.Settings(rounds=1, repeats=2, latencies=(0.0, 0.05)), lambda _: None)
    mine = [phase for name, phase, _latency in log if name == "ours"]
    assert mine == [FIRST, *[NOTHING] * 4, *[CHECK] * 4, *[IMAGE, FIRST] * 3, DESTROY]
    # Undoing is not measured.
    assert len([run for run in runs if run.phase is FIRST]) == 2
    assert [latency for _name, phase, latency in log if phase is IMAGE] == [0.0] * 6
    assert CHECK not in [phase for name, phase, _latency in log if name == "stock"]


def test_stock_modules_repeat_theirs_after_the_others(log: list[tuple[str, Phase, float]]) -> None:
    compare.compare(contenders(), compare.Settings(rounds=1, repeats=2, latencies=(0.0,)), lambda _: None)
    assert [name for name, phase, _latency in log if phase is NOTHING][:4] == ["ours", "ours", "stock", "stock"]
