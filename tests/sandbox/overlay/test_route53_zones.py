# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosted zones: ids, name servers, references, deletion, order of lists, changes, tags."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.sandbox.overlay.conftest import Local
from tests.sandbox.overlay.helpers import refused

SUFFIXES = ("com", "net", "org", "co.uk")


@pytest.fixture
def route53(local: Local) -> Any:
    return local.client("route53")


def create_zone(route53: Any, name: str, reference: str = "") -> Any:
    return route53.create_hosted_zone(Name=name, CallerReference=reference or f"test/{name}")


def records_of(route53: Any, zone_id: str) -> dict[str, Any]:
    listed = route53.list_resource_record_sets(HostedZoneId=zone_id)["ResourceRecordSets"]
    return {record["Type"]: record for record in listed}


def test_a_zone_has_four_name_servers_of_its_own_and_says_so_in_its_apex(route53: Any) -> None:
    sets = []
    for name in ("dev.example.com", "example.com"):
        created = create_zone(route53, name)
        servers = created["DelegationSet"]["NameServers"]
        assert [server.partition(".awsdns-")[2].partition(".")[2] for server in servers] == list(SUFFIXES)
        apex = records_of(route53, created["HostedZone"]["Id"])
        assert [value["Value"] for value in apex["NS"]["ResourceRecords"]] == [f"{server}." for server in servers]
        assert apex["NS"]["TTL"] == 172800
        assert apex["SOA"]["ResourceRecords"][0]["Value"].startswith(f"{servers[0]}. awsdns-hostmaster.amazon.com. ")
        again = route53.get_hosted_zone(Id=created["HostedZone"]["Id"])
        assert again["DelegationSet"] == {"NameServers": servers}
        sets.append(set(servers))
    assert not sets[0] & sets[1]


def test_ids_look_like_those_of_aws(route53: Any) -> None:
    zone_id = create_zone(route53, "example.com")["HostedZone"]["Id"]
    assert zone_id.startswith("/hostedzone/Z")


def test_a_caller_reference_is_refused_also_after_the_zone_is_gone(route53: Any) -> None:
    zone_id = create_zone(route53, "example.com", "once")["HostedZone"]["Id"]
    with refused("HostedZoneAlreadyExists", "once"):
        create_zone(route53, "example.com", "once")
    route53.delete_hosted_zone(Id=zone_id)
    with refused("HostedZoneAlreadyExists", "once"):
        create_zone(route53, "other.example.com", "once")
    assert route53.list_hosted_zones()["HostedZones"] == []


def test_two_zones_may_have_one_name(route53: Any) -> None:
    first = create_zone(route53, "example.com", "first")["HostedZone"]
    second = create_zone(route53, "example.com", "second")["HostedZone"]
    assert first["Id"] != second["Id"]


def test_a_zone_with_other_records_than_its_own_cannot_be_deleted(route53: Any) -> None:
    zone_id = create_zone(route53, "example.com")["HostedZone"]["Id"]
    # moto takes any NS record for one of the zone itself
    delegation = {
        "Name": "dev.example.com",
        "Type": "NS",
        "TTL": 300,
        "ResourceRecords": [{"Value": "ns.example.org."}],
    }
    change = {"Action": "CREATE", "ResourceRecordSet": delegation}
    route53.change_resource_record_sets(HostedZoneId=zone_id, ChangeBatch={"Changes": [change]})
    with refused("HostedZoneNotEmpty"):
        route53.delete_hosted_zone(Id=zone_id)
    undo = {"Action": "DELETE", "ResourceRecordSet": delegation}
    route53.change_resource_record_sets(HostedZoneId=zone_id, ChangeBatch={"Changes": [undo]})
    route53.delete_hosted_zone(Id=zone_id)
    with refused("NoSuchHostedZone"):
        route53.get_hosted_zone(Id=zone_id)


def test_listing_by_name_starts_at_the_name_and_goes_by_reversed_labels(route53: Any) -> None:
    for name in ("b.example.com", "example.org", "a.b.example.com", "example.com", "z.a.example.com"):
        create_zone(route53, name)

    def names(**start: Any) -> list[str]:
        return [zone["Name"] for zone in route53.list_hosted_zones_by_name(**start)["HostedZones"]]

    everything = ["example.com.", "z.a.example.com.", "b.example.com.", "a.b.example.com.", "example.org."]
    assert names() == everything
    assert names(DNSName="b.example.com") == everything[2:]
    # not there, and still an answer: whoever takes the first zone gets another's
    assert names(DNSName="aa.example.com") == everything[2:]


def test_listing_by_name_comes_in_pages(route53: Any) -> None:
    for place in range(3):
        create_zone(route53, "example.com", f"number {place}")
    page = route53.list_hosted_zones_by_name(MaxItems="2")
    assert page["IsTruncated"]
    rest = route53.list_hosted_zones_by_name(DNSName=page["NextDNSName"], HostedZoneId=page["NextHostedZoneId"])
    identifiers = [zone["Id"] for part in (page, rest) for zone in part["HostedZones"]]
    assert len(set(identifiers)) == len(identifiers) == 3
    assert not rest["IsTruncated"]


def test_a_change_is_pending_for_a_while(local: Local, route53: Any) -> None:
    change = create_zone(route53, "example.com")["ChangeInfo"]
    assert change["Status"] == "PENDING"

    def status() -> str:
        return str(route53.get_change(Id=change["Id"])["ChangeInfo"]["Status"])

    local.passes("change_insync", 0.9)
    assert status() == "PENDING"
    local.passes("change_insync", 0.2)
    assert status() == "INSYNC"
    with refused("NoSuchChange"):
        route53.get_change(Id="C000")


def test_tags_are_those_of_things_that_exist_ten_ids_a_call(route53: Any) -> None:
    zone_id = create_zone(route53, "example.com")["HostedZone"]["Id"].rpartition("/")[2]
    tag = {"Key": "Stack", "Value": "hello"}
    route53.change_tags_for_resource(ResourceType="hostedzone", ResourceId=zone_id, AddTags=[tag])
    (found,) = route53.list_tags_for_resources(ResourceType="hostedzone", ResourceIds=[zone_id])["ResourceTagSets"]
    assert found["Tags"] == [tag]
    with refused("NoSuchHealthCheck"):
        route53.change_tags_for_resource(ResourceType="healthcheck", ResourceId=zone_id, AddTags=[tag])
    with refused("InvalidInput", "10"):
        route53.list_tags_for_resources(ResourceType="hostedzone", ResourceIds=[zone_id] * 11)
    route53.delete_hosted_zone(Id=zone_id)
    with refused("NoSuchHostedZone"):
        route53.list_tags_for_resource(ResourceType="hostedzone", ResourceId=zone_id)


def test_query_logging_is_listed_by_zone(local: Local) -> None:
    route53, logs = local.client("route53"), local.client("logs", region="us-east-1")
    logs.create_log_group(logGroupName="/aws/route53/logged.example.net")
    (group,) = logs.describe_log_groups()["logGroups"]
    ids = [
        route53.create_hosted_zone(Name=name, CallerReference=name)["HostedZone"]["Id"].rpartition("/")[2]
        for name in ("logged.example.net", "quiet.example.net")
    ]
    request = {"HostedZoneId": ids[0], "CloudWatchLogsLogGroupArn": group["arn"].removesuffix(":*")}
    with refused("InsufficientCloudWatchLogsResourcePolicy"):
        route53.create_query_logging_config(**request)
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "route53.amazonaws.com"},
        "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
        "Resource": "arn:aws:logs:us-east-1:*:log-group:/aws/route53/*",
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    logs.put_resource_policy(policyName="route53", policyDocument=policy)
    with refused("NoSuchCloudWatchLogsLogGroup"):
        route53.create_query_logging_config(**{**request, "CloudWatchLogsLogGroupArn": f"{group['arn'][:-2]}x"})
    with refused("InvalidInput"):
        route53.create_query_logging_config(**{**request, "CloudWatchLogsLogGroupArn": "arn:aws:logs:eu-west-1:1:x"})
    route53.create_query_logging_config(**request)
    with refused("QueryLoggingConfigAlreadyExists"):
        route53.create_query_logging_config(**request)
    listed = [route53.list_query_logging_configs(HostedZoneId=zone)["QueryLoggingConfigs"] for zone in ids]
    assert [[config["HostedZoneId"] for config in configs] for configs in listed] == [[ids[0]], []]
    assert len(route53.list_query_logging_configs()["QueryLoggingConfigs"]) == 1
    with refused("NoSuchHostedZone"):
        route53.list_query_logging_configs(HostedZoneId="Z0NOSUCHZONE")


def test_protected_record_sets_are_neither_made_nor_changed_and_keep_the_zone(local: Local) -> None:
    """Developer Guide, "Protecting records from changes"."""
    route53 = local.client("route53")
    zone_id = route53.create_hosted_zone(Name="kept.example.net", CallerReference="kept")["HostedZone"]["Id"]
    protection = {"RecordName": "www.kept.example.net", "RecordType": "A"}
    route53.create_resource_record_set_protections(HostedZoneId=zone_id, Protections=[protection])
    record = {"Name": "www.kept.example.net", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "192.0.2.1"}]}
    request = {
        "HostedZoneId": zone_id,
        "ChangeBatch": {"Changes": [{"Action": "UPSERT", "ResourceRecordSet": record}]},
    }
    with refused("InvalidChangeBatch", "protected"):
        route53.change_resource_record_sets(**request)
    with refused("HostedZoneNotEmpty"):
        route53.delete_hosted_zone(Id=zone_id)
    (listed,) = route53.list_resource_record_set_protections(HostedZoneId=zone_id)["ResourceRecordSetProtections"]
    assert listed == protection | {"RecordName": "www.kept.example.net."}
    route53.delete_resource_record_set_protections(HostedZoneId=zone_id, Protections=[protection])
    route53.change_resource_record_sets(**request)
