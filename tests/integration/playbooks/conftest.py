# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Running playbooks as users do, and what tests of them share."""

from __future__ import annotations

import collections
import contextlib
import typing as t
from pathlib import Path

import pytest

from sandbox import Sandbox
from tests.integration.conftest import job_runner
from tests.integration.whole_stack import IMAGE, REGIONS, Result, Stack
from tests.playbook_server import PlaybookServer
from tests.playbooks import (
    ROOT,
    Outcome,
    Playbooks,
    end,
    in_processes_of_their_own,
    in_worker,
    inherited,
    interrupt,
)

__all__ = [
    "ROOT",
    "Outcome",
    "Playbooks",
    "deploy",
    "end",
    "in_processes_of_their_own",
    "in_worker",
    "interrupt",
    "kinds",
    "printing",
]


@pytest.fixture(autouse=True)
def _worker(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.node.get_closest_marker("worker"):
        monkeypatch.setenv("EVERLOOK_FAILOVER_IN_WORKER", "true")


@pytest.fixture(scope="session")
def playbook_server(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[PlaybookServer]:
    local = {"ANSIBLE_NOCOLOR": "1", "ANSIBLE_LOCAL_TEMP": str(tmp_path_factory.mktemp("local"))}
    with PlaybookServer({**inherited(), **local}) as server:
        yield server


@contextlib.contextmanager
def printing(callback: str, folder: Path) -> t.Iterator[PlaybookServer]:
    """A server whose runs print by this callback: which one there is Ansible reads when it is imported."""
    local = {"ANSIBLE_NOCOLOR": "1", "ANSIBLE_LOCAL_TEMP": str(folder)}
    with PlaybookServer({**inherited(), **local, "ANSIBLE_STDOUT_CALLBACK": callback}) as server:
        yield server


@pytest.fixture
def playbooks(aws: Sandbox, tmp_path: Path, playbook_server: PlaybookServer) -> Playbooks:
    return Playbooks(aws, tmp_path, playbook_server)


def deploy(aws: Sandbox, *regions: str) -> dict[str, Result]:
    """What site.yml deploys of inventories/dev, without a report, in a third of the time. Returns results by layer."""
    return Stack(job_runner(aws), regions=regions or REGIONS, image=IMAGE).deploy()


def kinds(aws: Sandbox) -> collections.Counter[str]:
    """How many resources of each kind there are, in all accounts."""
    return collections.Counter(resource.kind for resource in aws.snapshot())
