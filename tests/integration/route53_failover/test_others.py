# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What others made is left alone, or in the way."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._engine.errors import ConflictError
from sandbox import Sandbox
from tests.sampling import every_third

from .world import ALARM, DOMAIN, EAST, NAME, OREGON, OURS, WEST, Converge, World, primary, settings

pytestmark = pytest.mark.once


def test_what_looks_alike_is_not_touched(world: World, converge: Converge) -> None:
    config = {
        "Type": "HTTP",
        "FullyQualifiedDomainName": f"{EAST}.{DOMAIN}",
        "Port": 80,
        "ResourcePath": "/",
        "RequestInterval": 10,
        "FailureThreshold": 3,
    }
    twin = world.route53.create_health_check(
        CallerReference="elf/0000000000/us-east-1/endpoint/1", HealthCheckConfig=config
    )
    # Tags are easily copied; they say nothing about whose a check is.
    world.route53.change_tags_for_resource(
        ResourceType="healthcheck",
        ResourceId=twin["HealthCheck"]["Id"],
        AddTags=[{"Key": key, "Value": value} for key, value in OURS.items()],
    )
    neighbour = {**ALARM, "AlarmName": "hello-dev-switch-eu-west-1", "Dimensions": []}
    world.aws.client("cloudwatch", region=EAST).put_metric_alarm(**neighbour)
    world.change("CREATE", Name=f"www.{DOMAIN}", Type="A", TTL=60, ResourceRecords=[{"Value": "192.0.2.1"}])
    world.change("CREATE", Name=DOMAIN, Type="TXT", TTL=60, ResourceRecords=[{"Value": '"mine"'}])

    def foreign() -> tuple[t.Any, ...]:
        records = world.route53.list_resource_record_sets(HostedZoneId=world.zone_id)["ResourceRecordSets"]
        checks = world.route53.list_health_checks()["HealthChecks"]
        alarms = world.alarms(EAST)
        return (
            [record for record in records if record["Type"] in ("NS", "SOA", "TXT") or "www" in record["Name"]],
            [check for check in checks if check["Id"] == twin["HealthCheck"]["Id"]],
            settings(alarms["hello-dev-switch-eu-west-1"]),
        )

    before = foreign()
    converge(EAST, WEST)
    ids = {check["Id"] for check in world.route53.list_health_checks()["HealthChecks"]}
    assert twin["HealthCheck"]["Id"] in ids
    assert primary(world)["HealthCheckId"] != twin["HealthCheck"]["Id"]
    assert foreign() == before
    converge(WEST, state="absent")
    assert foreign() == before
    converge(state="absent")
    assert foreign() == before


def test_a_load_balancer_of_others_is_not_added(world: World, converge: Converge) -> None:
    world.deploy(OREGON, tags={})
    result = converge(EAST, WEST, OREGON)
    assert "is not this stack's" in result["not_ready"][0]["reason"]
    assert len(result["regions"]) == 2


def test_an_alarm_of_others_under_our_name_is_an_error_before_the_first_change(
    world: World, converge: Converge, aws: Sandbox
) -> None:
    name = f"hello-dev-switch-{EAST}"
    world.aws.client("cloudwatch", region=WEST).put_metric_alarm(AlarmName=name, **ALARM)
    mark = aws.requests.mark()
    with pytest.raises(ConflictError, match=name):
        converge(EAST, WEST)
    assert not aws.requests.writes(mark)


def test_a_simple_record_to_our_load_balancer_becomes_the_pair_in_one_batch(
    world: World, converge: Converge, aws: Sandbox
) -> None:
    balancer = world.aws.client("elbv2", region=EAST).describe_load_balancers(Names=[NAME])["LoadBalancers"][0]
    alias = {
        "DNSName": f"dualstack.{balancer['DNSName']}",
        "HostedZoneId": balancer["CanonicalHostedZoneId"],
        "EvaluateTargetHealth": False,
    }
    world.change("CREATE", Name=DOMAIN, Type="A", AliasTarget=alias)
    mark = aws.requests.mark()
    converge(EAST, WEST)
    batches = [call for call in aws.requests.writes(mark) if call.operation == "ChangeResourceRecordSets"]
    assert len(batches) == 2, "the regional names, and the pair"
    assert [key[1] for key in world.records() if key[0] == f"{DOMAIN}."] == [f"hello/dev/{EAST}", f"hello/dev/{WEST}"]


_OF_OTHERS: t.Final = {
    "A": "192.0.2.1",
    "AAAA": "2001:db8::1",
    "HTTPS": "1 . alpn=h2 ipv4hint=192.0.2.1",
    "CNAME": "elsewhere.example.net",
}


@pytest.mark.parametrize(
    ("name", "kind"),
    every_third(
        [
            *((DOMAIN, kind) for kind in ("A", "AAAA", "HTTPS")),
            *((f"{EAST}.{DOMAIN}", kind) for kind in ("A", "AAAA", "HTTPS", "CNAME")),
        ]
    ),
)
def test_a_record_of_others_is_an_error_before_the_first_change_or_replaced(
    name: str, kind: str, world: World, converge: Converge, aws: Sandbox
) -> None:
    world.change("CREATE", Name=name, Type=kind, TTL=60, ResourceRecords=[{"Value": _OF_OTHERS[kind]}])
    mark = aws.requests.mark()
    with pytest.raises(ConflictError, match=rf"{kind} {name} .*\breplace_records to true"):
        converge(EAST, WEST)
    assert not aws.requests.writes(mark)
    converge(EAST, WEST, replace_records=True)
    batches = [call for call in aws.requests.writes(mark) if call.operation == "ChangeResourceRecordSets"]
    assert len(batches) == 2, "the regional names, and the pair"
    found = world.aws.client("route53").list_resource_record_sets(HostedZoneId=world.zone_id)["ResourceRecordSets"]
    here = [record for record in found if record["Name"] == f"{name}." and record["Type"] in _OF_OTHERS]
    assert {record["Type"] for record in here} == {"A"}
    assert all("AliasTarget" in record for record in here)
    assert not converge(EAST, WEST)["changed"]


def test_failover_records_of_others_are_replaced_in_one_batch(world: World, converge: Converge, aws: Sandbox) -> None:
    for role, region in (("PRIMARY", EAST), ("SECONDARY", WEST)):
        balancer = world.aws.client("elbv2", region=region).describe_load_balancers(Names=[NAME])["LoadBalancers"][0]
        alias = {
            "DNSName": balancer["DNSName"],
            "HostedZoneId": balancer["CanonicalHostedZoneId"],
            "EvaluateTargetHealth": True,
        }
        world.change("CREATE", Name=DOMAIN, Type="A", SetIdentifier=f"tf-{role}", Failover=role, AliasTarget=alias)
    with pytest.raises(ConflictError, match="replace_records"):
        converge(EAST, WEST)
    mark = aws.requests.mark()
    converge(EAST, WEST, replace_records=True)
    batches = [call for call in aws.requests.writes(mark) if call.operation == "ChangeResourceRecordSets"]
    assert len(batches) == 2, "the regional names, and the pair"
    assert [key[1] for key in world.records() if key[0] == f"{DOMAIN}."] == [f"hello/dev/{EAST}", f"hello/dev/{WEST}"]
