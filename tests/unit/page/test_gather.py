# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import dataclasses
import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.plugin_utils.page.facts import Facts, Reports
from ansible_collections.everlook.failover.plugins.plugin_utils.page.gather import gather
from ansible_collections.everlook.failover.plugins.plugin_utils.page.traffic import traffic
from tests.unit.page import states
from tests.unit.page.states import EAST, IRELAND, WEST

QUIET: dict[str, t.Any] = {
    "healthy_checkers": 16,
    "reports": (states.GOOD,),
    "failing_in": (),
    "last_failure": "",
    "failed_at": "",
}
BEFORE, AFTER = "2026-11-01T00:00:00+00:00", "2026-12-01T00:00:00Z"


def facts(**changed: t.Any) -> Facts:
    """Of a healthy environment with parts of its status replaced."""
    reports = states.healthy()
    return gather(states.reports(status={**reports.status, **changed}, drill=reports.drill, drills=reports.drills))


@pytest.mark.parametrize(
    ("reports", "state"),
    [
        (states.nothing, "unknown"),
        (states.destroyed, "gone"),
        (states.deployed, "good"),
        (states.healthy, "good"),
        (states.drill_failed, "good"),
        (states.failed_over, "attention"),
        (states.switched, "attention"),
        (states.three_regions, "attention"),
        (states.both_dead, "down"),
        (states.undelegated, "down"),
    ],
)
def test_the_state_at_a_glance(reports: t.Callable[[], Reports], state: str) -> None:
    assert gather(reports()).state == state


@pytest.mark.parametrize(
    ("changed", "state"),
    [
        ({"serving": None}, "down"),
        ({"answer": {"response_code": "SERVFAIL"}}, "down"),
        ({"problems": ["a thing"]}, "attention"),
        ({"answer": {"response_code": "NOERROR", "addresses": []}}, "down"),
        ({"answer": {"response_code": "", "addresses": []}}, "good"),
        ({"answer": None}, "good"),
        ({"journal": {"fault": "block_alb"}}, "attention"),
        ({"serving": WEST}, "attention"),
    ],
)
def test_what_makes_the_state(changed: dict[str, t.Any], state: str) -> None:
    assert facts(**changed).state == state


def test_status_speaks_first_where_it_is_the_newer_one() -> None:
    assert facts().sentence.startswith("All is well")
    assert facts().seen_at == states.SEEN_AT
    assert facts().drift == "none"


def test_a_status_that_is_older_than_the_deployment_is_left_out() -> None:
    found = facts(written_at=BEFORE, serving=WEST, problems=["old"])
    assert found.sentence == "us-east-1 serves dev.example.com. us-west-1 stands by."
    assert (found.serving, found.problems, found.drift, found.switch) == (EAST, (), None, None)
    assert found.seen_at == states.deployment()["written_at"]
    assert facts(written_at=AFTER).sentence.startswith("All is well")


def test_a_status_without_a_time_is_older() -> None:
    assert facts(written_at=None).drift is None


def test_a_status_alone_is_enough() -> None:
    found = gather(states.reports(deployment={}, status=states.healthy().status))
    assert (found.state, [region.name for region in found.regions]) == ("good", [EAST, WEST])
    assert [zone.name for zone in found.regions[0].zones] == ["us-east-1a", "us-east-1b"]


@pytest.mark.parametrize(
    ("reports", "sentence"),
    [
        (states.nothing, "Nothing is known about hello in dev yet. Deploy it with site.yml, or run status.yml."),
        (states.destroyed, "Nothing of hello in dev is deployed."),
        (states.deployed, "us-east-1 serves dev.example.com. us-west-1 stands by."),
    ],
)
def test_the_sentence_where_no_status_says_one(reports: t.Callable[[], Reports], sentence: str) -> None:
    assert gather(reports()).sentence == sentence


def test_the_sentence_of_a_deployment_that_does_not_serve() -> None:
    document = states.deployment()
    document["service"]["serving_region"] = None
    assert gather(states.reports(deployment=document)).sentence == "No region serves dev.example.com."
    document = states.deployment()
    document["regions"][WEST]["status"]["healthy"] = False
    assert gather(states.reports(deployment=document)).sentence.endswith("No other region can take over.")
    document["regions"][EAST]["status"]["healthy"] = False
    assert gather(states.reports(deployment=document)).sentence.endswith("and is not healthy.")


def test_regions_come_in_the_order_in_which_they_serve() -> None:
    assert [region.name for region in gather(states.three_regions()).regions] == [EAST, WEST, IRELAND]
    items = states.healthy().status["regions"]
    turned = [{**items[0], "place": 2}, {**items[1], "place": 1}, {**items[0], "name": "new", "place": None}]
    assert [region.name for region in facts(regions=turned).regions] == [WEST, EAST, "new"]


def test_zones_have_their_subnets_and_their_nat_gateway() -> None:
    east, _west, ireland = gather(states.three_regions()).regions
    assert [zone.nat for zone in east.zones] == ["198.18.1.2", "198.18.1.3"]
    assert east.zones[1].private_subnet == states.deployment()["regions"][EAST]["vpc"]["private_subnet_ids"][1]
    assert [zone.nat for zone in ireland.zones] == ["198.51.100.77", None, None]


def test_tasks_as_seen_or_as_deployed() -> None:
    deployed = gather(states.deployed()).regions[0].tasks
    assert (deployed.desired, deployed.running, deployed.pending) == (2, 2, None)
    seen = gather(states.both_dead()).regions[0].tasks
    assert (seen.desired, seen.running, seen.pending) == (2, 0, 2)


def test_numbers_may_be_in_quotes_and_placeholders_are_no_numbers() -> None:
    document = states.deployment()
    document["regions"][EAST]["priority"] = "1"
    document["regions"][EAST]["ecs_service"]["running_count"] = "(known after apply: count)"
    region = gather(states.reports(deployment=document)).regions[0]
    assert (region.priority, region.tasks.running) == (1, None)


def test_eviction_is_told_by_the_switch_or_by_its_check() -> None:
    assert gather(states.switched()).regions[0].evicted_by == (WEST,)
    status = states.switched().status
    found = gather(states.reports(status={**status, "switch": {}}))
    assert found.regions[0].evicted_by == (WEST,)


def test_the_delegation_is_the_parents_own_word_where_it_was_asked() -> None:
    found = gather(states.undelegated())
    assert found.delegation is not None
    assert (found.delegation.delegated, found.delegation.account_id) == (False, "999999999999")
    assert not found.resolves
    deployed = gather(states.deployed()).delegation
    assert deployed is not None
    assert deployed.delegated is True


def test_a_zone_that_nobody_delegates_has_no_delegation() -> None:
    document = {**states.deployment(), "route53_zone_delegation": {}}
    assert gather(states.reports(deployment=document)).delegation is None


def test_every_drill_is_there_once_and_the_last_one_first() -> None:
    last, earlier = states.drill(states.Course()), states.history()
    found = gather(states.reports(drill=last, drills=(last, *earlier)))
    assert [item.started_at for item in found.drills] == [item["started_at"] for item in (last, *earlier)]
    assert found.drill == found.drills[0]
    assert gather(states.reports(drills=earlier)).drill == gather(states.reports(drills=earlier)).drills[0]


def test_what_was_seen_elsewhere_than_in_aws_says_so() -> None:
    assert gather(states.healthy()).endpoint_url is None
    assert gather(states.switched()).endpoint_url == states.LOCAL
    assert [source.endpoint_url for source in gather(states.switched()).sources] == [states.LOCAL] * 3


@pytest.mark.parametrize(
    "endpoint",
    ["https://ec2.us-east-1.amazonaws.com", "https://route53.cn.amazonaws.com.cn:443/x", "https://x.api.aws", "", None],
)
def test_endpoints_of_aws_are_aws(endpoint: str | None) -> None:
    assert facts(endpoint_url=endpoint).endpoint_url is None


@pytest.mark.parametrize("endpoint", ["http://localhost:4566", "https://amazonaws.com.example.net", "http://10.0.0.1"])
def test_other_endpoints_are_not(endpoint: str) -> None:
    assert facts(endpoint_url=endpoint).endpoint_url == endpoint


@pytest.mark.parametrize(
    ("reports", "pipes"),
    [
        (states.healthy, ["flows", "waits"]),
        (states.failed_over, ["avoided", "flows"]),
        (states.both_dead, ["fails", "avoided"]),
        (states.undelegated, ["avoided", "waits"]),
        (states.switched, ["held", "flows"]),
        (states.three_regions, ["avoided", "avoided", "flows"]),
    ],
)
def test_how_regions_stand(reports: t.Callable[[], Reports], pipes: list[str]) -> None:
    found = gather(reports())
    assert [traffic(region, found.resolves).pipe for region in found.regions] == pipes


def test_a_region_that_is_not_in_dns_is_not_a_standby() -> None:
    item = {**states.region(WEST, 2, [EAST]), "place": None, "role": "not in DNS"}
    found = facts(regions=[states.region(EAST, 1, [WEST]), item])
    assert traffic(found.regions[1], found.resolves).pipe == "absent"
    assert not found.regions[1].ready


def test_a_region_to_be_expected_is_drawn_where_users_get_no_answer() -> None:
    found = facts(serving=None, answer={"response_code": "NXDOMAIN", "addresses": []})
    assert [traffic(region, found.resolves).sign.words for region in found.regions] == ["Unreachable", "Stands by"]


def test_addresses_of_nobody_are_served_by_nobody() -> None:
    found = facts(serving=None)
    assert [region.serves for region in found.regions] == [False, False]


def test_a_resolver_that_does_not_answer_says_nothing_about_the_parent() -> None:
    delegation = {"parent_zone": "example.com", "delegated": False, "parent_answers": [], "problem": "timed out"}
    found = facts(answer={"response_code": "", "addresses": []}, delegation=delegation)
    assert found.delegation is not None
    assert found.delegation.delegated is None


def test_changes_to_come_are_told_with_where_and_why() -> None:
    assert gather(states.switched()).drifted == (
        "us-east-1 vpc: update route/private-a (another NAT)",
        "route53_zone: create delegation/main",
    )


def test_which_checkers_fail_and_what_failed_last() -> None:
    endpoint = gather(states.three_regions()).regions[2].endpoint
    assert endpoint is not None
    assert (endpoint.failing_in, endpoint.failed_at[:16]) == (("sa-east-1",), "2026-11-25T14:30")
    assert endpoint.last_failure == states.SERVICE_UNAVAILABLE
    assert gather(states.healthy()).regions[0].endpoint == dataclasses.replace(endpoint, **QUIET)
