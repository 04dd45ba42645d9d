# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The container comes to listen on another port, while its users ask for the page all the time."""

from __future__ import annotations

import dataclasses

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._engine.errors import ApplyError
from sandbox import Sandbox
from tests.integration.conftest import RunJob
from tests.integration.plane.deployed import NAME
from tests.integration.plane.visitor import Visitor
from tests.integration.visits import visited
from tests.integration.whole_stack import Stack
from tests.waiting import eventually

pytestmark = pytest.mark.once

FIRST = "us-east-1"
PAUSE = 0.03


def visit(visitor: Visitor) -> tuple[int | None, str]:
    """Its status, and the region that answered."""
    found = visitor.visit(NAME)
    return found.status, found.region


def ports_of_targets(aws: Sandbox) -> set[int]:
    """Of those that the load balancer of the first region sends to."""
    elb = aws.client("elbv2", region=FIRST)
    (group,) = elb.describe_target_groups()["TargetGroups"]
    found = elb.describe_target_health(TargetGroupArn=group["TargetGroupArn"])["TargetHealthDescriptions"]
    return {item["Target"]["Port"] for item in found if item["TargetHealth"]["State"] == "healthy"}


@pytest.mark.exhaustive
def test_another_port_costs_no_request_and_no_region_leaves(aws: Sandbox, run_job: RunJob, visitor: Visitor) -> None:
    stack = Stack(run_job)
    stack.deploy()
    eventually(lambda: visitor.visit(NAME).region == FIRST)
    with visited(lambda: visit(visitor), PAUSE) as seen:
        dataclasses.replace(stack, port=8080).region(FIRST)
    assert ports_of_targets(aws) == {8080}
    assert seen.keys() == {(200, FIRST)}
    # Back, with an image that is broken: its tasks never serve, and those at 8080 go on.
    with visited(lambda: visit(visitor), PAUSE) as seen, pytest.raises(ApplyError, match="was rolled back"):
        dataclasses.replace(stack, image="hello:broken").region(FIRST)
    assert ports_of_targets(aws) == {8080}
    assert seen.keys() == {(200, FIRST)}
