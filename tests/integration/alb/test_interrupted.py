# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lost answers, killed runs and errors on the way."""

from __future__ import annotations

import contextlib
import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._engine.errors import ApplyError, FailoverError
from sandbox import Sandbox
from tests.sampling import first_and_last

from .world import Deploy, changes

pytestmark = pytest.mark.once


DEPLOYMENT_WRITES = 7


def test_how_many_writes_there_are(deploy: Deploy, aws: Sandbox) -> None:
    mark = aws.requests.mark()
    deploy()
    assert len(aws.requests.writes(mark)) == DEPLOYMENT_WRITES


def die_after(aws: Sandbox, nth: int, run: t.Callable[[], object]) -> None:
    """Like a kill after the nth write: its answer is never used, and nothing is written after it."""
    with (
        aws.cut(after=True, write=True, nth=nth) as lost,
        aws.fail("AccessDenied", write=True, nth=nth + 1, count=1000),
    ):
        # After the last write there is nothing left that could fail.
        with contextlib.suppress(FailoverError):
            run()
        assert lost.fired == 1


@pytest.mark.parametrize("nth", first_and_last(range(1, DEPLOYMENT_WRITES + 1)))
def test_an_answer_lost_in_a_deployment_is_survived(deploy: Deploy, aws: Sandbox, nth: int) -> None:
    with aws.cut(after=True, write=True, nth=nth) as fault:
        deploy()
        assert fault.fired == 1
    assert deploy()["changed"] is False


def test_deployed_after_a_destruction_that_was_killed(deploy: Deploy, destroy: Deploy, aws: Sandbox) -> None:
    deploy()
    die_after(aws, 2, destroy)
    assert changes(deploy()).keys() >= {"load_balancer/main", "listener/http"}
    assert deploy()["changed"] is False


def test_an_error_names_the_call_and_what_was_done(deploy: Deploy, aws: Sandbox) -> None:
    with aws.fail("AccessDenied", operation="CreateLoadBalancer"), pytest.raises(ApplyError) as raised:
        deploy()
    message = str(raised.value)
    assert "load_balancer/main: CreateLoadBalancer in us-east-1: AccessDenied" in message
    assert "docs/iam.md" in message
    assert "Not done: load_balancer/main, " in message
    deploy()
    assert deploy()["changed"] is False
