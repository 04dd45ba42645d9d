# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run that is killed after any of its writes, before it has seen the answer, is finished by the next one."""

from __future__ import annotations

import typing as t
from collections import Counter

import pytest

from sandbox import Sandbox
from tests.integration.conftest import RunJob
from tests.integration.kill import kill_after
from tests.integration.whole_stack import Stack, changes, ours, tally

pytestmark = pytest.mark.once

# The second region is deployed by the same calls as the first, and has nothing new before the failover records.
# The first test of each group holds these numbers to the truth.
DEPLOY_WRITES = 56
FAILOVER_WRITES = 16
DESTROY_FAILOVER_WRITES = 9
DESTROY_WRITES = 34


@pytest.fixture
def region(run_job: RunJob) -> Stack:
    return Stack(run_job, regions=("us-east-1",))


@pytest.fixture
def stack(run_job: RunJob) -> Stack:
    return Stack(run_job)


def writes(aws: Sandbox, run: t.Callable[[], t.Any]) -> int:
    """How many writes it makes. One that AWS was not ready for is made again, and counts once."""
    mark = aws.requests.mark()
    run()
    return len([record for record in aws.requests.writes(mark) if not record.error])


def assert_whole(aws: Sandbox, stack: Stack) -> None:
    """Nothing is left to do, and nothing is there twice."""
    assert not changes(stack.deploy())
    assert_once(aws)


def assert_once(aws: Sandbox) -> None:
    """Nothing is there twice."""
    # The service's tasks carry its tags, and there are two of them. Roles of all regions are in one place.
    once = [item for item in ours(aws) if item.kind not in {"tasks", "roles"}]
    addresses = Counter((item.region, item.kind, item.tags["Resource"]) for item in once)
    assert [address for address, count in addresses.items() if count > 1] == []


def test_the_number_of_writes_of_a_region(aws: Sandbox, region: Stack) -> None:
    assert writes(aws, region.deploy) == DEPLOY_WRITES
    assert writes(aws, region.destroy) == DESTROY_WRITES


def test_the_number_of_writes_of_the_failover_records(aws: Sandbox, stack: Stack) -> None:
    stack.deploy_below()
    assert writes(aws, stack.failover) == FAILOVER_WRITES
    assert writes(aws, stack.destroy_failover) == DESTROY_FAILOVER_WRITES


@pytest.mark.parametrize("nth", range(1, DEPLOY_WRITES + 1))
def test_a_killed_deployment_is_finished_by_the_next(aws: Sandbox, region: Stack, nth: int) -> None:
    kill_after(aws, nth, region.deploy)
    region.deploy()
    assert_whole(aws, region)


@pytest.mark.parametrize("nth", range(1, FAILOVER_WRITES + 1))
def test_killed_failover_records_are_finished_by_the_next(aws: Sandbox, stack: Stack, nth: int) -> None:
    stack.deploy_below()
    kill_after(aws, nth, stack.failover)
    stack.failover()
    assert not stack.failover()["changes"]
    assert_once(aws)


@pytest.mark.parametrize("nth", range(1, DESTROY_FAILOVER_WRITES + 1))
def test_a_killed_removal_of_failover_records_is_finished_by_the_next(aws: Sandbox, stack: Stack, nth: int) -> None:
    stack.deploy_below()
    before = tally(aws)
    stack.failover()
    kill_after(aws, nth, stack.destroy_failover)
    stack.destroy_failover()
    assert tally(aws) == before


@pytest.mark.parametrize("nth", range(1, DESTROY_WRITES + 1))
def test_a_killed_destroy_is_finished_by_the_next(aws: Sandbox, region: Stack, nth: int) -> None:
    before = tally(aws)
    region.deploy()
    kill_after(aws, nth, region.destroy)
    region.destroy()
    assert tally(aws) == before
