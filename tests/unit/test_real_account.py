# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/real-account.md is honest: it has every experiment that there is, and none that there is not."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest

from tests.account import __main__ as account
from tests.account import prices
from tests.account.experiment import Experiment
from tests.account.experiments import ALL, night_without_data
from tests.account.lab import Lab, Options
from tests.account.switches import Switch

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "real-account.md").read_text(encoding="utf-8")
TABLE = PAGE[PAGE.index("\n## What is not confirmed") :]
OPTIONS = Options(
    account="123456789012",
    regions=("us-east-1", "us-west-1"),
    domain="acct.example.net",
    parent="example.net",
    night=8 * 3600,
    watch=180,
    folder=Path("reports"),
)
FILES = {path.stem for path in (ROOT / "tests" / "account" / "experiments").glob("*.py")} - {"__init__"}


def test_every_experiment_answers_a_row_of_the_table() -> None:
    assert set(re.findall(r"experiment `(\w+)`", TABLE)) == {item.name for item in ALL}


def test_every_file_is_an_experiment() -> None:
    assert {item.name for item in ALL} == FILES


def test_every_row_is_complete() -> None:
    rows = [line for line in TABLE.splitlines() if line.startswith("|")]
    assert len(rows) > 20
    assert {len(row.strip("|").split("|")) for row in rows} == {5}
    assert all(cell.strip() for row in rows[2:] for cell in row.strip("|").split("|"))


def test_the_readme_points_to_it() -> None:
    assert "](docs/real-account.md)" in (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("experiment", ALL, ids=lambda item: item.name)
def test_an_experiment_says_what_it_is_for(experiment: Experiment) -> None:
    assert experiment.question.endswith("?")
    assert all((experiment.source, experiment.does, experiment.expected, experiment.uses))
    assert prices.cost(experiment.uses, experiment.minutes / 60) > 0


@pytest.mark.parametrize(
    ("looks", "expected", "said"),
    [(10_000, True, "still says ['Failure: it rings']"), (3, False, "no longer ['Failure")],
)
def test_a_check_that_forgets_is_noticed(
    monkeypatch: pytest.MonkeyPatch, looks: int, expected: bool, said: str
) -> None:
    class Forgetful:
        def __init__(self) -> None:
            self.left = looks

        def publish_until_changed(self, _value: float, before: list[str]) -> list[str]:
            assert before
            return ["Failure: it rings"]

        def words(self) -> list[str]:
            self.left -= 1
            return ["Failure: it rings"] if self.left > 0 else ["Success: it is quiet"]

    monkeypatch.setattr(Switch, "make", lambda _lab, _suffix: Forgetful())
    found = night_without_data.EXPERIMENT.run(Lab(dataclasses.replace(OPTIONS, night=0.2), print))
    assert (found.as_expected, said in found.answer) == (expected, True)


def test_what_it_costs_is_said_before_it_begins() -> None:
    text = account.explanation(ALL, OPTIONS)
    assert all(item.name in text for item in ALL)
    [dollars] = re.findall(r"about \$(\d+\.\d\d)", text)
    assert 1 < float(dollars) < 5
