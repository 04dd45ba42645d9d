# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The layer cloudwatch_alarms against the local AWS."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._cloudwatch_alarms.layer import JOB
from sandbox import Sandbox
from tests.integration.conftest import RunJob

from .world import OWN, Run, Stack, make_service


@pytest.fixture
def stack(aws: Sandbox) -> Stack:
    make_service(aws)
    return Stack(aws)


@pytest.fixture
def deploy(run_job: RunJob) -> Run:
    def run(*, check_mode: bool = False, warnings: list[str] | None = None, **params: t.Any) -> dict[str, t.Any]:
        return run_job(JOB, check_mode=check_mode, warnings=warnings, **{**OWN, **params})

    return run


@pytest.fixture
def destroy(run_job: RunJob) -> Run:
    def run(*, check_mode: bool = False, warnings: list[str] | None = None, **params: t.Any) -> dict[str, t.Any]:
        return run_job(JOB, check_mode=check_mode, warnings=warnings, state="absent", **params)

    return run
