# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run that is killed after any of its writes, before it has seen the answer, is finished by the next."""

from __future__ import annotations

import dataclasses
import functools
import typing as t

import pytest

from sandbox import Sandbox
from tests.integration.conftest import job_runner
from tests.integration.kill import assert_once, kill_after, writes
from tests.integration.whole_stack import Result, Stack, tally
from tests.sampling import first_and_last

pytestmark = pytest.mark.once

# Writes of a deployment and of a removal, by layer; the first tests hold these numbers to the truth. The second region
# is deployed by the same calls as the first.
WRITES = {
    "zone": (2, 1),
    "delegation": (1, 1),
    "vpc us-east-1": (25, 15),
    "alb us-east-1": (7, 3),
    "ecs_service us-east-1": (14, 11),
    "failover": (24, 13),
}


@dataclasses.dataclass
class Standing:
    """A stack of which only the lowest layers stand, with their results."""

    aws: Sandbox
    stack: Stack
    results: dict[str, Result] = dataclasses.field(default_factory=dict)

    def below(self, layer: str) -> None:
        """Have exactly those layers stand that are below it."""
        lower = self.stack.layers[: self.stack.layers.index(layer)]
        if tuple(self.results) != lower[: len(self.results)]:
            self.fell()
        for each in lower[len(self.results) :]:
            self.results[each] = self.deploy(each)

    def deploy(self, layer: str) -> Result:
        return self.stack.deploy_layer(layer, self.results)

    def fell(self) -> None:
        """Nobody knows what there is."""
        self.results.clear()
        self.aws.reset()


@pytest.fixture(scope="module")
def standing(_sandbox: Sandbox) -> Standing:
    """What tests share: they leave it as it was."""
    _sandbox.reset()
    return Standing(_sandbox, Stack(job_runner(_sandbox)))


@pytest.fixture
def below(standing: Standing, layer: str) -> t.Iterator[Standing]:
    standing.below(layer)
    before = tally(standing.aws)
    yield standing
    if tally(standing.aws) != before:
        standing.fell()


@pytest.mark.parametrize("layer", WRITES)
def test_the_numbers_of_writes(below: Standing, layer: str) -> None:
    deploy, destroy = functools.partial(below.deploy, layer), functools.partial(below.stack.destroy_layer, layer)
    assert (writes(below.aws, deploy), writes(below.aws, destroy)) == WRITES[layer]


@pytest.mark.parametrize(
    ("layer", "nth"),
    [row for layer in WRITES for row in first_and_last([(layer, nth) for nth in range(1, max(WRITES[layer]) + 1)])],
)
def test_a_killed_run_is_finished_by_the_next(below: Standing, layer: str, nth: int) -> None:
    """A deployment, and the removal of what came of it."""
    aws, (deploys, destroys) = below.aws, WRITES[layer]
    deploy, destroy = functools.partial(below.deploy, layer), functools.partial(below.stack.destroy_layer, layer)
    before = tally(aws)
    if nth <= deploys:
        kill_after(aws, nth, deploy)
    deploy()
    assert not deploy()["changes"]
    assert_once(aws)
    if nth <= destroys:
        kill_after(aws, nth, destroy)
    destroy()
    assert tally(aws) == before
