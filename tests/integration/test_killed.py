# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run over a region that is killed after any of its writes, before it has seen the answer, is finished by the next.

Failover records are in test_killed_failover.py.
"""

from __future__ import annotations

import pytest

from sandbox import Sandbox
from tests.integration.conftest import RunJob
from tests.integration.kill import assert_once, kill_after, writes
from tests.integration.whole_stack import Stack, changes, tally

pytestmark = pytest.mark.once

# The second region is deployed by the same calls as the first, and has nothing new before the failover records.
# The first test holds these numbers to the truth.
DEPLOY_WRITES = 56
DESTROY_WRITES = 34


@pytest.fixture
def region(run_job: RunJob) -> Stack:
    return Stack(run_job, regions=("us-east-1",))


def assert_whole(aws: Sandbox, stack: Stack) -> None:
    """Nothing is left to do, and nothing is there twice."""
    assert not changes(stack.deploy())
    assert_once(aws)


def test_the_number_of_writes_of_a_region(aws: Sandbox, region: Stack) -> None:
    assert writes(aws, region.deploy) == DEPLOY_WRITES
    assert writes(aws, region.destroy) == DESTROY_WRITES


@pytest.mark.parametrize("nth", range(1, DEPLOY_WRITES + 1))
def test_a_killed_run_is_finished_by_the_next(aws: Sandbox, region: Stack, nth: int) -> None:
    """A deployment, and the destroy of what came of it, which has fewer writes."""
    before = tally(aws)
    kill_after(aws, nth, region.deploy)
    region.deploy()
    assert_whole(aws, region)
    if nth <= DESTROY_WRITES:
        kill_after(aws, nth, region.destroy)
        region.destroy()
        assert tally(aws) == before
