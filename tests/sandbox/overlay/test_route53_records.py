# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Batches of record changes: all or nothing, exact deletions, and what Route 53 refuses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from sandbox.overlay.route53.changes import alias_rules
from tests.sandbox.overlay.conftest import Local
from tests.sandbox.overlay.helpers import create_balancer, create_public_network, refused

NAME = "dev.example.com."


@dataclass
class Zone:
    route53: Any
    id: str

    def change(self, *changes: tuple[str, dict[str, Any]]) -> None:
        batch = [{"Action": action, "ResourceRecordSet": record} for action, record in changes]
        self.route53.change_resource_record_sets(HostedZoneId=self.id, ChangeBatch={"Changes": batch})

    def records(self) -> list[dict[str, Any]]:
        """Without those that every zone has."""
        listed = self.route53.list_resource_record_sets(HostedZoneId=self.id)["ResourceRecordSets"]
        return [record for record in listed if record["Type"] not in ("NS", "SOA") or record["Name"] != NAME]


@pytest.fixture
def zone(local: Local) -> Zone:
    route53 = local.client("route53")
    created = route53.create_hosted_zone(Name=NAME, CallerReference="test")
    return Zone(route53, created["HostedZone"]["Id"].rpartition("/")[2])


def address(value: str = "192.0.2.1", name: str = NAME, **more: Any) -> dict[str, Any]:
    return {"Name": name, "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": value}], **more}


def member(role: str, value: str = "192.0.2.1", **more: Any) -> dict[str, Any]:
    return address(value, **{"Failover": role, "SetIdentifier": role.lower(), **more})


@pytest.fixture
def primary(zone: Zone) -> dict[str, Any]:
    """A primary record with the health check it needs."""
    config = {"Type": "HTTP", "FullyQualifiedDomainName": "us-east-1.dev.example.com"}
    check = zone.route53.create_health_check(CallerReference="test", HealthCheckConfig=config)["HealthCheck"]["Id"]
    return member("PRIMARY", HealthCheckId=check)


def test_a_batch_with_one_wrong_change_does_nothing(zone: Zone) -> None:
    zone.change(("CREATE", address()))
    with refused("InvalidChangeBatch", "Tried to delete", "was not found"):
        zone.change(("CREATE", address(name="new.dev.example.com.")), ("DELETE", address(name="none.dev.example.com.")))
    assert zone.records() == [address()]


def test_create_refuses_what_is_there_and_upsert_replaces_it(zone: Zone) -> None:
    zone.change(("CREATE", address()))
    with refused("InvalidChangeBatch", "Tried to create resource record set [name='dev.example.com.', type='A']"):
        zone.change(("CREATE", address("192.0.2.2")))
    zone.change(("UPSERT", address("192.0.2.3")))
    assert zone.records() == [address("192.0.2.3")]


@pytest.mark.parametrize("difference", [{"TTL": 61}, {"ResourceRecords": [{"Value": "192.0.2.9"}]}])
def test_a_deletion_must_match_exactly(zone: Zone, difference: dict[str, Any]) -> None:
    zone.change(("CREATE", address()))
    with refused("InvalidChangeBatch", "do not match the current values"):
        zone.change(("DELETE", address() | difference))
    zone.change(("DELETE", address()))
    assert zone.records() == []


def test_the_order_of_values_does_not_matter_to_a_deletion(zone: Zone) -> None:
    values = [{"Value": "192.0.2.1"}, {"Value": "192.0.2.2"}]
    zone.change(("CREATE", address() | {"ResourceRecords": values}))
    zone.change(("DELETE", address() | {"ResourceRecords": values[::-1]}))
    assert zone.records() == []


def test_deleting_one_set_identifier_leaves_the_same_one_of_other_names(zone: Zone, primary: dict[str, Any]) -> None:
    """moto removes every record with that identifier."""
    other = {**primary, "Name": "other.dev.example.com."}
    zone.change(("CREATE", primary), ("CREATE", other))
    zone.change(("DELETE", primary))
    assert zone.records() == [other]


def test_one_primary_and_one_secondary(zone: Zone, primary: dict[str, Any]) -> None:
    zone.change(("CREATE", primary), ("CREATE", member("SECONDARY")))
    for role in ("PRIMARY", "SECONDARY"):
        third = {**primary, "Failover": role, "SetIdentifier": "third"}
        with refused("InvalidChangeBatch", f"another {role} exists"):
            zone.change(("CREATE", third))
    assert len(zone.records()) == 2


def test_roles_are_swapped_in_one_batch(zone: Zone, primary: dict[str, Any]) -> None:
    second = {**primary, "Failover": "SECONDARY", "SetIdentifier": "other"}
    zone.change(("CREATE", primary), ("CREATE", second))
    zone.change(("UPSERT", {**primary, "Failover": "SECONDARY"}), ("UPSERT", {**second, "Failover": "PRIMARY"}))
    assert {record["SetIdentifier"]: record["Failover"] for record in zone.records()} == {
        "primary": "SECONDARY",
        "other": "PRIMARY",
    }


def test_a_simple_record_and_a_failover_pair_exclude_each_other(zone: Zone, primary: dict[str, Any]) -> None:
    zone.change(("CREATE", address()))
    with refused("InvalidChangeBatch", "another routing policy"):
        zone.change(("CREATE", primary), ("CREATE", member("SECONDARY")))
    zone.change(("DELETE", address()), ("CREATE", primary), ("CREATE", member("SECONDARY")))
    with refused("InvalidChangeBatch", "another routing policy"):
        zone.change(("UPSERT", address()))


def test_a_primary_that_is_no_alias_needs_a_health_check(zone: Zone) -> None:
    with refused("InvalidChangeBatch", "A non-alias primary ResourceRecordSet must have an associated health check"):
        zone.change(("CREATE", member("PRIMARY")))


def test_a_health_check_must_exist(zone: Zone) -> None:
    with refused("InvalidChangeBatch", "11111111"):
        zone.change(("CREATE", member("PRIMARY", HealthCheckId="11111111-2222-3333-4444-555555555555")))


def alias(target: str, zone_id: str, name: str = NAME, **more: Any) -> dict[str, Any]:
    aim = {"HostedZoneId": zone_id, "DNSName": target, "EvaluateTargetHealth": True}
    return {"Name": name, "Type": "A", "AliasTarget": aim, **more}


def test_an_alias_has_no_ttl_and_no_values(zone: Zone) -> None:
    zone.change(("CREATE", address(name="a.dev.example.com.")))
    target = alias("a.dev.example.com.", zone.id)
    with refused("InvalidInput", "more than one"):
        zone.change(("CREATE", {**target, "TTL": 60}))
    with refused("InvalidInput", "none"):
        zone.change(("CREATE", {"Name": NAME, "Type": "A", "TTL": 60}))
    zone.change(("CREATE", target))


def test_an_alias_in_the_zone_needs_its_target_also_when_made_in_the_same_batch(zone: Zone) -> None:
    target = alias("standby-1.dev.example.com.", zone.id)
    with refused("InvalidChangeBatch", "that target was not found"):
        zone.change(("CREATE", target))
    zone.change(("CREATE", target), ("CREATE", address(name="standby-1.dev.example.com.")))
    with refused("InvalidChangeBatch", "does not lie within the target zone"):
        zone.change(("CREATE", alias("example.org.", zone.id, name="x.dev.example.com.")))


def test_an_alias_to_a_record_of_its_batch_can_be_refused(local: Local, zone: Zone) -> None:
    assert local.aws is not None
    alias_rules(local.aws.world)["same_batch"] = False
    lower, upper = address(name="standby-1.dev.example.com."), alias("standby-1.dev.example.com.", zone.id)
    with refused("InvalidChangeBatch", "that target was not found"):
        zone.change(("CREATE", lower), ("CREATE", upper))
    assert not zone.records()
    zone.change(("CREATE", lower))
    zone.change(("CREATE", upper))


def test_an_alias_to_a_load_balancer_takes_the_zone_of_its_region(local: Local, zone: Zone) -> None:
    elb = local.client("elbv2")
    _vpc_id, subnet_ids = create_public_network(local.client("ec2"))
    balancer = create_balancer(elb, subnet_ids)
    name, right = balancer["DNSName"], balancer["CanonicalHostedZoneId"]
    with refused("InvalidChangeBatch", "does not lie within the target zone"):
        zone.change(("CREATE", alias(name, "Z35SXDOTRQ7X7K")))  # that of us-east-1
    with refused("InvalidChangeBatch", "that target was not found"):
        zone.change(("CREATE", alias("nobody-1.us-west-1.elb.amazonaws.com", right)))
    zone.change(("CREATE", alias(f"dualstack.{name.upper()}", right)))
    (record,) = zone.records()
    assert record["AliasTarget"]["DNSName"] == f"dualstack.{name.lower()}."


@pytest.mark.parametrize("name", ["example.com.", "notdev.example.com.", "dev.example.com.org."])
def test_a_name_must_be_in_the_zone_at_a_label_boundary(zone: Zone, name: str) -> None:
    with refused("InvalidChangeBatch", "is not permitted in zone"):
        zone.change(("CREATE", address(name=name)))


@pytest.mark.parametrize(
    ("record", "words"),
    [
        (address("2001:db8::1"), "Invalid Resource Record"),
        (address() | {"ResourceRecords": [{"Value": "192.0.2.1"}] * 2}, "Duplicate"),
        ({"Name": NAME, "Type": "CNAME", "TTL": 60, "ResourceRecords": [{"Value": "a.b."}]}, "apex"),
        (address(name="a..dev.example.com."), "FATAL problem"),
        (address(name=f"{'a' * 64}.dev.example.com."), "FATAL problem"),
        ({"Name": NAME, "Type": "TXT", "TTL": 60, "ResourceRecords": [{"Value": "bare"}]}, "quotation marks"),
    ],
)
def test_a_record_must_be_valid(zone: Zone, record: dict[str, Any], words: str) -> None:
    with refused("InvalidChangeBatch", words):
        zone.change(("CREATE", record))


def test_a_cname_stands_alone(zone: Zone) -> None:
    name = "www.dev.example.com."
    zone.change(("CREATE", address(name=name)))
    with refused("InvalidChangeBatch", "CNAME"):
        cname = {"Name": name, "Type": "CNAME", "TTL": 60, "ResourceRecords": [{"Value": "dev.example.com."}]}
        zone.change(("CREATE", cname))


@pytest.mark.parametrize("more", [{"SetIdentifier": "lonely"}, {"Failover": "SECONDARY"}, {"Weight": 1}])
def test_a_policy_and_a_set_identifier_go_together(zone: Zone, more: dict[str, Any]) -> None:
    with refused("InvalidInput", "SetIdentifier"):
        zone.change(("CREATE", address(**more)))


def test_one_change_a_record_set_but_delete_and_create(zone: Zone) -> None:
    with refused("InvalidChangeBatch", "invalid set of changes"):
        zone.change(("UPSERT", address()), ("UPSERT", address("192.0.2.2")))
    zone.change(("CREATE", address()))
    zone.change(("DELETE", address()), ("CREATE", address("192.0.2.2")))
    assert zone.records() == [address("192.0.2.2")]


@pytest.mark.parametrize("kind", ["NS", "SOA"])
def test_a_zone_keeps_its_own_records(zone: Zone, kind: str) -> None:
    listed = zone.route53.list_resource_record_sets(HostedZoneId=zone.id)["ResourceRecordSets"]
    own = next(record for record in listed if record["Type"] == kind)
    with refused("InvalidChangeBatch", f"one {kind} record"):
        zone.change(("DELETE", own))


def test_names_come_back_as_aws_writes_them(zone: Zone) -> None:
    zone.change(("CREATE", address(name="*.Dev.Example.COM")))
    assert [record["Name"] for record in zone.records()] == ["\\052.dev.example.com."]


def test_lists_go_by_reversed_labels_and_in_pages(zone: Zone, primary: dict[str, Any]) -> None:
    names = ["b.dev.example.com.", "z.a.dev.example.com.", "a.dev.example.com."]
    zone.change(
        ("CREATE", primary), ("CREATE", member("SECONDARY")), *[("CREATE", address(name=name)) for name in names]
    )
    seen: list[tuple[str, str]] = []
    page: dict[str, Any] = {}
    start: dict[str, Any] = {}
    while not seen or page["IsTruncated"]:
        page = zone.route53.list_resource_record_sets(HostedZoneId=zone.id, MaxItems="1", **start)
        seen += [(record["Name"], record.get("SetIdentifier", record["Type"])) for record in page["ResourceRecordSets"]]
        marks = ("NextRecordName", "NextRecordType", "NextRecordIdentifier")
        start = {f"Start{mark.removeprefix('Next')}": page[mark] for mark in marks if mark in page}
    assert seen == [
        (NAME, "primary"),
        (NAME, "secondary"),
        (NAME, "NS"),
        (NAME, "SOA"),
        ("a.dev.example.com.", "A"),
        ("z.a.dev.example.com.", "A"),
        ("b.dev.example.com.", "A"),
    ]
