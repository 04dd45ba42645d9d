# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What failover_info says of the layer's records."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._failover_info import job as info
from sandbox import Sandbox
from tests.integration.conftest import RunJob
from tests.waiting import eventually

from .world import DOMAIN, EAST, GROUP, OREGON, WEST, Converge, World, evict

pytestmark = pytest.mark.once


class Ask(t.Protocol):
    def __call__(self, **params: t.Any) -> dict[str, t.Any]: ...


@pytest.fixture
def ask(run_job: RunJob) -> Ask:
    def run(**params: t.Any) -> dict[str, t.Any]:
        return run_job(info.JOB, zone=DOMAIN, services=["hello"], **params)

    return run


def test_info_says_who_serves_in_few_calls(world: World, converge: Converge, ask: Ask, aws: Sandbox) -> None:
    converge(EAST, WEST)
    mark = aws.requests.mark()
    found = ask(zone_id=world.zone_id, regions=[{"name": EAST}, {"name": WEST}])
    assert len(aws.requests.since(mark)) <= 11
    assert not aws.requests.writes(mark)
    assert found["serving"] == EAST
    assert found["url"] == f"http://{DOMAIN}/"
    assert found["answers"]
    assert set(found["answer"]["values"]) == world.addresses(EAST)
    assert [item["summary"] for item in found["regions"]] == [
        "serves, 2 of 2 targets healthy",
        "stands by, 2 of 2 targets healthy",
    ]
    assert found["problems"] == []
    assert all(switch["healthy"] for item in found["regions"] for switch in item["switches"].values())
    by_name = ask()
    # Of regions that are not named, alarms do not tell which switches were never set: Route 53 is asked for all.
    for item in (*found["regions"], *by_name["regions"]):
        item["switches"] = {seat: switch["healthy"] for seat, switch in item["switches"].items()}
    assert by_name == {**found, "answer": by_name["answer"]}


def test_info_explains_a_failover_and_both_down(world: World, converge: Converge, ask: Ask) -> None:
    converge(EAST, WEST)
    checks = world.checks()
    world.aws.observe("health_check", checks[f"{EAST}/endpoint"]["Id"], "unhealthy")
    found = ask()
    assert found["serving"] == WEST
    assert set(found["answer"]["values"]) == world.addresses(WEST)
    assert "health checkers fail: " in found["serving_reason"]
    assert found["regions"][0]["endpoint"]["healthy_checkers"] == 0
    assert not found["regions"][0]["health_check"]["healthy"]
    world.aws.observe("health_check", checks[f"{WEST}/endpoint"]["Id"], "unhealthy")
    both = ask()
    assert both["serving"] == EAST
    assert set(both["answer"]["values"]) == world.addresses(EAST)
    assert "no region is healthy" in both["serving_reason"]


def test_info_sees_a_switch_and_its_alarm(world: World, converge: Converge, ask: Ask) -> None:
    converge(EAST, WEST)
    evict(world, EAST, 1, seat=WEST)
    found = ask(alarms=True)
    assert found["serving"] == WEST
    assert set(found["answer"]["values"]) == world.addresses(WEST)
    assert found["regions"][0]["reasons"] == [f"evicted by the switch in {WEST}"]
    assert not found["regions"][0]["switches"][WEST]["healthy"]
    assert found["regions"][1]["alarms"][0]["evicts"] == EAST
    assert found["problems"] == []


def test_info_sees_sick_targets_and_regions_that_are_not_in_dns(world: World, converge: Converge, ask: Ask) -> None:
    converge(EAST)
    elb = world.aws.client("elbv2", region=EAST)
    addresses_ = [{"Id": f"10.10.0.{number + 10}", "Port": 80} for number in range(2)]
    elb.deregister_targets(TargetGroupArn=world.groups[EAST], Targets=addresses_)
    eventually(lambda: "draining" not in world.target_states(EAST), what="the end of draining")
    found = ask(regions=[{"name": EAST}, {"name": WEST}, {"name": OREGON}])
    assert [item["role"] for item in found["regions"]] == ["primary", "not in DNS", "not in DNS"]
    assert found["serving"] == EAST
    assert found["problems"] == [f"{EAST}: no target is registered with its load balancer"]
    assert found["regions"][1]["targets"]["healthy"] == 2
    assert found["regions"][2]["targets"]["missing"] == f"there is no target group {GROUP} in {OREGON}"
    assert (found["regions"][2]["healthy"], found["regions"][2]["targets"]["problem"]) == (False, "")


def test_info_of_nothing(aws: Sandbox, ask: Ask) -> None:
    found = ask(regions=[{"name": EAST}])
    assert found["serving"] is None
    assert found["serving_reason"] == "no region is in DNS"
    assert not found["answers"]
    assert found["regions"][0]["summary"].startswith("not in DNS")
    del aws
