# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The layer vpc, killed while its NAT gateways change, and with each answer to a write lost.

Kills of a deployment and of a destroy are in test_killed.py, over the whole stack.
"""

from __future__ import annotations

import itertools
import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._vpc.layer import LAYER
from sandbox import Sandbox
from tests.integration.conftest import RunJob
from tests.integration.kill import kill_after
from tests.integration.vpc_witness import assert_network, ours
from tests.sampling import every_third, first_and_last

pytestmark = pytest.mark.once

# Two zones with a NAT gateway in one. The first test holds the numbers to the truth.
DEPLOY_WRITES = 23
DESTROY_WRITES = 13
MODE_WRITES = 4
NATS = {"a": "a", "b": "a"}


class Deploy(t.Protocol):
    def __call__(self, **options: t.Any) -> dict[str, t.Any]: ...


@pytest.fixture
def deploy(run_job: RunJob) -> Deploy:
    def run(**options: t.Any) -> dict[str, t.Any]:
        return run_job(LAYER.job, **{"cidr": "10.10.0.0/16", "nat_gateways": "single", **options})

    return run


def test_the_numbers_of_writes(aws: Sandbox, deploy: Deploy) -> None:
    marks = [aws.requests.mark()]
    for options in ({}, {"nat_gateways": "none"}, {"nat_gateways": "single"}, {"state": "absent"}):
        deploy(**options)
        marks.append(aws.requests.mark())
    since = [len(aws.requests.writes(mark)) for mark in marks]
    assert [before - after for before, after in itertools.pairwise(since)] == [
        DEPLOY_WRITES,
        MODE_WRITES,
        MODE_WRITES,
        DESTROY_WRITES,
    ]


@pytest.mark.parametrize("nth", first_and_last(range(1, MODE_WRITES + 1)))
@pytest.mark.parametrize(("old", "new"), [("single", "none"), ("none", "single")])
def test_a_killed_change_of_nat_gateways_is_finished_by_the_next(
    aws: Sandbox, deploy: Deploy, old: str, new: str, nth: int
) -> None:
    deploy(nat_gateways=old)
    kill_after(aws, nth, lambda: deploy(nat_gateways=new))
    deploy(nat_gateways=new)
    assert_network(aws, nats=NATS if new == "single" else {})


@pytest.mark.parametrize("nth", first_and_last(range(1, DEPLOY_WRITES + 1)))
def test_a_lost_answer_makes_no_twin(aws: Sandbox, deploy: Deploy, nth: int) -> None:
    with aws.cut(after=True, write=True, nth=nth) as fault:
        deploy()
        assert fault.fired == 1
    assert_network(aws, nats=NATS)


@pytest.mark.parametrize(
    ("operation", "code"),
    every_third(
        [
            ("ModifyVpcAttribute", "InvalidVpcID.NotFound"),
            ("CreateSubnet", "InvalidVpcID.NotFound"),
            ("AttachInternetGateway", "InvalidInternetGatewayID.NotFound"),
            ("AssociateRouteTable", "InvalidSubnetId.NotFound"),
            ("CreateNatGateway", "InvalidElasticIpID.NotFound"),
            ("CreateRoute", "InvalidRouteTableId.NotFound"),
            ("CreateVpcEndpoint", "InvalidVpcId.NotFound"),
            ("RevokeSecurityGroupEgress", "InvalidGroup.NotFound"),
        ]
    ),
)
def test_what_was_just_created_may_not_be_known_everywhere(
    aws: Sandbox, deploy: Deploy, operation: str, code: str
) -> None:
    with aws.fail(code, operation=operation, count=2) as fault:
        deploy()
        assert fault.fired == 2
    assert_network(aws, nats=NATS)


@pytest.mark.parametrize("nth", first_and_last(range(1, DESTROY_WRITES + 1)))
def test_a_lost_answer_does_not_stop_a_destroy(aws: Sandbox, deploy: Deploy, nth: int) -> None:
    deploy()
    with aws.cut(after=True, write=True, nth=nth) as fault:
        deploy(state="absent")
        assert fault.fired == 1
    assert ours(aws) == []
