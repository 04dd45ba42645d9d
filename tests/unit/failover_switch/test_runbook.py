# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/runbook.md says what the code does: commands, names of findings, sentences."""

from __future__ import annotations

import re
from pathlib import Path

from ansible_collections.everlook.failover.plugins.module_utils._aws.owner import Owner
from ansible_collections.everlook.failover.plugins.module_utils._aws.stack_names import switch_namespace
from ansible_collections.everlook.failover.plugins.module_utils._failover_chain import switches
from ansible_collections.everlook.failover.plugins.module_utils._failover_switch import readiness
from tests.unit.status.test_advice import STATES

HELLO = Owner(stack="hello", environment="dev", component="dns")
ROOT = Path(__file__).resolve().parents[3]
RUNBOOK = (ROOT / "docs" / "runbook.md").read_text()


def test_the_command_without_ansible_publishes_what_the_switch_does() -> None:
    command = re.search(r"put-metric-data .*?--value 1", RUNBOOK, re.DOTALL)
    assert command
    assert f"--namespace {switch_namespace(HELLO)} --metric-name {switches.METRIC}" in command[0]
    dimensions = switches.metric_dimensions(HELLO, "us-east-1")
    written = ",".join(f"{item['Name']}={item['Value']}" for item in dimensions)
    assert f"--dimensions {written} --value 1" in command[0]


def test_every_finding_has_a_row() -> None:
    source = Path(readiness.__file__).read_text()
    names = set(re.findall(r'Finding\(\s*"(\w+)"', source))
    table = RUNBOOK[RUNBOOK.index("| Finding |") : RUNBOOK.index("What could not be read is a warning")]
    assert len(names) == 10
    assert (
        set(re.findall(r"`(\w+)`", "".join(line.split("|")[1] for line in table.splitlines() if "|" in line))) == names
    )


def test_every_sentence_of_the_table_is_one_that_status_says() -> None:
    table = RUNBOOK[RUNBOOK.index("| The sentence begins |") :].partition("\n## ")[0]
    beginnings = [line.split("`")[1] for line in table.splitlines() if line.startswith("| `")]
    said = [sentence for _look, sentences in STATES.values() for sentence in sentences] + [
        "All is well: us-east-1 serves."
    ]
    for beginning in beginnings:
        pattern = re.escape(beginning).replace("…", ".*")
        assert any(re.match(pattern, sentence) for sentence in said), beginning
