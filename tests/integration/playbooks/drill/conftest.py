# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A local AWS that keeps its stack from test to test."""

from __future__ import annotations

import signal
import typing as t
from pathlib import Path

import pytest

from sandbox import Sandbox
from tests.integration.playbooks.conftest import Playbooks, deploy, end
from tests.playbook_server import PlaybookServer

from .drills import SPEED, guardians, is_well, journal, policies, until


class Deployed:
    """Whether the stack is there, as site.yml has left it."""

    def __init__(self) -> None:
        self.done = False


@pytest.fixture(scope="module")
def _running() -> t.Iterator[tuple[Sandbox, Deployed]]:
    with Sandbox(plane=True, checkers_per_region=1, speed=SPEED) as aws:
        yield aws, Deployed()


@pytest.fixture
def aws(_running: tuple[Sandbox, Deployed]) -> Sandbox:
    """A local AWS that keeps the stack from test to test: every test leaves it as it was, which is what it is about."""
    return _running[0]


@pytest.fixture
def playbooks(
    _running: tuple[Sandbox, Deployed], tmp_path: Path, playbook_server: PlaybookServer
) -> t.Iterator[Playbooks]:
    aws, deployed = _running
    found = Playbooks(aws, tmp_path, playbook_server)
    if not deployed.done:
        aws.reset()
        deploy(aws)
        deployed.done = True
    until("everything to be as it was", lambda: is_well(aws))
    aws.restrict("dev", *policies("read", "drill"))
    yield found
    if journal(found):
        # A test that failed: its guardian would go on trying for an hour, and the next test wants a new stack.
        end(guardians(found), signal.SIGKILL)
        deployed.done = False
