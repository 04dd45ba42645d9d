# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Regions come and go, and everything can be removed."""

from __future__ import annotations

import concurrent.futures

import pytest

from sandbox import Sandbox
from tests.waiting import eventually

from .world import DOMAIN, EAST, GROUP, OREGON, WEST, Converge, World, addresses, delete_regional, evict

pytestmark = pytest.mark.once


def test_a_third_region_extends_the_chain_and_leaves_it_again(world: World, converge: Converge) -> None:
    converge(EAST, WEST)
    world.deploy(OREGON)
    result = converge(EAST, WEST, OREGON)
    assert [item["role"] for item in result["regions"]] == ["primary", "secondary", "standby"]
    records = world.records()
    link = records[f"{DOMAIN}.", "hello/dev/standby-1"]
    assert link["Failover"] == "SECONDARY"
    assert link["AliasTarget"] == {
        "HostedZoneId": world.zone_id,
        "DNSName": f"standby-1.{DOMAIN}.",
        "EvaluateTargetHealth": True,
    }
    assert records[f"standby-1.{DOMAIN}.", f"hello/dev/{WEST}"]["Failover"] == "PRIMARY"
    assert records[f"standby-1.{DOMAIN}.", f"hello/dev/{OREGON}"]["Failover"] == "SECONDARY"
    assert len(world.checks()) == 12
    assert len(world.checks()[f"{OREGON}/calculated"]["HealthCheckConfig"]["ChildHealthChecks"]) == 3
    for region in (EAST, WEST):
        world.aws.observe("health_check", world.checks()[f"{region}/endpoint"]["Id"], "unhealthy")
    assert world.answers() == world.addresses(OREGON)
    assert not converge(EAST, WEST, OREGON)["changed"]
    converge(OREGON, state="absent")
    assert set(world.records()) == {
        (f"{DOMAIN}.", f"hello/dev/{EAST}"),
        (f"{DOMAIN}.", f"hello/dev/{WEST}"),
        (f"{EAST}.{DOMAIN}.", None),
        (f"{WEST}.{DOMAIN}.", None),
    }
    assert len(world.checks()) == 6
    assert not world.alarms(OREGON)
    assert not converge(EAST, WEST)["changed"]


@pytest.mark.parametrize("refused", [False, True])
def test_three_regions_at_once_whether_or_not_an_alias_may_lead_to_a_record_of_its_batch(
    world: World, converge: Converge, aws: Sandbox, refused: bool
) -> None:
    if refused:
        aws.refuse_aliases_of_one_batch()
    world.deploy(OREGON)
    dry = converge(EAST, WEST, OREGON, check_mode=True)
    assert addresses(converge(EAST, WEST, OREGON)) == addresses(dry)
    for region in (EAST, WEST, OREGON):
        assert world.answers() == world.addresses(region) != set()
        aws.observe("health_check", world.checks()[f"{region}/endpoint"]["Id"], "unhealthy")
    assert not converge(EAST, WEST, OREGON)["changed"]


@pytest.mark.parametrize("refused", [False, True])
def test_no_answer_is_missed_while_a_third_region_joins(
    world: World, converge: Converge, aws: Sandbox, refused: bool
) -> None:
    """The primary is down, so that every answer depends on what stands behind it."""
    if refused:
        aws.refuse_aliases_of_one_batch()
    converge(EAST, WEST)
    aws.observe("health_check", world.checks()[f"{EAST}/endpoint"]["Id"], "unhealthy")
    world.deploy(OREGON)
    with (
        concurrent.futures.ThreadPoolExecutor(1) as pool,
        aws.hold(operation="ChangeResourceRecordSets", nth=2) as held,
    ):
        joining = pool.submit(converge, EAST, WEST, OREGON)
        assert held.wait(), "between the new pair and the records that lead to it"
        assert (f"standby-1.{DOMAIN}.", f"hello/dev/{OREGON}") in world.records()
        assert (f"{DOMAIN}.", "hello/dev/standby-1") not in world.records()
        assert world.answers() == world.addresses(WEST)
        held.release()
        joining.result()
    assert world.answers() == world.addresses(WEST)
    aws.observe("health_check", world.checks()[f"{WEST}/endpoint"]["Id"], "unhealthy")
    assert world.answers() == world.addresses(OREGON)


def test_taking_out_the_first_region_leaves_the_second_as_primary(
    world: World, converge: Converge, aws: Sandbox
) -> None:
    converge(EAST, WEST)
    mark = aws.requests.mark()
    result = converge(EAST, state="absent")
    writes = aws.requests.writes(mark)
    assert [item["name"] for item in result["regions"]] == [WEST]
    assert writes[0].operation == "ChangeResourceRecordSets"
    assert [call.operation for call in writes].count("ChangeResourceRecordSets") == 1
    assert world.records()[f"{DOMAIN}.", f"hello/dev/{WEST}"]["Failover"] == "PRIMARY"
    assert set(world.checks()) == {f"{WEST}/endpoint", f"{WEST}/calculated"}
    assert not world.alarms(EAST) | world.alarms(WEST)
    assert world.answers() == world.addresses(WEST)
    assert not converge(EAST, state="absent")["changed"]
    assert not converge(WEST)["changed"]


def test_a_region_that_is_not_listed_any_more_stays_and_is_named(
    world: World, converge: Converge, warnings: list[str]
) -> None:
    converge(EAST, WEST)
    before = world.everything()
    result = converge(WEST)
    assert not result["changed"]
    assert result["unlisted_regions"] == [EAST]
    assert any(EAST in warning and "--limit" in warning for warning in warnings)
    assert world.everything() == before


def test_priorities_swap_in_one_batch(world: World, converge: Converge, aws: Sandbox) -> None:
    converge(EAST, WEST)
    mark = aws.requests.mark()
    converge(WEST, EAST)
    assert [call.operation for call in aws.requests.writes(mark)] == ["ChangeResourceRecordSets"]
    assert world.answers() == world.addresses(WEST)


def test_a_region_that_is_not_ready_is_not_added_and_the_others_are_kept_up_to_date(
    world: World, converge: Converge
) -> None:
    converge(EAST, WEST)
    world.deploy(OREGON, targets=0)
    delete_regional(world)
    result = converge(EAST, WEST, OREGON)
    assert result["failed"]
    assert OREGON in result["msg"]
    assert result["not_ready"] == [{"region": OREGON, "reason": f"no target is registered in target group {GROUP}"}]
    assert addresses(result) == {"record_sets/regional"}
    assert (f"{EAST}.{DOMAIN}.", None) in world.records()
    assert not [key for key in world.records() if OREGON in str(key)]
    assert not result.keys() ^ {*converge(EAST, WEST).keys(), "failed", "msg"}
    world.register(OREGON)
    assert len(converge(EAST, WEST, OREGON)["regions"]) == 3


def test_targets_that_are_sick_keep_a_region_out_but_do_not_take_it_out(
    world: World, converge: Converge, warnings: list[str]
) -> None:
    for number in range(2):
        world.aws.observe("target", f"10.10.0.{number + 10}", "unhealthy")
    eventually(lambda: "healthy" not in world.target_states(WEST) | world.target_states(EAST), what="no healthy target")
    result = converge(EAST, WEST)
    assert {item["region"] for item in result["not_ready"]} == {EAST, WEST}
    assert not result["changed"]
    lenient = converge(EAST, WEST, fail_when_not_ready=False)
    assert "failed" not in lenient
    assert any("no healthy target" in warning for warning in warnings)
    for number in range(2):
        world.aws.observe("target", f"10.10.0.{number + 10}", None)
    eventually(lambda: world.target_states(WEST) | world.target_states(EAST) == {"healthy"}, what="healthy targets")
    converge(EAST, WEST)
    for number in range(2):
        world.aws.observe("target", f"10.10.0.{number + 10}", "unhealthy")
    after = converge(EAST, WEST)
    assert not after["changed"]
    assert after["not_ready"] == []


def test_a_region_whose_api_fails_does_not_hold_up_the_others(world: World, converge: Converge) -> None:
    converge(EAST, WEST)
    delete_regional(world)
    with world.aws.fail("AccessDenied", region=WEST, count=100):
        result = converge(EAST, WEST)
    assert result["failed"]
    assert [item["region"] for item in result["not_ready"]] == [WEST]
    assert "AccessDenied" in result["not_ready"][0]["reason"]
    assert addresses(result) == {"record_sets/regional"}
    assert len([key for key in world.records() if key[0] == f"{DOMAIN}."]) == 2
    assert not converge(EAST, WEST)["changed"]


def test_removal_leaves_nothing_and_making_it_again_works_at_once(
    world: World, converge: Converge, aws: Sandbox
) -> None:
    foreign = {check["Id"] for check in world.route53.list_health_checks()["HealthChecks"]}
    converge(EAST, WEST)
    mark = aws.requests.mark()
    result = converge(state="absent")
    writes = [call.operation for call in aws.requests.writes(mark)]
    assert writes[0] == "ChangeResourceRecordSets"
    assert writes.count("ChangeResourceRecordSets") == 1
    assert result["regions"] == []
    assert not world.records()
    assert {check["Id"] for check in world.route53.list_health_checks()["HealthChecks"]} == foreign
    assert not world.alarms(EAST) | world.alarms(WEST)
    assert not converge(state="absent")["changed"]
    converge(EAST, WEST)
    assert world.answers() == world.addresses(EAST)


def test_removal_shows_every_deletion_in_a_dry_run(world: World, converge: Converge) -> None:
    converge(EAST, WEST)
    mark = world.aws.requests.mark()
    dry = converge(state="absent", check_mode=True)
    assert not world.aws.requests.writes(mark)
    assert dry["changes"] == converge(state="absent")["changes"]
    assert len(dry["changes"]) == 12


def test_taking_out_a_region_says_that_its_switch_let_go(world: World, converge: Converge, warnings: list[str]) -> None:
    converge(EAST, WEST)
    evict(world, EAST, 1, seat=WEST)
    assert world.answers() == world.addresses(WEST)
    result = converge(WEST, state="absent")
    assert result["released_switches"] == [{"region": EAST, "switch_in": WEST}]
    assert any(EAST in warning and "health decides" in warning for warning in warnings)
    assert world.answers() == world.addresses(EAST)
