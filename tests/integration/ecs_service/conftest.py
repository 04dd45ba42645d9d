# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The layer ecs_service against the local AWS."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._ecs_service.layer import LAYER
from sandbox import Sandbox
from tests.integration.conftest import RunJob

from .world import Deploy, Surroundings, make_surroundings


@pytest.fixture
def surroundings(aws: Sandbox) -> Surroundings:
    return make_surroundings(aws)


@pytest.fixture
def deploy(run_job: RunJob, surroundings: Surroundings) -> Deploy:
    def run(*, check_mode: bool = False, **params: t.Any) -> dict[str, t.Any]:
        return run_job(LAYER.job, check_mode=check_mode, **{"wait_timeout": 60, **surroundings.options, **params})

    return run


@pytest.fixture
def destroy(run_job: RunJob) -> t.Callable[[], dict[str, t.Any]]:
    return lambda: run_job(LAYER.job, name="web", state="absent", wait_timeout=60)
