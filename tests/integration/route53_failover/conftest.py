# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The layer route53_failover against the local AWS."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._route53_failover.layer import JOB
from sandbox import Sandbox
from tests.integration.conftest import RunJob

from .world import DOMAIN, EAST, WEST, Converge, World


@pytest.fixture
def world(aws: Sandbox) -> World:
    world = World(aws)
    world.deploy(EAST)
    world.deploy(WEST)
    return world


@pytest.fixture
def converge(run_job: RunJob, warnings: list[str]) -> Converge:
    def run(*regions: str, check_mode: bool = False, **params: t.Any) -> dict[str, t.Any]:
        listed = [{"name": name, "priority": place} for place, name in enumerate(regions, start=1)]
        given = {"regions": listed, "services": ["hello"], **params}
        return run_job(JOB, check_mode=check_mode, warnings=warnings, zone=DOMAIN, **given)

    return run


@pytest.fixture
def warnings() -> list[str]:
    return []
