# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The service that decides the failover shifts the requests of its releases between two target groups."""

from __future__ import annotations

import dataclasses
import typing as t
from functools import partial

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._ecs_release.job import JOB as RELEASE
from ansible_collections.everlook.failover.plugins.module_utils._engine.errors import FailoverError
from ansible_collections.everlook.failover.plugins.module_utils._failover_info.job import JOB as INFO
from sandbox import Sandbox
from tests.integration.conftest import RunJob
from tests.integration.plane.deployed import NAME, Deployed
from tests.integration.plane.visitor import Visitor
from tests.integration.visits import visited
from tests.integration.whole_stack import Stack
from tests.waiting import eventually

pytestmark = [pytest.mark.once, pytest.mark.exhaustive]

FIRST, SECOND = "us-east-1", "us-west-1"
REGIONS = (FIRST, SECOND)
ASKED: dict[str, t.Any] = {"zone": NAME, "regions": [{"name": name} for name in REGIONS], "services": ["hello"]}
SERVICE = "hello-dev-hello"
# What is left of a twentieth of a second once it is answered.
PAUSE = 0.03
# A check that fails once stays unhealthy for three of its intervals, 1.5 s at this speed.
LOOK = 0.5
STRATEGIES = {
    "canary": {"type": "canary", "percent": 25, "interval": 9, "bake_time": 5},
    "linear": {"type": "linear", "percent": 50, "interval": 9, "bake_time": 5},
}


def evaluated(aws: Sandbox, zone_id: str) -> set[bool]:
    """EvaluateTargetHealth of the failover records."""
    records = aws.client("route53").list_resource_record_sets(HostedZoneId=zone_id)["ResourceRecordSets"]
    return {record["AliasTarget"]["EvaluateTargetHealth"] for record in records if "Failover" in record}


def receiver(aws: Sandbox, region: str) -> list[str]:
    """Names of the target groups that the service's rule sends to."""
    elb = aws.client("elbv2", region=region)
    (group,) = elb.describe_target_groups(Names=[SERVICE])["TargetGroups"]
    (listener,) = elb.describe_listeners(LoadBalancerArn=group["LoadBalancerArns"][0])["Listeners"]
    rules = elb.describe_rules(ListenerArn=listener["ListenerArn"])["Rules"]
    (rule,) = (item for item in rules if not item["IsDefault"])
    shares = rule["Actions"][0]["ForwardConfig"]["TargetGroups"]
    return [item["TargetGroupArn"].split("/")[-2] for item in shares if item["Weight"]]


@pytest.mark.parametrize("kind", STRATEGIES)
def test_no_request_fails_and_no_region_leaves_the_dns(
    aws: Sandbox, run_job: RunJob, visitor: Visitor, kind: str
) -> None:
    """From rolling releases to a strategy, three releases, one that is rolled back, and the way back."""
    rolling = Stack(run_job, image="hello:0")
    rolling.deploy()
    eventually(lambda: visitor.visit(NAME).region == FIRST)
    shifting = dataclasses.replace(rolling, strategy=STRATEGIES[kind], evaluates=False)

    def visit() -> tuple[int | None, str]:
        found = visitor.visit(NAME)
        return found.status, found.region

    def look() -> tuple[tuple[str, str], ...]:
        """Region → why Route 53 finds it unhealthy."""
        regions = run_job(INFO, **ASKED)["regions"]
        return tuple((region["name"], "; ".join(region["reasons"])) for region in regions)

    with visited(visit, PAUSE) as seen, visited(look, LOOK) as judged:
        deployed = shifting.deploy()
        assert evaluated(aws, deployed["zone"]["zone_id"]) == {False}
        for number in (1, 2, 3):
            for region in reversed(REGIONS):
                released = run_job(RELEASE, name="hello", region=region, image=f"hello:{number}", wait_timeout=120)
                assert released["running_count"] == released["desired_count"] == 2
        assert receiver(aws, FIRST) == [f"{SERVICE}-alternate"]
        with pytest.raises(FailoverError, match="was rolled back"):
            run_job(RELEASE, name="hello", region=FIRST, image="hello:broken", wait_timeout=120)
        newest = dataclasses.replace(shifting, image="hello:3")
        assert [result["changes"] for result in newest.deploy().values()] == [[]] * len(newest.layers)
        back = dataclasses.replace(newest, strategy={})
        back.deploy()
        assert receiver(aws, FIRST) == [f"{SERVICE}-alternate"]
    assert seen.keys() == {(200, FIRST)}
    assert seen.total() > 100
    assert judged.keys() == {((FIRST, ""), (SECOND, ""))}


@pytest.mark.parametrize("fault", ["stop_tasks", "cut", "error"])
def test_without_the_health_of_targets_the_endpoints_check_moves_users(
    aws: Sandbox, run_job: RunJob, visitor: Visitor, fault: str
) -> None:
    Stack(run_job, strategy=STRATEGIES["canary"], evaluates=False).deploy()
    deployed = Deployed(aws, visitor)
    eventually(partial(deployed.serves, FIRST))
    deployed.breaks(FIRST, fault)
    eventually(partial(deployed.serves, SECOND))
    deployed.heals(FIRST, fault)
    eventually(partial(deployed.serves, FIRST))
    found = run_job(INFO, **ASKED)["regions"]
    assert [region["evaluates_target_health"] for region in found] == [False, False]
