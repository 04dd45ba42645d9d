# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever Terraform would see drift, a dry run of ours reports, a run repairs, and the next run has nothing to do."""

from __future__ import annotations

import functools
import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._engine.errors import FailoverError
from sandbox import Sandbox
from tests.integration.conftest import RunJob, job_runner
from tests.integration.whole_stack import Result, Stack, changes

from .drifts import EAST, Drift, World
from .every import DRIFTS

pytestmark = pytest.mark.once


@pytest.fixture(scope="module")
def deployed() -> dict[str, World]:
    """The stack that the tests of a process share: each leaves it as it was."""
    return {}


@pytest.fixture
def world(deployed: dict[str, World], _sandbox: Sandbox) -> World:
    if "here" not in deployed:
        _sandbox.reset()
        deployed["here"] = World(_sandbox, Stack(job_runner(_sandbox)).deploy())
    return deployed["here"]


@pytest.mark.parametrize("name", sorted(DRIFTS))
def test_a_drift_is_reported_and_repaired(name: str, world: World, deployed: dict[str, World]) -> None:
    wanted = DRIFTS[name]
    wanted.make(world)
    # What fails here must not fail the others.
    deployed.clear()
    reported = _reported(world, wanted)
    assert any(wanted.reported in text for text in reported), reported
    if wanted.stays:
        return
    _converge(world, wanted, check_mode=False)
    assert changes(_converge(world, wanted, check_mode=True)) == []
    deployed["here"] = world


def _converge(world: World, wanted: Drift, *, check_mode: bool, warnings: list[str] | None = None) -> dict[str, Result]:
    """Run the layers that have to find the drift."""
    run = functools.partial(job_runner(world.aws), warnings=warnings)
    stack = Stack(t.cast("RunJob", run))
    if wanted.regional:
        return stack.region(EAST, check_mode=check_mode)
    return {**stack.zone(check_mode=check_mode), "failover": stack.failover(check_mode=check_mode)}


def _reported(world: World, wanted: Drift) -> list[str]:
    """Addresses of the changes that a dry run finds, or what it warns of or refuses with."""
    warnings: list[str] = []
    try:
        found: t.Iterable[tuple[str, str, str]] = changes(_converge(world, wanted, check_mode=True, warnings=warnings))
    except FailoverError as error:
        return [str(error)]
    return [*(address for _layer, address, _action in found), *(warnings if wanted.stays else [])]
