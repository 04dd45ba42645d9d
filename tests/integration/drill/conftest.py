# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A local AWS that keeps its stack from test to test."""

from __future__ import annotations

import contextlib
import os
import pathlib
import signal
import typing as t

import pytest

from sandbox import Sandbox
from tests.integration.conftest import RunJob
from tests.integration.whole_stack import Stack

from .field import Deployed, Field, until


@pytest.fixture(scope="package")
def _running() -> t.Iterator[tuple[Sandbox, Deployed]]:
    with Sandbox(speed=20) as aws:
        yield aws, Deployed()


@pytest.fixture
def aws(_running: tuple[Sandbox, Deployed]) -> Sandbox:
    """A local AWS that keeps the stack from test to test: deploying takes longer than drilling."""
    return _running[0]


@pytest.fixture
def field(
    aws: Sandbox, run_job: RunJob, _running: tuple[Sandbox, Deployed], tmp_path: pathlib.Path
) -> t.Iterator[Field]:
    found, deployed = Field(aws, run_job, tmp_path / "reports"), _running[1]
    if not deployed.state:
        aws.reset()
        Stack(run_job).deploy()
        deployed.state = found.state()
    yield found
    aws.clear_faults()
    with contextlib.suppress(ProcessLookupError):
        pid = found.guardian()
        if pid:
            os.kill(pid, signal.SIGKILL)
    if found.spoilt or found.state() != deployed.state:
        deployed.state = {}
    else:
        until("every target to be healthy", found.is_settled)
