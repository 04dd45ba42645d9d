# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Failover records: a run that is killed after any of its writes is finished by the next one."""

from __future__ import annotations

import typing as t

import pytest

from sandbox import Sandbox
from tests.integration.conftest import job_runner
from tests.integration.kill import assert_once, kill_after, writes
from tests.integration.whole_stack import Stack, tally

pytestmark = pytest.mark.once

# The first test holds these numbers to the truth.
WRITES = 16
REMOVAL_WRITES = 9


@pytest.fixture(scope="module")
def _standing() -> list[Stack]:
    """The layers below, once they stand: tests leave them as they were."""
    return []


@pytest.fixture
def aws(_sandbox: Sandbox) -> Sandbox:
    return _sandbox


@pytest.fixture
def stack(aws: Sandbox, _standing: list[Stack]) -> t.Iterator[Stack]:
    """All but the failover records."""
    if not _standing:
        aws.reset()
        _standing.append(Stack(job_runner(aws)))
        _standing[0].deploy_below()
    before = tally(aws)
    yield _standing[0]
    if tally(aws) != before:  # a test that failed
        _standing.clear()


def test_the_numbers_of_writes(aws: Sandbox, stack: Stack) -> None:
    assert writes(aws, stack.failover) == WRITES
    assert writes(aws, stack.destroy_failover) == REMOVAL_WRITES


@pytest.mark.parametrize("nth", range(1, WRITES + 1))
def test_killed_failover_records_are_finished_by_the_next(aws: Sandbox, stack: Stack, nth: int) -> None:
    """And their removal, which has fewer writes."""
    before = tally(aws)
    kill_after(aws, nth, stack.failover)
    stack.failover()
    assert not stack.failover()["changes"]
    assert_once(aws)
    if nth <= REMOVAL_WRITES:
        kill_after(aws, nth, stack.destroy_failover)
    stack.destroy_failover()
    assert tally(aws) == before
