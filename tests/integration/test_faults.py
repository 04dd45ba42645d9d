# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Calls that are throttled, cut off, or lose their reply: the short form of the scenario faults of `make chaos`."""

from __future__ import annotations

import pytest

from chaos.scenarios.faults import LOST, RESET, THROTTLED
from sandbox import Sandbox
from tests.integration.conftest import RunJob
from tests.integration.kill import assert_once
from tests.integration.whole_stack import Stack, changes, tally

pytestmark = pytest.mark.once


def test_a_stack_is_deployed_and_removed_all_the_same(aws: Sandbox, run_job: RunJob) -> None:
    stack, before = Stack(run_job, regions=("us-east-1",)), tally(aws)
    aws.fail_some(7, throttled=THROTTLED, reset=RESET, lost=LOST)
    stack.deploy()
    aws.clear_faults()
    assert changes(stack.deploy(check_mode=True)) == []
    assert_once(aws)
    aws.fail_some(8, throttled=THROTTLED, reset=RESET, lost=LOST)
    stack.destroy()
    aws.clear_faults()
    assert tally(aws) == before
