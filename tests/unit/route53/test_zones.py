# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._aws.owner import Owner
from ansible_collections.everlook.failover.plugins.module_utils._engine.errors import ConflictError
from ansible_collections.everlook.failover.plugins.module_utils._route53.caller_references import (
    caller_reference,
    reference_role,
)
from ansible_collections.everlook.failover.plugins.module_utils._route53.zones import (
    Zone,
    bare_id,
    choose,
    new_zone_reference,
    own_zones,
    public_zones,
    read_public_zones,
    read_records_within,
)

OWNER = Owner(stack="hello", environment="dev", component="dns")


def zone(zone_id: str = "Z1", *, own: bool = False, records: int = 2, private: bool = False, **fields: t.Any) -> Zone:
    # Ids stand in for the moments of creation.
    reference = f"{new_zone_reference(OWNER).rpartition('/')[0]}/{zone_id}" if own else f"theirs-{zone_id}"
    known = {"name": "dev.example.com.", "caller_reference": reference, **fields}
    return Zone(zone_id=zone_id, private=private, record_count=records, **known)


def api(name: str, zone_id: str = "Z1", *, private: bool = False) -> dict[str, t.Any]:
    return {
        "Id": f"/hostedzone/{zone_id}",
        "Name": name,
        "CallerReference": "theirs",
        "Config": {"PrivateZone": private},
        "ResourceRecordSetCount": 2,
    }


class Pages:
    """ListHostedZonesByName and ListResourceRecordSets, the latter by way of its paginator, too."""

    def __init__(self, *pages: dict[str, t.Any]) -> None:
        self.pages = list(pages)
        self.asked: list[dict[str, t.Any]] = []

    def list_hosted_zones_by_name(self, **request: t.Any) -> dict[str, t.Any]:
        self.asked.append(request)
        return self.pages.pop(0)

    def list_resource_record_sets(self, **request: t.Any) -> dict[str, t.Any]:
        return self.list_hosted_zones_by_name(**request)

    def get_paginator(self, _operation: str) -> Pages:
        return self

    def paginate(self, **request: t.Any) -> t.Iterator[dict[str, t.Any]]:
        self.asked.append(request)
        while self.pages:
            yield self.pages.pop(0)


def test_a_zone_is_matched_by_its_whole_name_and_must_be_public() -> None:
    zones = [
        zone("Z1"),
        zone("Z2", private=True),
        zone("Z3", name="xdev.example.com."),
        zone("Z4", name="example.com."),
    ]
    assert [found.zone_id for found in public_zones(zones, "DEV.example.com")] == ["Z1"]


def test_the_list_starts_at_a_name_and_goes_on_to_others() -> None:
    client = Pages({"HostedZones": [api("dev.example.com."), api("dev2.example.com.", "Z2")], "IsTruncated": True})
    assert [found.zone_id for found in read_public_zones(client, "dev.example.com")] == ["Z1"]
    assert client.asked == [{"DNSName": "dev.example.com."}]


def test_a_missing_zone_is_not_the_next_one() -> None:
    client = Pages({"HostedZones": [api("dev2.example.com.")], "IsTruncated": False})
    assert read_public_zones(client, "dev.example.com") == ()


def test_a_list_that_does_not_say_whether_it_goes_on_has_ended() -> None:
    client = Pages({"HostedZones": [api("dev.example.com.")]})
    assert [found.zone_id for found in read_public_zones(client, "dev.example.com")] == ["Z1"]


def test_zones_of_one_name_may_fill_a_page() -> None:
    first = {
        "HostedZones": [api("dev.example.com.", "Z1", private=True)],
        "IsTruncated": True,
        "NextDNSName": "dev.example.com.",
        "NextHostedZoneId": "Z2",
    }
    client = Pages(first, {"HostedZones": [api("dev.example.com.", "Z2")], "IsTruncated": False})
    assert [found.zone_id for found in read_public_zones(client, "dev.example.com")] == ["Z2"]
    assert client.asked[1] == {"DNSName": "dev.example.com.", "HostedZoneId": "Z2"}


def test_records_within_a_name_end_where_the_next_name_begins() -> None:
    def record(name: str) -> dict[str, t.Any]:
        return {"Name": name, "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "192.0.2.1"}]}

    first = {
        "ResourceRecordSets": [record("dev.example.com."), record("a.dev.example.com.")],
        "IsTruncated": True,
        "NextRecordName": "b.dev.example.com.",
        "NextRecordType": "A",
    }
    second = {"ResourceRecordSets": [record("b.dev.example.com."), record("mail.example.com.")], "IsTruncated": True}
    third = {"ResourceRecordSets": [record("www.example.com.")]}
    client = Pages(first, second, third)
    found = read_records_within(client, "Z1", "dev.example.com")
    assert [item.name for item in found] == ["dev.example.com.", "a.dev.example.com.", "b.dev.example.com."]
    assert client.pages == [third]
    assert client.asked == [
        {"HostedZoneId": "Z1", "StartRecordName": "dev.example.com."},
        {"HostedZoneId": "Z1", "StartRecordName": "b.dev.example.com.", "StartRecordType": "A"},
    ]


def test_records_within_a_name_may_be_all_that_there_are() -> None:
    assert read_records_within(Pages({"ResourceRecordSets": []}), "Z1", "dev.example.com") == ()


@pytest.mark.parametrize("path", ["/hostedzone/Z1", "Z1"])
def test_ids_are_bare(path: str) -> None:
    assert bare_id(path) == "Z1"


def test_a_reference_says_whose_and_what_it_is() -> None:
    reference = caller_reference(OWNER, "us-east-1", "endpoint")
    assert reference_role(OWNER, reference) == ("us-east-1", "endpoint")
    assert reference_role(Owner(stack="hello", environment="prod", component="dns"), reference) is None
    assert len(reference) <= 64


@pytest.mark.parametrize("reference", ["", "elf", "elf/", "2024-01-01", "elf/0123456789abcdef/global/zone/x"])
def test_a_foreign_reference_is_nobodys(reference: str) -> None:
    assert reference_role(OWNER, reference) is None


def test_stack_and_environment_cannot_be_confused() -> None:
    one, other = (
        Owner(stack="a-b", environment="c", component="dns"),
        Owner(stack="a", environment="b-c", component="dns"),
    )
    assert reference_role(other, caller_reference(one, "global", "zone")) is None


def test_no_reference_is_made_twice_and_later_ones_sort_behind() -> None:
    references = [new_zone_reference(OWNER) for _ in range(50)]
    assert len(set(references)) == 50
    stamps = [reference[:-4] for reference in references]
    assert stamps == sorted(stamps)


def test_of_two_zones_of_ours_the_one_in_use_comes_first() -> None:
    older, newer, used = zone("Z1", own=True), zone("Z2", own=True), zone("Z3", own=True, records=5)
    assert own_zones([newer, older, zone("Z4")], OWNER) == (older, newer)
    assert own_zones([older, used], OWNER)[0] == used


def test_ours_is_chosen_before_others() -> None:
    ours = zone("Z2", own=True)
    assert choose([zone("Z1", records=9), ours, zone("Z3")], OWNER) == ours


def test_the_only_zone_is_chosen() -> None:
    assert choose([zone("Z1")], OWNER) == zone("Z1")
    assert choose([], OWNER) is None


def test_the_named_zone_is_chosen() -> None:
    assert choose([zone("Z1", own=True), zone("Z2")], OWNER, "Z2") == zone("Z2")


def test_a_name_that_fits_several_zones_is_an_error_that_says_what_to_do() -> None:
    with pytest.raises(ConflictError, match=r"\(Z1\), .*\(Z2\)\. Set zone_id"):
        choose([zone("Z1"), zone("Z2")], OWNER)
    with pytest.raises(ConflictError, match="several"):
        choose([zone("Z1", own=True, records=3), zone("Z2", own=True, records=3)], OWNER)


def test_a_named_zone_that_is_not_there_is_an_error_that_says_what_is() -> None:
    with pytest.raises(ConflictError, match=r"zone_id: Z9 .* dev\.example\.com \(Z1\)"):
        choose([zone("Z1")], OWNER, "Z9")
