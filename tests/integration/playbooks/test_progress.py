# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run that has to wait says for what, and in the end where its time went. One that doesn't is silent."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest

from sandbox import Sandbox
from tests.playbook_server import PlaybookServer
from tests.playbooks import start

from .conftest import Playbooks

pytestmark = [pytest.mark.timeout(900), pytest.mark.once, pytest.mark.worker]


@pytest.fixture
def slow(tmp_path: Path, playbook_server: PlaybookServer) -> t.Iterator[Playbooks]:
    # Tasks and Route 53's changes take 4 seconds: long enough for the timeline.
    with Sandbox(timings="aws", speed=10) as aws:
        yield Playbooks(aws, tmp_path, playbook_server)


def test_a_deployment_tells_what_it_waits_for_and_where_the_time_went(slow: Playbooks) -> None:
    first = _told(slow, slow.command("site"), "[us-west-1] vpc: waiting for nat_gateway/")
    assert "Where the time went (* the critical path: " in first
    timeline = slow.report["timeline"]
    assert {entry["layer"] for entry in timeline} >= {"vpc", "ecs_service", "route53_failover"}
    assert {entry["region"] for entry in timeline} >= {"us-east-1", "us-west-1", ""}
    assert all(entry["started"] < entry["ended"] for entry in timeline)

    again = slow.ok("site").flat()
    assert "waiting for" not in again.replace("waiting for AWS to answer", "")  # which a busy machine may be slow to
    assert "Where the time went" not in again


@pytest.mark.exhaustive
def test_a_module_in_a_process_of_its_own_tells_too(playbooks: Playbooks) -> None:
    options = {"stack": "hello", "environment": "dev", "cidr": "10.10.0.0/16", "region": "us-west-1"}
    variables = {"ansible_python_interpreter": "{{ ansible_playbook_python }}", "everlook_failover_in_worker": False}
    play = {
        "hosts": "localhost",
        "gather_facts": False,
        "vars": variables,
        "tasks": [{"everlook.failover.vpc": options}],
    }
    path = playbooks.folder / "play.yml"
    path.write_text(json.dumps([play]))
    command = playbooks.command(str(path.with_suffix("")))
    _told(playbooks, command, "[localhost] vpc: waiting for nat_gateway/")


def _told(playbooks: Playbooks, command: list[str], text: str) -> str:
    """What a run prints that gets no answer to CreateNatGateway in us-west-1 until it has printed this text."""
    with playbooks.aws.hold(operation="CreateNatGateway", region="us-west-1") as fault:
        run = start(playbooks, command)
        lines = t.cast("t.IO[str]", run.stdout)
        printed = ""
        while text not in printed and (line := lines.readline()):
            printed += line
        fault.release()
        printed += run.communicate()[0]
    assert run.returncode == 0, printed
    assert text in printed
    return printed
