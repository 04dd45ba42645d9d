# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""switch.yml, as somebody on call types it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import typing as t

import pytest

from sandbox import Sandbox
from tests.playbook_server import PlaybookServer
from tests.waiting import eventually

from .conftest import ROOT, Playbooks
from .drill.drills import is_well
from .test_lease import assert_kept_out, hold, lease

EAST, WEST = "us-east-1", "us-west-1"
QUICK = ("-e", json.dumps({"switch_interval": 1, "switch_hold": 5, "switch_timeout": 120}))
pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def _sandbox() -> t.Iterator[Sandbox]:
    with Sandbox(plane=True, checkers_per_region=1, speed=10) as running:
        yield running


@pytest.fixture
def aws(_sandbox: Sandbox) -> Sandbox:
    return _sandbox


@pytest.fixture(scope="module")
def _deployed(
    _sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory, playbook_server: PlaybookServer
) -> Playbooks:
    """One deployment for all tests."""
    playbooks = Playbooks(_sandbox, tmp_path_factory.mktemp("switch"), playbook_server)
    playbooks.ok("site")
    return playbooks


@pytest.fixture
def deployed(_deployed: Playbooks) -> t.Iterator[Playbooks]:
    """It serves from the first region before each test."""
    yield _deployed
    _deployed.aws.heal_region()
    _deployed.ok("switch", "-e", "to=auto", "-e", "force=true", *QUICK)
    eventually(lambda: is_well(_deployed.aws))


def test_one_has_to_say_where_to(playbooks: Playbooks, aws: Sandbox) -> None:
    mark = aws.requests.mark()
    for arguments, told in (
        ((), "-e to=us-east-1 or -e to=us-west-1, or -e to=auto"),
        (("-e", "to=eu-west-1"), 'to: "eu-west-1" is not one of us-east-1, us-west-1, auto'),
    ):
        outcome = playbooks.run("switch", *arguments)
        assert outcome.rc != 0
        assert told in outcome.flat()
    assert aws.requests.since(mark) == []


@pytest.mark.exhaustive
def test_there_and_back_again(deployed: Playbooks) -> None:
    dry = deployed.ok("switch", "-e", "to=us-west-1", "--check", *QUICK)
    assert dry.writes == []
    assert "These data points would be published" in dry.flat()
    hold(deployed.aws, lease(deployed.aws)["version"] + 1)
    assert_kept_out(deployed.run("switch", "-e", "to=us-west-1", *QUICK), "drill.yml, process 7 of anna on far")
    there = deployed.ok("switch", "-e", "to=us-west-1", "-e", "break_lease=0a1b2c3d", *QUICK)
    assert set(there.writes) == {"PutParameter", "PutMetricData", "UpdateSchedule"}
    assert there.changed == {EAST: 1}
    # Live, while it lasts; a module in a process of its own says it through a pipe.
    assert f"DNS answers {WEST} after" in there.text
    assert f"{WEST} serves dev.example.com after" in there.flat()
    assert f"before: {EAST}" in there.flat()
    again = deployed.ok("switch", "-e", "to=us-west-1", *QUICK)
    assert again.writes == []
    assert again.changed == {EAST: 0}
    assert "nothing to do" in again.flat()
    # A deployment leaves the switch alone.
    assert set(deployed.ok("site").changed.values()) == {0}
    # As an ordinary module it does the same.
    back = deployed.ok("switch", "-e", "to=auto", "-e", '{"everlook_failover_in_worker": false}', *QUICK)
    assert f"{EAST} serves dev.example.com after" in back.flat()


@pytest.mark.exhaustive
def test_a_run_that_was_killed_is_finished_by_the_next(deployed: Playbooks, aws: Sandbox) -> None:
    """Killed after its first data point, which never got there."""
    with aws.cut(after=False, operation="PutMetricData", count=1_000_000) as lost:
        running = subprocess.Popen(
            deployed.command("switch", "-e", "to=us-west-1", *QUICK),
            cwd=ROOT,
            env=deployed.environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            eventually(lambda: lost.fired, what="a data point")
        finally:
            os.killpg(running.pid, signal.SIGKILL)
            running.wait()
    outcome = deployed.ok("switch", "-e", "to=us-west-1", *QUICK)
    assert f"{WEST} serves dev.example.com after" in outcome.flat()


@pytest.mark.exhaustive
def test_the_day_when_nothing_but_the_standby_answers(deployed: Playbooks, aws: Sandbox) -> None:
    aws.break_region(EAST)
    aws.break_region("global")
    outcome = deployed.ok("switch", "-e", "to=us-west-1", *QUICK)
    assert f"{WEST} serves dev.example.com" in outcome.flat()
    assert "Route 53's API cannot be read" in outcome.flat()
    answered = [call for call in outcome.calls if call.status == 200]
    assert {call.region for call in answered if call.write} == {WEST}
    assert not [call for call in answered if call.service == "route53" or call.region == EAST]


def test_an_open_journal_is_told_and_holds_nothing_up(deployed: Playbooks) -> None:
    journal = deployed.folder / "reports" / "dev" / "drill-journal.json"
    journal.write_text("{}")
    outcome = deployed.ok("switch", "-e", "to=auto", *QUICK)
    journal.unlink()
    assert "A drill is in progress or was interrupted" in outcome.flat()
