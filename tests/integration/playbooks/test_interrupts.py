# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""After an interrupt, a task's timeout or a failure no further write starts; runs from two machines converge."""

from __future__ import annotations

import json
import signal

import pytest

from sandbox import Sandbox
from tests.playbooks import Playbooks, interrupt, machine, start
from tests.processes import of_folder
from tests.sampling import every_third
from tests.waiting import eventually

pytestmark = [pytest.mark.timeout(900), pytest.mark.once]


def assert_nothing_followed(playbooks: Playbooks, aws: Sandbox, mark: int) -> None:
    """What was on its way with CreateVpc may have arrived; what needs its answer must not."""
    eventually(lambda: of_folder(playbooks.folder), lambda found: not found, what="the end of all processes")
    writes = {record.operation for record in aws.requests.writes(mark)}
    assert "CreateVpc" in writes
    assert writes.isdisjoint(
        {"ModifyVpcAttribute", "CreateSubnet", "CreateRouteTable", "AttachInternetGateway", "CreateLoadBalancer"}
    )


@pytest.mark.parametrize(
    "number",
    every_third([signal.SIGINT, signal.SIGTERM, signal.SIGKILL]),
    ids=lambda number: number.name,
)
def test_an_interrupted_run_writes_no_more_and_the_next_one_goes_on(
    playbooks: Playbooks, aws: Sandbox, number: signal.Signals
) -> None:
    mark = aws.requests.mark()
    with aws.hold(operation="CreateVpc") as fault:
        run = start(playbooks, playbooks.command("site", "--limit", "us-west-1"))
        assert fault.wait(300)
        interrupt(run, number, playbooks.folder)
        text, _ = run.communicate(timeout=300)
    assert run.returncode != 0, text
    assert_nothing_followed(playbooks, aws, mark)
    playbooks.ok("site", "--limit", "us-west-1")
    assert set(playbooks.ok("site", "--limit", "us-west-1").changed.values()) == {0}


@pytest.mark.worker
@pytest.mark.exhaustive
@pytest.mark.parametrize("in_worker", [True, False], ids=["worker", "module"])
def test_after_a_tasks_timeout_nothing_is_written(playbooks: Playbooks, aws: Sandbox, in_worker: bool) -> None:
    playbook = playbooks.folder / "timeout.yml"
    task = {
        "everlook.failover.vpc": {
            "stack": "hello",
            "environment": "dev",
            "cidr": "10.10.0.0/16",
            "region": "us-east-1",
        },
        # Long enough for a busy machine to get to the first call.
        "timeout": 20,
    }
    variables = {
        "ansible_python_interpreter": "{{ ansible_playbook_python }}",
        "everlook_failover_in_worker": in_worker,
    }
    play = {"hosts": "localhost", "gather_facts": False, "vars": variables, "tasks": [task]}
    playbook.write_text(json.dumps([play]))
    command = [playbooks.command("site")[0], str(playbook)]
    mark = aws.requests.mark()
    with aws.hold(operation="CreateVpc"):
        run = start(playbooks, command)
        text, _ = run.communicate(timeout=300)
    assert run.returncode != 0, text
    assert_nothing_followed(playbooks, aws, mark)


@pytest.mark.exhaustive
def test_two_first_runs_from_two_machines_end_converged(playbooks: Playbooks, aws: Sandbox) -> None:
    """Each has a folder for locks of its own, so neither knows of the other."""
    folders = [playbooks.folder / name for name in ("one", "two")]
    for folder in folders:
        folder.mkdir()
    runs = [start(playbooks, playbooks.command("site"), **machine(folder)) for folder in folders]
    texts = [run.communicate(timeout=600)[0] for run in runs]
    # One of them may have found something of the other's in its way; whoever runs again finishes the work.
    last = playbooks.run("site")
    assert last.rc == 0, "\n".join([*texts, last.text])
    assert set(playbooks.ok("site").changed.values()) == {0}
    # There may be several tasks, a revision of each run, and roles of all regions are in one place.
    several = {"tasks", "task_definitions", "roles"}
    once = [item for item in aws.snapshot() if item.tags.get("Stack") == "hello" and item.kind not in several]
    addresses = [(item.region, item.kind, item.tags["Resource"]) for item in once]
    assert sorted(addresses) == sorted(set(addresses))
