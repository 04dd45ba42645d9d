# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ten releases, one after the other, while users ask twenty times a second."""

from __future__ import annotations

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._ecs_release.job import JOB as RELEASE
from sandbox import Sandbox
from tests.integration.conftest import RunJob
from tests.integration.plane.deployed import NAME
from tests.integration.plane.visitor import Visitor
from tests.integration.visits import visited
from tests.integration.whole_stack import Stack
from tests.waiting import eventually

pytestmark = pytest.mark.once

FIRST = "us-east-1"
# What is left of a twentieth of a second once it is answered.
PAUSE = 0.03


def test_no_request_fails_through_ten_releases(aws: Sandbox, run_job: RunJob, visitor: Visitor) -> None:
    Stack(run_job, regions=(FIRST,), image="hello:0").deploy()
    eventually(lambda: visitor.visit(NAME).region == FIRST)

    def visit() -> tuple[int | None, str, str]:
        found = visitor.visit(NAME)
        return found.status, found.region, found.version

    with visited(visit, PAUSE) as seen:
        for number in range(1, 11):
            released = run_job(RELEASE, name="hello", image=f"hello:{number}", wait_timeout=60)
            assert released["running_count"] == released["desired_count"] == 2
    # Each of them has served, until there was the next one.
    assert seen.keys() == {(200, FIRST, str(number)) for number in range(11)}
    elb = aws.client("elbv2", region=FIRST)
    (group,) = elb.describe_target_groups()["TargetGroups"]
    delay = elb.describe_target_group_attributes(TargetGroupArn=group["TargetGroupArn"])["Attributes"]
    assert {"Key": "deregistration_delay.timeout_seconds", "Value": "30"} in delay
