# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A release goes to the standby first, and never to the region that serves if it fails there."""

from __future__ import annotations

import dataclasses

import pytest

from sandbox import Sandbox
from tests.integration.conftest import RunJob
from tests.integration.whole_stack import Stack

from .conftest import Outcome, Playbooks, in_processes_of_their_own

pytestmark = [pytest.mark.timeout(900), pytest.mark.once]

EAST, WEST = "us-east-1", "us-west-1"
SERVICE = ("--tags", "ecs_service")


def updated(outcome: Outcome) -> list[str]:
    """The regions whose service was changed, in order."""
    return [record.region for record in outcome.calls if record.operation == "UpdateService"]


def test_the_standby_comes_first(playbooks: Playbooks, run_job: RunJob) -> None:
    Stack(run_job).deploy()
    inventory = playbooks.inventory(
        app_image="hello:2", app_smoke_test=f"test {{region}} = {WEST}", app_release_pause=True
    )
    paused = playbooks.run("site", *SERVICE, inventory=inventory)
    assert (paused.rc != 0, updated(paused)) == (True, [WEST])
    released = playbooks.ok("site", "-e", "release_continue=true", *SERVICE, inventory=inventory)
    assert updated(released) == [EAST]
    for outcome in (paused, released):
        assert f"[{EAST}] ecs_service: waiting for the release in {WEST}, which comes first" in outcome.flat()
        assert f"[{EAST}] ecs_service: smoke test of {WEST}" in outcome.flat()


@pytest.mark.exhaustive
def test_a_dry_run_waits_for_nothing_and_neither_does_one_with_nothing_to_do(
    playbooks: Playbooks, run_job: RunJob
) -> None:
    Stack(run_job).deploy()
    inventory = playbooks.inventory(
        app_image="hello:2", app_smoke_test=f"test {{region}} = {WEST}", app_release_pause=True
    )
    dry = playbooks.ok("site", "--check", *SERVICE, inventory=inventory)
    assert set(dry.changed.values()) == {1}, dry.text
    dataclasses.replace(Stack(run_job), image="hello:2").deploy()
    again = playbooks.ok("site", *SERVICE, inventory=inventory)
    assert set(again.changed.values()) == {0}
    assert "waiting for the release" not in again.text


@pytest.mark.parametrize(
    "alone",
    [(), pytest.param(in_processes_of_their_own("ecs_service"), marks=pytest.mark.exhaustive)],
    ids=["worker", "module"],
)
def test_a_release_that_fails_in_the_standby_gets_no_further(
    playbooks: Playbooks, aws: Sandbox, run_job: RunJob, alone: tuple[str, ...]
) -> None:
    """In the worker, and as a process of its own, which does the same."""
    Stack(run_job).deploy()
    before = [item for item in aws.snapshot() if item.region == EAST]
    inventory = playbooks.inventory(app_image="hello:broken")
    failed = playbooks.run("site", *SERVICE, *alone, inventory=inventory)
    assert failed.rc != 0
    assert set(updated(failed)) == {WEST}
    assert f"the release did not reach {EAST}, which keeps what it runs: {WEST} failed" in failed.flat()
    assert [item for item in aws.snapshot() if item.region == EAST] == before
