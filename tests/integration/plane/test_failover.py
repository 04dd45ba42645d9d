# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole stack as the playbooks deploy it, and what its users see when regions break."""

from __future__ import annotations

from functools import partial

import pytest

from sandbox import Sandbox
from tests.integration.conftest import RunJob
from tests.integration.plane.deployed import FAULTS, Deployed
from tests.integration.plane.pairs import seen
from tests.integration.plane.visitor import Visitor
from tests.integration.whole_stack import Stack
from tests.waiting import eventually

FIRST, SECOND, THIRD = "us-east-1", "us-west-1", "us-west-2"


@pytest.fixture
def two(aws: Sandbox, run_job: RunJob, visitor: Visitor) -> Deployed:
    Stack(run_job).deploy()
    return Deployed(aws, visitor)


@pytest.fixture
def three(aws: Sandbox, run_job: RunJob, visitor: Visitor) -> Deployed:
    Stack(run_job, (FIRST, SECOND, THIRD)).deploy()
    return Deployed(aws, visitor)


def test_every_fault_moves_the_users_and_its_end_brings_them_back(two: Deployed) -> None:
    assert two.serves(FIRST)
    for fault in FAULTS:  # one after the other: a deployment for each would take longer than all of them
        two.breaks(FIRST, fault)
        eventually(partial(two.serves, SECOND))
        two.heals(FIRST, fault)
        eventually(partial(two.serves, FIRST))


@pytest.mark.once
@pytest.mark.exhaustive
def test_when_both_are_dead_the_first_one_answers(two: Deployed) -> None:
    for fault in ("cut", "stop_tasks"):
        two.breaks(FIRST, fault)
        eventually(partial(two.serves, SECOND))
        two.breaks(SECOND, fault)
        # Which does not work either, once its load balancer has let go of its targets, too.
        eventually(lambda: two.answers(FIRST) and not two.serves(FIRST))
        two.heals(SECOND, fault)
        eventually(partial(two.serves, SECOND))
        two.heals(FIRST, fault)
        eventually(partial(two.serves, FIRST))


@pytest.mark.once
@pytest.mark.exhaustive
def test_of_three_the_first_that_is_well_serves(three: Deployed) -> None:
    assert three.serves(FIRST)
    three.breaks(FIRST, "cut")
    eventually(partial(three.serves, SECOND))
    three.breaks(SECOND, "stop_tasks")
    eventually(partial(three.serves, THIRD))
    three.breaks(THIRD, "error")
    eventually(partial(three.answers, FIRST))
    three.heals(SECOND, "stop_tasks")
    eventually(partial(three.serves, SECOND))
    three.heals(FIRST, "cut")
    eventually(partial(three.serves, FIRST))


@pytest.mark.exhaustive
def test_a_data_point_evicts_a_region_when_neither_it_nor_route_53_can_be_reached(two: Deployed, aws: Sandbox) -> None:
    aws.break_region("global")
    aws.break_region(FIRST, "cut")
    two.evict(FIRST, SECOND, 1.0)
    eventually(partial(two.serves, SECOND))
    aws.heal_region()
    # The endpoint is well again, and the switch holds: who published the point says when traffic goes back.
    eventually(lambda: seen(aws.client("route53"), check_of(aws, FIRST, "endpoint")) == ["Success"] * 16)
    eventually(lambda: set(seen(aws.client("route53"), check_of(aws, FIRST, f"switch-{SECOND}"))) == {"Failure"})
    assert two.serves(SECOND)
    two.evict(FIRST, SECOND, 0.0)
    eventually(partial(two.serves, FIRST))


def check_of(aws: Sandbox, region: str, role: str) -> str:
    """The id of a health check by what it is there for."""
    listed = aws.client("route53").list_health_checks()["HealthChecks"]
    return next(str(check["Id"]) for check in listed if f"/{region}/{role}/" in check["CallerReference"])
