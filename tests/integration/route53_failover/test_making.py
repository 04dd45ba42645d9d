# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the layer makes, and that a second run and a dry run make nothing."""

from __future__ import annotations

import collections

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._engine.errors import SpecError
from ansible_collections.everlook.failover.plugins.module_utils._engine.unknown import is_unknown
from sandbox import Sandbox

from .world import ALARM, DOMAIN, EAST, NAME, OREGON, OURS, WEST, Converge, World, addresses, untag_alarm

pytestmark = pytest.mark.once


def test_it_makes_the_records(world: World, converge: Converge) -> None:
    result = converge(EAST, WEST)
    checks = world.checks()
    records = world.records()
    assert set(records) == {
        (f"{DOMAIN}.", f"hello/dev/{EAST}"),
        (f"{DOMAIN}.", f"hello/dev/{WEST}"),
        (f"{EAST}.{DOMAIN}.", None),
        (f"{WEST}.{DOMAIN}.", None),
    }
    for region, role in ((EAST, "PRIMARY"), (WEST, "SECONDARY")):
        balancer = world.aws.client("elbv2", region=region).describe_load_balancers(Names=[NAME])["LoadBalancers"][0]
        record = records[f"{DOMAIN}.", f"hello/dev/{region}"]
        target = {"DNSName": f"{balancer['DNSName']}.", "HostedZoneId": balancer["CanonicalHostedZoneId"]}
        assert record["Failover"] == role
        assert record["AliasTarget"] == {**target, "EvaluateTargetHealth": True}
        assert record["HealthCheckId"] == checks[f"{region}/calculated"]["Id"]
        assert records[f"{region}.{DOMAIN}.", None]["AliasTarget"] == {**target, "EvaluateTargetHealth": False}
    assert world.answers() == world.addresses(EAST) != world.addresses(WEST)
    assert result["changed"]
    assert result["zone_id"] == world.zone_id
    assert [(item["name"], item["role"]) for item in result["regions"]] == [(EAST, "primary"), (WEST, "secondary")]


def test_the_status_is_that_at_the_end_of_the_run(world: World, converge: Converge) -> None:
    status = converge(EAST, WEST, status=True)["status"]
    assert status["serving"] == EAST
    assert [(item["name"], item["healthy"]) for item in status["regions"]] == [(EAST, True), (WEST, True)]
    world.aws.observe("health_check", world.checks()[f"{EAST}/endpoint"]["Id"], "unhealthy")
    result = converge(EAST, WEST, status=True)
    assert (result["changed"], result["status"]["serving"]) == (False, WEST)


def test_it_makes_the_health_checks(world: World, converge: Converge) -> None:
    result = converge(EAST, WEST, health_check={"path": "/health", "search_string": "well", "failure_threshold": 2})
    checks = world.checks()
    assert set(checks) == {
        f"{EAST}/endpoint",
        f"{EAST}/switch-{WEST}",
        f"{EAST}/calculated",
        f"{WEST}/endpoint",
        f"{WEST}/switch-{EAST}",
        f"{WEST}/calculated",
    }
    endpoint = checks[f"{EAST}/endpoint"]["HealthCheckConfig"]
    expected = {
        "Type": "HTTP_STR_MATCH",
        "FullyQualifiedDomainName": f"{EAST}.{DOMAIN}",
        "Port": 80,
        "ResourcePath": "/health",
        "SearchString": "well",
        "RequestInterval": 10,
        "FailureThreshold": 2,
        "MeasureLatency": False,
    }
    assert endpoint.items() >= expected.items()
    switch = checks[f"{EAST}/switch-{WEST}"]
    assert switch["HealthCheckConfig"]["AlarmIdentifier"] == {"Region": WEST, "Name": f"hello-dev-switch-{EAST}"}
    assert switch["HealthCheckConfig"]["InsufficientDataHealthStatus"] == "LastKnownStatus"
    calculated = checks[f"{EAST}/calculated"]["HealthCheckConfig"]
    assert set(calculated["ChildHealthChecks"]) == {checks[f"{EAST}/endpoint"]["Id"], switch["Id"]}
    assert calculated["HealthThreshold"] == 2
    for name, check in checks.items():
        tags = world.tags(check["Id"])
        assert tags.items() >= {**OURS, "Resource": f"health_check/{name.replace('/', '-')}"}.items()
    east = result["regions"][0]
    assert east["endpoint_health_check_id"] == checks[f"{EAST}/endpoint"]["Id"]
    assert east["health_check_id"] == checks[f"{EAST}/calculated"]["Id"]
    assert east["switch_health_check_ids"] == {WEST: switch["Id"]}


def test_it_makes_the_switch_alarms_in_the_other_region(world: World, converge: Converge) -> None:
    converge(EAST, WEST, tags={"Team": "blue"})
    for seat, evicted in ((EAST, WEST), (WEST, EAST)):
        alarms = world.alarms(seat)
        assert set(alarms) == {f"hello-dev-switch-{evicted}"}
        alarm = alarms[f"hello-dev-switch-{evicted}"]
        assert alarm.items() >= ALARM.items()
        dimensions = {item["Name"]: item["Value"] for item in alarm["Dimensions"]}
        assert dimensions == {"Stack": "hello", "Environment": "dev", "Region": evicted}
        assert world.alarm_tags(seat, alarm["AlarmArn"]).items() >= {**OURS, "Team": "blue"}.items()


def test_one_region_is_a_primary_alone_and_a_second_one_only_adds(
    world: World, converge: Converge, aws: Sandbox
) -> None:
    converge(EAST)
    assert {key[1] for key in world.records()} == {None, f"hello/dev/{EAST}"}
    mark = aws.requests.mark()
    result = converge(EAST, WEST)
    assert "hello/dev/us-east-1" not in next(c["reason"] for c in result["changes"] if c["name"] == "failover")
    assert len([call for call in aws.requests.writes(mark) if call.operation == "ChangeResourceRecordSets"]) == 2


def test_another_name_than_the_apex(world: World, converge: Converge) -> None:
    converge(EAST, WEST, record_name=f"app.{DOMAIN}")
    assert {name for name, _identifier in world.records()} == {
        f"app.{DOMAIN}.",
        f"{EAST}.app.{DOMAIN}.",
        f"{WEST}.app.{DOMAIN}.",
    }
    converge(state="absent", record_name=f"app.{DOMAIN}")
    assert not world.records()


def test_a_second_run_changes_nothing_with_few_calls(world: World, converge: Converge, aws: Sandbox) -> None:
    converge(EAST, WEST)
    mark = aws.requests.mark()
    again = converge(EAST, WEST)
    assert not again["changed"]
    assert len(aws.requests.since(mark)) <= 16
    mark = aws.requests.mark()
    assert not converge(EAST, WEST, zone_id=world.zone_id)["changed"]
    assert len(aws.requests.since(mark)) <= 15
    assert not aws.requests.writes(mark)


def test_tags_of_many_alarms_take_a_call_a_region(world: World, converge: Converge, aws: Sandbox) -> None:
    regions = (EAST, WEST, OREGON, "eu-west-1")
    for region in regions[2:]:
        world.deploy(region)
    converge(*regions, tags={"Team": "blue"})
    mark = aws.requests.mark()
    assert not converge(*regions, tags={"Team": "blue"})["changed"]
    assert tag_calls(aws, mark) == {"GetResources": 4}
    # Without that right each alarm is asked.
    right = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    refused = {"Effect": "Deny", "Action": "tag:GetResources", "Resource": "*"}
    aws.restrict("dev", {"Version": "2012-10-17", "Statement": [right, refused]})
    mark = aws.requests.mark()
    assert not converge(*regions, tags={"Team": "blue"})["changed"]
    assert tag_calls(aws, mark) == {"GetResources": 4, "ListTagsForResource": 12}
    untag_alarm(world)
    assert addresses(converge(*regions, tags={"Team": "blue"})) == {f"metric_alarm/{EAST}-switch-{WEST}"}


def tag_calls(aws: Sandbox, mark: int) -> collections.Counter[str]:
    """Calls for the tags of alarms."""
    names = ("GetResources", "ListTagsForResource")
    return collections.Counter(
        call.operation
        for call in aws.requests.since(mark)
        if call.operation in names and call.service in ("cloudwatch", "resourcegroupstaggingapi")
    )


def test_a_dry_run_on_an_empty_account_shows_the_whole_plan(aws: Sandbox, converge: Converge) -> None:
    mark = aws.requests.mark()
    result = converge(EAST, WEST, check_mode=True)
    assert not aws.requests.writes(mark)
    kinds = [(change["kind"], change["action"]) for change in result["changes"]]
    assert kinds.count(("record_sets", "create")) == 2
    assert kinds.count(("health_check", "create")) == 6
    assert kinds.count(("metric_alarm", "create")) == 2
    assert is_unknown(result["zone_id"])
    assert is_unknown(result["regions"][1]["load_balancer_dns_name"])
    assert is_unknown(result["regions"][0]["health_check_id"])
    assert result["not_ready"] == []


def test_a_dry_run_says_what_the_run_does(world: World, converge: Converge) -> None:
    mark = world.aws.requests.mark()
    dry = converge(EAST, WEST, check_mode=True)
    assert not world.aws.requests.writes(mark)
    wet = converge(EAST, WEST)
    assert dry["changes"] == wet["changes"]
    assert dry.keys() == wet.keys()
    after = converge(EAST, WEST, check_mode=True)
    assert not after["changed"]


def test_a_zone_that_does_not_exist_is_named(aws: Sandbox, converge: Converge) -> None:
    with pytest.raises(SpecError, match=r"no public zone dev\.example\.com"):
        converge(EAST)
    with pytest.raises(SpecError, match="Z0NOWHERE"):
        converge(EAST, zone_id="Z0NOWHERE")
    assert not converge(state="absent")["changed"]
    del aws
