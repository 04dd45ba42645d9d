# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Failures on the way are made up for by the same run or the next."""

from __future__ import annotations

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._engine.errors import ApplyError
from sandbox import Sandbox
from tests.integration.contexts import Contexts

from .world import EAST, WEST, Converge, World

pytestmark = pytest.mark.once


def test_a_lost_answer_makes_nothing_twice(world: World, converge: Converge) -> None:
    operations = ("ChangeResourceRecordSets", "CreateHealthCheck", "ChangeTagsForResource", "PutMetricAlarm")
    faults = [world.aws.cut(after=True, operation=operation) for operation in operations]
    converge(EAST, WEST)
    assert [fault.fired for fault in faults] == [1, 1, 1, 1]
    assert len(world.checks()) == 6
    assert not converge(EAST, WEST)["changed"]


@pytest.mark.parametrize("step", [8, pytest.param(3, marks=pytest.mark.exhaustive)])
def test_a_run_that_fails_midway_is_completed_by_the_next(world: World, converge: Converge, step: int) -> None:
    for nth in range(1, 19, step):
        with (
            world.aws.fail("AccessDenied", write=True, nth=nth, count=100),
            pytest.raises(ApplyError, match="AccessDenied") as failure,
        ):
            converge(EAST, WEST)
        assert failure.value.not_done
        converge(EAST, WEST)
        assert len(world.checks()) == 6
        assert world.answers() == world.addresses(EAST)
        assert not converge(EAST, WEST)["changed"]
        converge(state="absent")
        assert not world.checks()


def test_a_stack_of_many_regions_slows_down_to_what_route53_answers(
    world: World, converge: Converge, aws: Sandbox, contexts: Contexts
) -> None:
    """Five calls a second of an account on AWS, and a health check for each pair of regions."""
    regions = (EAST, WEST, "eu-west-1", "eu-central-1", "ap-southeast-2")
    for region in regions[2:]:
        world.deploy(region)
    mark = aws.requests.mark()
    aws.limit_rate("route53", 10.0)
    converge(*regions)
    assert not converge(*regions)["changed"]
    aws.clear_faults()
    contexts.forget()
    assert len(world.checks()) == 5 + 20 + 5
    calls = [call for call in aws.requests.since(mark) if call.service == "route53"]
    refused = [call for call in calls if call.error == "Throttling"]
    assert refused
    assert len(refused) < len(calls) / 2
