# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The short form of `make chaos`, and that its oracle sees what a run that said ok would have left wrong."""

from __future__ import annotations

import typing as t

import pytest

from chaos import canon, report
from chaos.lab import Lab
from chaos.oracle import golden
from chaos.plan import Trial
from chaos.scenarios import SCENARIOS
from chaos.stacks import FULL
from chaos.witness import look

pytestmark = [pytest.mark.once, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def lab() -> t.Iterator[Lab]:
    with Lab(plane=False, stack=FULL) as running:
        yield running


@pytest.mark.exhaustive
def test_the_oracle_sees_what_is_missing_other_and_too_much(lab: Lab) -> None:
    # As it has left them.
    expected = golden(lab)
    assert canon.differences(expected, canon.ours(look(lab.aws))) == []
    ec2, cloudwatch = lab.aws.client("ec2"), lab.aws.client("cloudwatch", region="us-west-1")
    mine = [item for item in look(lab.aws) if canon.is_ours(item) and item.region == "us-east-1"]
    vpc, table = (next(item for item in mine if item.kind == kind) for kind in ("Vpcs", "RouteTables"))
    ec2.create_route(RouteTableId=table.id, DestinationCidrBlock="192.0.2.0/24", GatewayId="local")
    tags = [{"Key": key, "Value": value} for key, value in vpc.tags.items()]
    ec2.create_vpc(CidrBlock="10.77.0.0/16", TagSpecifications=[{"ResourceType": "vpc", "Tags": tags}])
    cloudwatch.delete_alarms(AlarmNames=["hello-dev-switch-us-east-1", "hello-dev-alarm-hello-latency"])
    told = canon.differences(expected, canon.ours(look(lab.aws)))
    assert [words.split(":")[0] for words in told] == [
        # It shows an alarm that is gone.
        "dev us-east-1 DashboardEntries hello-dev-failover is other",
        f"dev us-east-1 RouteTables {table.tags['Resource']} is other",
        "dev us-east-1 Vpcs vpc/main",
        "dev us-west-1 MetricAlarms metric_alarm/hello-latency",
        "dev us-west-1 MetricAlarms metric_alarm/us-east-1-switch-us-west-1",
    ]


# test_killed.py has a kill of each layer.
@pytest.mark.exhaustive
def test_a_killed_run_is_finished_by_the_next_or_says_why_not(lab: Lab) -> None:
    judged = list(SCENARIOS["kills"].run(lab, Trial("kills", 2)))
    assert judged
    assert not any(one.bad for one in judged), report.problems(judged)
