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
from tests.integration.whole_stack import Stack
from tests.sampling import one_of_each

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
        run = job_runner(_sandbox)
        deployed["here"] = World(_sandbox, run, Stack(run).deploy())
    return deployed["here"]


def _kind(name: str) -> str:
    return DRIFTS[name].reported.partition("/")[0]


@pytest.mark.parametrize("name", one_of_each(sorted(DRIFTS), _kind))
def test_a_drift_is_reported_and_repaired(name: str, world: World, deployed: dict[str, World]) -> None:
    wanted = DRIFTS[name]
    wanted.make(world)
    # What fails here must not fail the others.
    deployed.clear()
    warnings: list[str] = []
    stack = Stack(t.cast("RunJob", functools.partial(world.run, warnings=warnings)))
    found = {layer: _reported(stack, layer, world) for layer in _layers(stack, wanted)}
    reported = [*(text for texts in found.values() for text in texts), *(warnings if wanted.stays else [])]
    assert any(wanted.reported in text for text in reported), reported
    if wanted.stays:
        return
    for layer in filter(found.get, found):
        stack.deploy_layer(layer, world.results)
        assert not stack.deploy_layer(layer, world.results, check_mode=True)["changes"]
    deployed["here"] = world


def _layers(stack: Stack, wanted: Drift) -> list[str]:
    """Those that have to find the drift, in their order: of the region, or of the environment."""
    here = [layer for layer in stack.layers if layer.endswith(EAST)]
    return here if wanted.regional else [layer for layer in stack.layers if " " not in layer]


def _reported(stack: Stack, layer: str, world: World) -> list[str]:
    """Addresses of the changes that a dry run finds, or what it refuses with."""
    try:
        result = stack.deploy_layer(layer, world.results, check_mode=True)
    except FailoverError as error:
        return [str(error)]
    return [f"{change['kind']}/{change['name']}" for change in result["changes"]]
