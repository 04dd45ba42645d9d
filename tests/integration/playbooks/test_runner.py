# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Under ansible-runner, in a project that has nothing but the collection, playbooks read as on a terminal."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import typing as t

import pytest

from tests.conftest import COLLECTIONS
from tests.inventories import over_http
from tests.playbooks import ANSIBLE_PLAYBOOK

from .conftest import Outcome, Playbooks
from .test_callbacks import ENDS

pytestmark = [pytest.mark.timeout(300), pytest.mark.once, pytest.mark.worker]

_COLOURS: t.Final = re.compile(r"\x1b\[[0-9;]*m")


def run(playbooks: Playbooks, playbook: str, *arguments: str) -> Outcome:
    """As automation does, from a folder of its own: the project has a playbook that imports the collection's."""
    data = playbooks.folder / "runner"
    (data / "project").mkdir(parents=True)
    (data / "project" / f"{playbook}.yml").write_text(f"- import_playbook: everlook.failover.{playbook}\n")
    over_http(data / "inventory")
    command = [str(ANSIBLE_PLAYBOOK.with_name("ansible-runner")), "run", str(data), "-p", f"{playbook}.yml"]
    found = {"ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS), "PATH": f"{ANSIBLE_PLAYBOOK.parent}:/usr/bin:/bin"}
    done = subprocess.run(
        [*command, "--ident", "one", *([f"--cmdline={shlex.join(arguments)}"] if arguments else [])],
        cwd="/",
        env={**playbooks.environment(), **found},
        capture_output=True,
        text=True,
        check=False,
    )
    return Outcome(rc=done.returncode, text=_COLOURS.sub("", done.stdout + done.stderr), calls=[])


def events(playbooks: Playbooks) -> list[dict[str, t.Any]]:
    """What a server that runs ansible-runner gets to see."""
    files = sorted((playbooks.folder / "runner" / "artifacts" / "one" / "job_events").glob("*.json"))
    return [json.loads(file.read_text()) for file in files]


def status(text: str) -> list[str]:
    """The lines of status.yml's report, without where it is kept."""
    lines = text.splitlines()
    first = lines.index("hello in dev: dev.example.com")
    return lines[first : next(number for number in range(first, len(lines)) if lines[number].startswith("Report:"))]


@pytest.mark.exhaustive
@pytest.mark.parametrize(
    ("playbook", "arguments", "works", "says"), ENDS, ids=[f"{end[0]} {end[1][-1:]}" for end in ENDS]
)
def test_its_end_is_said_once(
    playbooks: Playbooks, playbook: str, arguments: list[str], works: bool, says: str
) -> None:
    outcome = run(playbooks, playbook, *arguments)
    assert (outcome.rc == 0) == works, outcome.text
    assert outcome.flat().count(says) == 1, outcome.text


def test_a_report_reads_as_on_a_terminal_and_is_in_no_event_twice(playbooks: Playbooks) -> None:
    outcome = run(playbooks, "status")
    assert outcome.rc == 0, outcome.text
    assert len(status(outcome.text)) > 10
    assert status(outcome.text) == status(playbooks.ok("status").text)
    told = _COLOURS.sub("", "\n".join(event["stdout"] for event in events(playbooks)))
    assert told.count("hello in dev: dev.example.com") == 1
    results = [event["event_data"].get("res") or {} for event in events(playbooks)]
    assert results
    assert not any("lines" in result for result in results)
    # As Terraform's state: in the folder that one runs in, which is the project's.
    assert (playbooks.folder / "runner" / "project" / "reports" / "dev" / "status.json").exists()
