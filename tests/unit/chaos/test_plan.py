# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which trials there are, and that each can be repeated alone."""

from __future__ import annotations

import pytest

from chaos.__main__ import main
from chaos.plan import ROUNDS, Trial, choose, spread, trials
from chaos.scenarios import SCENARIOS
from chaos.stacks import STACKS


def test_there_are_rounds_for_each_scenario() -> None:
    assert ROUNDS.keys() == SCENARIOS.keys()


def test_scenarios_take_turns_and_seeds_count_on() -> None:
    assert trials(["kills", "drills"], 7, 2) == [
        Trial("kills", 7),
        Trial("drills", 7),
        Trial("kills", 8),
        Trial("drills", 8),
    ]
    assert len(trials(list(ROUNDS), 1, None)) == sum(ROUNDS.values())
    assert trials([], 1, None) == []


def test_a_trial_is_repeated_by_its_seed_alone() -> None:
    (again,) = trials(["kills"], 9, 1)
    assert again in trials(["kills"], 7, 5)
    assert again.command == "make chaos CHAOS='--only kills --seed 9 --rounds 1'"
    assert again.draw().random() == Trial("kills", 9).draw().random() != Trial("drills", 9).draw().random()


def test_stacks_take_turns_and_each_counts_its_own() -> None:
    found = [(Trial("kills", seed).stack, Trial("kills", seed).turn) for seed in range(1, 5)]
    assert found == [("basic", 1), ("full", 1), ("basic", 2), ("full", 2)]
    assert STACKS.keys() == {stack for stack, _turn in found}


@pytest.mark.parametrize("total", [1, 2, 3, 4, 5, 12, 97, 192])
def test_as_many_seeds_as_there_are_give_each_once(total: int) -> None:
    assert {spread(seed, total) for seed in range(7, 7 + total)} == set(range(1, total + 1))


def test_few_seeds_are_spread_over_all() -> None:
    found = [spread(seed, 192) for seed in range(1, 9)]
    assert {number // 64 for number in found} == {0, 1, 2}
    assert choose(3, "abc") in "abc"


def test_a_scenario_that_there_is_not_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["--only", "kils"])
    assert "kils" in capsys.readouterr().err
