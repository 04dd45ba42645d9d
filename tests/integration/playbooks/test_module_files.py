# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A module in a process of its own gets options, some of them secret: none stay on disk, whatever ended the task."""

from __future__ import annotations

import json
import signal
import subprocess
import typing as t
from pathlib import Path

import pytest

from sandbox import Sandbox
from tests.processes import of_folder
from tests.sampling import one_of_each
from tests.waiting import eventually

from .conftest import ROOT, Playbooks, end

pytestmark = [pytest.mark.timeout(600), pytest.mark.worker]

SECRET: t.Final = "correct-horse-battery"
MODULE: t.Final = {"everlook_failover_in_worker": False}
# Takes what Ansible passes to sudo, and needs no right; with a prompt it asks for a password, and takes any.
SUDO: t.Final = """#!/bin/sh
while [ "$1" != -u ]; do
  [ "$1" = -p ] && printf %s "$2" >&2 && read -r _password
  shift
done
shift 2
exec "$@"
"""
WAYS: t.Final[dict[str, dict[str, t.Any]]] = {
    "switch": {"vars": MODULE},
    "environment": {"environment": {"SOME": "thing"}},
    "sudo": {"become": True, "become_user": "root", "become_exe": "{{ playbook_dir }}/sudo"},
    "password": {
        "become": True,
        "become_user": "root",
        "become_exe": "{{ playbook_dir }}/sudo",
        "vars": {"ansible_become_password": "any"},
    },
    "su": {"become": True, "become_method": "ansible.builtin.su", "become_user": "root"},
    "async": {"async": 60, "poll": 1},
}


# How a module gets its options, and what ends it
ENDED: t.Final = [
    (way, number)
    for way in ("switch", "environment", "sudo")
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL)
]


def play(playbooks: Playbooks, **task: t.Any) -> Path:
    """A playbook with a task that has a secret among its options."""
    options = {
        "stack": "hello",
        "environment": "dev",
        "name": "api",
        "region": "us-east-1",
        "containers": [{"name": "api", "image": "api:1", "environment": {"PASSWORD": SECRET}}],
        "vpc_id": "vpc-1",
        "subnet_ids": ["subnet-1", "subnet-2"],
    }
    path, sudo = playbooks.folder / "play.yml", playbooks.folder / "sudo"
    sudo.write_text(SUDO)
    sudo.chmod(0o700)
    variables = {"ansible_python_interpreter": "{{ ansible_playbook_python }}"}
    tasks = [{"everlook.failover.ecs_service": options, **task}]
    path.write_text(json.dumps([{"hosts": "localhost", "gather_facts": False, "vars": variables, "tasks": tasks}]))
    return path


def left(playbooks: Playbooks, *but: Path) -> list[str]:
    """Files with the secret, but for those that the test has written."""
    files = [path for path in playbooks.folder.rglob("*") if path.is_file() and path not in but]
    return [str(path) for path in files if SECRET.encode() in path.read_bytes()]


@pytest.mark.parametrize("way", one_of_each(reversed(WAYS), lambda _way: "its own process"))
def test_nothing_stays_of_a_task_that_has_ended(playbooks: Playbooks, way: str) -> None:
    path = play(playbooks, **WAYS[way])
    # The network is not there.
    assert playbooks.run(str(path.with_suffix(""))).rc != 0
    # Its wrapper outlives an asynchronous task.
    eventually(lambda: of_folder(playbooks.folder, b"ecs_service"), lambda found: not found, what="the module's end")
    assert left(playbooks, path) == []


@pytest.mark.parametrize(("way", "number"), one_of_each(reversed(ENDED), lambda _row: "ended"), ids=str)
def test_nothing_stays_of_a_task_that_was_ended(
    playbooks: Playbooks, aws: Sandbox, way: str, number: signal.Signals
) -> None:
    path = play(playbooks, **WAYS[way])
    command = [playbooks.command("site")[0], str(path)]
    with aws.hold(write=False) as fault:
        run = subprocess.Popen(
            command,
            cwd=ROOT,
            env=playbooks.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        assert fault.wait(120)
        end(of_folder(playbooks.folder), number)
        run.communicate(timeout=120)
    eventually(lambda: of_folder(playbooks.folder), lambda found: not found, what="the end of all processes")
    assert left(playbooks, path) == []
