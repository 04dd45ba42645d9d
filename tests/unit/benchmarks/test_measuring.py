# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a command costs, the critical path, and the tables in documents."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from benchmarks import report
from benchmarks.__main__ import RESULTS, TABLES
from benchmarks.measure import Command, CommandError, run
from benchmarks.results import Ratio
from benchmarks.slow import Step, first_deployment, longest, slowest_resources
from sandbox.timings import AWS

# Two processes of 64 MiB each, the second a child of the first, and half a second of CPU time in the child.
_TREE = """
import subprocess, sys, time
block = bytearray(64 << 20)
if len(sys.argv) < 2:
    subprocess.run([sys.executable, __file__, "child"], check=True)
else:
    while time.process_time() < 0.5:
        pass
"""


def command(folder: Path, text: str) -> Command:
    script = folder / "script.py"
    script.write_text(text)
    return Command(
        words=[sys.executable, str(script)], folder=folder, environment=dict(os.environ), log=folder / "output.log"
    )


def test_cpu_and_memory_are_those_of_the_whole_process_tree(tmp_path: Path) -> None:
    cost = run(command(tmp_path, _TREE), sample_every=0.02)
    assert cost.cpu >= 0.5
    assert cost.wall >= 0.5
    assert cost.peak_pss >= 2 * (64 << 20)


def test_memory_is_not_looked_at_unless_asked(tmp_path: Path) -> None:
    assert run(command(tmp_path, "print('hello')")).peak_pss == 0
    assert "hello" in (tmp_path / "output.log").read_text()


def test_a_command_that_fails_is_no_measurement(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"exit code 3\. It ends with:\n"):
        run(command(tmp_path, "raise SystemExit(3)"))


def test_the_longest_chain_counts_with_a_poll_for_each_edge() -> None:
    steps = {
        "a": Step(seconds=10),
        "b": Step(seconds=1, needs=("a",)),
        "c": Step(seconds=12),
        "d": Step(seconds=1, needs=("b", "c")),
    }
    path = longest(steps, poll=0.5)
    assert (path.steps, path.seconds) == (("c", "d"), 14)
    assert longest(steps, poll=100).steps == ("a", "b", "d"), "edges count as well"


def test_a_first_deployment_waits_for_one_thing_after_the_other() -> None:
    path = longest(first_deployment(AWS), poll=0)
    assert path.steps[-3:] == ("load balancer", "healthy targets", "records")
    assert path.seconds < sum(step.seconds for step in first_deployment(AWS).values())


def test_what_terraform_says_it_waited_for() -> None:
    text = "aws_lb.this: Creation complete after 2m35s [id=a]\naws_vpc.this: Creation complete after 11s [id=b]\n"
    assert slowest_resources(text) == [("aws_lb.this", 155), ("aws_vpc.this", 11)]


def test_sections_are_put_between_their_markers_and_nothing_else_changes(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- benchmark: ratios -->\nold\n<!-- benchmark: end -->\nafter\n")
    for _ in range(2):
        report.put(page, {"ratios": "new", "elsewhere": "no"})
        assert page.read_text() == "before\n<!-- benchmark: ratios -->\n\nnew\n\n<!-- benchmark: end -->\nafter\n"


@pytest.mark.parametrize("document", TABLES, ids=lambda path: path.name)
def test_tables_in_documents_are_those_of_the_results(document: Path, tmp_path: Path) -> None:
    """With the limits of today: `python -m benchmarks --tables` writes them."""
    page = tmp_path / "page.md"
    page.write_text(document.read_text())
    report.put(page, report.sections(json.loads(RESULTS.read_text())))
    assert page.read_text() == document.read_text()


def test_a_missed_bar_stands_out() -> None:
    text = report.ratios([Ratio(name="noop_wall", value=0.5, limit=0.35), Ratio(name="x", value=None, limit=1)])
    assert "| `noop_wall` | 0.50 | 0.35 | **no** |" in text
    assert "| `x` | not measured | 1 |  |" in text


@pytest.mark.parametrize("own", [0.0, 0.6], ids=["ends first", "ends last"])
def test_a_process_whose_parent_has_ended_counts(tmp_path: Path, own: float) -> None:
    """It is nobody's, and costs as much. The command itself ends before it, or after it."""
    burn = "while time.process_time() < {}: pass"
    orphan = f"time.process_time()\n        {burn.format(0.3)}\n        os._exit(0)"
    text = (
        f"import os, time\nif os.fork() == 0:\n    if os.fork() == 0:\n        {orphan}\n    os._exit(0)\nos.wait()\n"
    )
    assert run(command(tmp_path, text + burn.format(own))).cpu >= own + 0.3
