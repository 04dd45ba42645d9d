# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""tests/account against the local AWS: its experiments find answers, and nothing is left of them."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest

from sandbox import Sandbox
from tests.account import __main__ as account
from tests.account import prices
from tests.account.experiment import Experiment, Finding
from tests.account.experiments import ALL
from tests.account.lab import Lab
from tests.account.policies import document
from tests.account.zones import Zone

ROOT = Path(__file__).resolve().parents[2]
DEV = "111111111111"
NIGHT = str(20 / 3600)
pytestmark = [pytest.mark.once, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def _sandbox() -> t.Iterator[Sandbox]:
    with Sandbox(plane=True, checkers_per_region=1, speed=30) as running:
        yield running


@pytest.fixture
def aws(_sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    _sandbox.reset()
    for name, value in _sandbox.credentials("dev").items():
        monkeypatch.setenv(name, value)
    return _sandbox


@dataclasses.dataclass(frozen=True)
class Run:
    """What a run returned and reported."""

    code: int
    report: dict[str, t.Any]
    text: str

    def of(self, name: str) -> dict[str, t.Any]:
        found: dict[str, t.Any] = next(item for item in self.report["experiments"] if item["name"] == name)
        return found


def run(folder: Path, *arguments: str) -> Run:
    code = account.main(["--account", DEV, "--confirm", DEV, "--reports", str(folder), "--night", NIGHT, *arguments])
    [made] = folder.iterdir()
    return Run(code, json.loads((made / "account.json").read_text()), (made / "account.md").read_text())


@pytest.fixture
def unchanged(aws: Sandbox) -> t.Iterator[None]:
    before = aws.snapshot()
    yield
    assert aws.snapshot() == before


@pytest.mark.usefixtures("unchanged")
@pytest.mark.exhaustive
def test_what_needs_no_stack(aws: Sandbox, tmp_path: Path) -> None:
    mark = aws.requests.mark()
    done = run(tmp_path / "reports")
    assert {item["name"] for item in done.report["experiments"]} == {item.name for item in ALL if not item.deployed}
    assert {item["name"]: item["problem"] for item in done.report["experiments"] if item["problem"]} == {}
    assert done.code == 0, done.text
    assert done.report["left_behind"] == []
    chain = done.of("chain_in_one_batch")
    assert chain["seen"]["two batches"] == "accepted"
    assert chain["seen"]["health goes through"] is True
    assert done.of("api_answer")["verdict"] == "answered"
    assert all(text in done.text for text in ("# What AWS did", "## metric_check_words: as expected", "- nothing"))
    assert any(record.write for record in aws.requests.since(mark))


@pytest.mark.usefixtures("unchanged")
def test_words_that_nobody_expected_are_reported(aws: Sandbox, tmp_path: Path) -> None:
    aws.word_metric_checks("The alarm is quiet", "The alarm rings")
    done = run(tmp_path / "reports", "--experiments", "metric_check_words")
    found = done.of("metric_check_words")
    assert (done.code, found["verdict"], found["seen"]["evicting"]) == (1, "NOT as expected", ["The alarm rings"])


@pytest.mark.usefixtures("unchanged")
def test_an_experiment_that_fails_leaves_nothing_and_stops_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(lab: Lab) -> Finding:
        zone = Zone.make(lab, "broken")
        zone.change(("CREATE", zone.member(zone.name, "SECONDARY", "192.0.2.1")))
        raise RuntimeError("the lights went out")

    def find(_lab: Lab) -> Finding:
        return Finding(answer="all is well", as_expected=True)

    def made(name: str, how: t.Callable[[Lab], Finding]) -> Experiment:
        return dataclasses.replace(ALL[0], name=name, run=how)

    monkeypatch.setattr(account, "ALL", (made("first", fail), made("second", find)))
    done = run(tmp_path / "reports")
    assert (done.code, done.of("first")["problem"]) == (1, "RuntimeError: the lights went out")
    assert (done.of("second")["answer"], done.report["left_behind"]) == ("all is well", [])


def test_what_a_killed_run_has_left_is_found(
    aws: Sandbox, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def leave(lab: Lab) -> Finding:
        zone = Zone.make(lab, "left")
        lab._undo.clear()  # as a killed run does
        return Finding(answer=zone.name, as_expected=True)

    monkeypatch.setattr(account, "ALL", (dataclasses.replace(ALL[0], run=leave),))
    done = run(tmp_path / "reports")
    [line] = done.report["left_behind"]
    assert (done.code, line.startswith("zone everlook-account-")) == (1, True)
    capsys.readouterr()
    assert account.main(["--account", DEV, "--leftovers"]) == 0
    assert capsys.readouterr().out == f"{line}\n"
    aws.reset()


@pytest.mark.parametrize(
    ("arguments", "typed", "why"),
    [
        (["--account", "222222222222", "--confirm", "222222222222"], "", "are those of account 111111111111"),
        (["--account", DEV], "", "nobody can be asked here"),
        (["--account", DEV, "--confirm", "222222222222"], "", "'222222222222' is not 111111111111"),
        (["--account", DEV, "--experiments", "chain,metric_check_words"], "", "there is no experiment chain"),
        (["--account", DEV, "--experiments", "drill_times"], "", "drill_times need a stack"),
        (["--account", DEV, "--domain", "dev.example.com"], "", "go together"),
    ],
)
@pytest.mark.usefixtures("unchanged")
def test_nothing_is_done_before_the_account_is_named_twice(
    capsys: pytest.CaptureFixture[str], arguments: list[str], typed: str, why: str
) -> None:
    assert account.main(arguments, ask=lambda _question: typed) == 2
    assert why in capsys.readouterr().err


@pytest.mark.usefixtures("unchanged")
def test_another_word_than_the_id_begins_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    assert account.main(["--account", DEV], ask=lambda _question: "yes") == 2
    said = capsys.readouterr()
    assert "'yes' is not 111111111111" in said.err
    assert "about $" in said.out
    assert "chain_in_one_batch, 10 minutes" in said.out


@pytest.mark.usefixtures("unchanged")
def test_a_command_without_a_terminal_begins_nothing() -> None:
    command = [sys.executable, "-m", "tests.account", "--account", DEV]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 2, done.stderr
    assert "confirm=<the account's id>" in done.stderr
    assert "metric_check_words" in done.stdout


def test_a_stack_costs_what_its_hours_cost() -> None:
    stack = next(item for item in ALL if item.deployed).uses
    assert prices.cost(stack, 1.0) == pytest.approx(0.50 + 0.248, abs=0.05)
    assert prices.cost(stack, 3.0) > 2 * (prices.cost(stack, 1.0) - 0.50)
    assert prices.cost(stack, 0.1) == prices.cost(stack, 1.0)


@pytest.mark.parametrize("name", ["read", "site", "network"])
def test_policies_are_those_of_the_account_and_the_stack(name: str) -> None:
    text = document(name, "123456789012", "ef.example.net")
    assert "hello" not in text
    assert "111111111111" not in text
    assert "dev.example.com" not in text
    assert len(text) <= 6144, "AWS's limit of a managed policy, without blanks"


# playbooks/test_policies.py is about the same policies.
@pytest.mark.exhaustive
@pytest.mark.usefixtures("unchanged")
def test_a_stack_under_its_own_policies(aws: Sandbox, tmp_path: Path) -> None:
    names = ("--domain", "acct.example.net", "--parent", "example.net", "--watch", "10")
    route53 = aws.client("route53")
    parent = route53.create_hosted_zone(Name="example.net", CallerReference="parent")["HostedZone"]["Id"]
    done = run(tmp_path / "reports", *names, "--experiments", "empty_target_group")
    route53.delete_hosted_zone(Id=parent)
    assert {item["name"]: item["problem"] for item in done.report["experiments"] if item["problem"]} == {}
    assert done.of("own_policies")["verdict"] == "as expected", done.text
    assert done.of("empty_target_group")["verdict"] == "as expected", done.text
    assert (done.code, done.report["left_behind"]) == (0, [])
