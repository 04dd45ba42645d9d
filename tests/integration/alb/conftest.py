# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The layer alb against the local AWS."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._alb.layer import LAYER
from sandbox import Sandbox
from tests.integration.conftest import RunJob

from .world import Deploy, Network, Stack, make_network


@pytest.fixture
def network(aws: Sandbox) -> Network:
    return make_network(aws)


@pytest.fixture
def deploy(run_job: RunJob, network: Network) -> Deploy:
    def run(*, check_mode: bool = False, warnings: list[str] | None = None, **params: t.Any) -> dict[str, t.Any]:
        # Waiting takes a second; the tests of it ask for it.
        options = {"wait": False, **network.options, **params}
        return run_job(LAYER.job, check_mode=check_mode, warnings=warnings, **options)

    return run


@pytest.fixture
def destroy(run_job: RunJob) -> Deploy:
    def run(*, check_mode: bool = False, warnings: list[str] | None = None, **params: t.Any) -> dict[str, t.Any]:
        return run_job(LAYER.job, check_mode=check_mode, warnings=warnings, state="absent", **params)

    return run


@pytest.fixture
def stack(aws: Sandbox) -> Stack:
    return Stack(aws)
