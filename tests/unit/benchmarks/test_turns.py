# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is measured after whom."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from benchmarks import compare, contenders, turns
from benchmarks.contenders import Contender, Phase, Terraform, ours, stock
from benchmarks.measure import Cost
from benchmarks.results import Run, medians


@dataclass
class Turns:
    """The contenders in the order in which they were measured."""

    contender: Any
    taken: list[tuple[str, Phase, float]] = field(default_factory=list)

    def measure(self, phase: Phase, latency: float = 0.0, sample_every: float = 0.0) -> Run:
        self.taken.append((self.contender.name, phase, latency))
        cost = Cost(wall=1, cpu=1, peak_pss=int(bool(sample_every)))
        return Run(contender=self.contender.name, phase=phase, latency=latency, cost=cost, reads=1, writes=0)


def test_stock_modules_repeat_theirs_after_the_others_have_alternated(monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[tuple[str, Phase, float]] = []

    @contextmanager
    def opened(contenders: Sequence[Contender]) -> Iterator[list[Turns]]:
        yield [Turns(SimpleNamespace(name=each.name, cannot=each.cannot), taken) for each in contenders]

    monkeypatch.setattr(compare, "lanes", opened)
    settings = compare.Settings(rounds=1, repeats=3, latencies=(0.0, 0.05))
    compare.compare([ours(), Terraform(), stock()], settings, lambda _line: None)
    nothing = [(name, latency) for name, phase, latency in taken if phase is Phase.NOTHING]
    assert nothing[:6] == [(name, 0.0) for name in ("ours", "terraform", "terraform", "ours", "ours", "terraform")]
    assert nothing[6:8] == [("ours", 0.05), ("terraform", 0.05)]
    assert nothing[8:12] == [("stock", 0.0)] * 3 + [("stock", 0.05)]
    # And their memory.
    assert nothing[12:] == [("ours", 0.0), ("terraform", 0.0), ("stock", 0.0)]


def test_runs_in_turn_are_told_as_medians_and_ratios() -> None:
    runs = [
        Run(
            contender=name,
            phase=Phase.NOTHING,
            latency=latency,
            cost=Cost(wall=wall, cpu=wall, peak_pss=0),
            reads=round(wall * 10),
            writes=0,
        )
        for latency in (0.0, 0.05)
        for name, wall in (("ours", 1.0), ("terraform", 4.0), ("terraform", 4.0), ("ours", 1.0))
    ]
    assert turns.table(medians(runs)).splitlines() == [
        "+0 ms: 1.00 s to 4.00 s (0.25), CPU 1.00 s to 4.00 s (0.25), calls 10 to 40 (0.25)",
        "+50 ms: 1.00 s to 4.00 s (0.25), CPU 1.00 s to 4.00 s (0.25), calls 10 to 40 (0.25)",
    ]


def test_who_is_prepared_again_has_its_inventory_in_the_new_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Slow provisioning is measured with the same contenders, when the folder of the first measurements is gone."""
    monkeypatch.setattr(contenders, "parent_zone_id", lambda _aws: "Z1")
    monkeypatch.setattr(contenders, "clean_environment", lambda *_about: {})
    monkeypatch.setattr(subprocess, "run", lambda *_words, **_options: None)
    contender = ours()
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        contender.prepare(cast("Any", None), tmp_path / name)
    words = list(contender.command(Phase.NOTHING).words)
    assert Path(words[words.index("-i") + 1]).is_relative_to(tmp_path / "second")
