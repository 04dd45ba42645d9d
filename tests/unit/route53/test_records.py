# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import typing as t

import hypothesis
import hypothesis.strategies as st
import pytest

from ansible_collections.everlook.failover.plugins.module_utils._route53.changes import already_made
from ansible_collections.everlook.failover.plugins.module_utils._route53.records import (
    AliasTarget,
    RecordAction,
    RecordChange,
    RecordSet,
    name_records,
)

API: list[dict[str, t.Any]] = [
    {"Name": "dev.example.com.", "Type": "NS", "TTL": 300, "ResourceRecords": [{"Value": "ns-1."}, {"Value": "ns-2."}]},
    {
        "Name": "dev.example.com.",
        "Type": "A",
        "SetIdentifier": "us-east-1",
        "Failover": "PRIMARY",
        "HealthCheckId": "check",
        "AliasTarget": {"HostedZoneId": "Z1", "DNSName": "lb.elb.amazonaws.com.", "EvaluateTargetHealth": True},
    },
    {
        "Name": r"\052.dev.example.com.",
        "Type": "TXT",
        "TTL": 60,
        "SetIdentifier": "x",
        "Weight": 0,
        "ResourceRecords": [{"Value": '"Case Matters"'}],
    },
    {
        "Name": "geo.example.com.",
        "Type": "A",
        "TTL": 60,
        "SetIdentifier": "eu",
        "GeoLocation": {"ContinentCode": "EU"},
        "ResourceRecords": [{"Value": "192.0.2.1"}],
    },
    {
        "Name": "multi.example.com.",
        "Type": "A",
        "TTL": 60,
        "SetIdentifier": "1",
        "MultiValueAnswer": False,
        "ResourceRecords": [{"Value": "192.0.2.1"}],
    },
]


@pytest.mark.parametrize("item", API, ids=lambda item: item["Name"])
def test_what_aws_says_survives_a_round_trip(item: dict[str, t.Any]) -> None:
    """A deletion has to repeat every member, also of others' routing policies."""
    record = RecordSet.from_api(item)
    assert record.to_api() == item
    assert RecordSet.from_api(record.to_api()) == record


def test_a_deletion_spells_the_record_as_aws_has_it() -> None:
    item = {"Name": "dev.example.com.", "Type": "NS", "TTL": 300, "ResourceRecords": [{"Value": "NS-1.example.net"}]}
    record = RecordSet.from_api(item)
    assert record.to_api()["ResourceRecords"] == [{"Value": "ns-1.example.net."}]
    assert RecordChange(RecordAction.DELETE, record).to_api() == {"Action": "DELETE", "ResourceRecordSet": item}
    assert RecordChange(RecordAction.UPSERT, record).to_api()["ResourceRecordSet"] == record.to_api()


def ns(*values: str, name: str = "dev.example.com", ttl: int = 300) -> RecordSet:
    return RecordSet(name=name, type="NS", ttl=ttl, values=frozenset(values))


servers = st.lists(st.from_regex(r"\Ans-[0-9]{1,4}\.awsdns-[0-9]{2}\.(com|org)\Z"), min_size=1, max_size=4, unique=True)


@hypothesis.given(servers, st.randoms())
def test_values_are_a_set_that_ignores_case_and_trailing_dots(names: list[str], random: t.Any) -> None:
    shuffled = random.sample(names, len(names))
    assert ns(*names) == ns(*(f"{name.upper()}." for name in shuffled), name="DEV.example.com.")


@pytest.mark.parametrize("other", [ns("a.b"), ns("a.b", "c.d", ttl=301), ns("a.b", "c.d", name="x.example.com")])
def test_what_differs_is_not_equal(other: RecordSet) -> None:
    assert ns("a.b", "c.d") != other


def test_text_keeps_its_case() -> None:
    lower, upper = (
        RecordSet(name="a.b", type="TXT", ttl=60, values=frozenset({value})) for value in ('"key"', '"KEY"')
    )
    assert lower != upper


def test_a_ds_is_the_same_in_either_case() -> None:
    lower, upper = (
        RecordSet(name="a.b", type="DS", ttl=60, values=frozenset({value})) for value in ("1 13 2 ab", "1 13  2 AB")
    )
    assert lower == upper


def test_the_api_of_elb_and_of_route53_write_one_alias() -> None:
    ours = AliasTarget(dns_name="Hello-Dev-1.elb.amazonaws.com", zone_id="Z1", evaluate_target_health=True)
    theirs = AliasTarget(dns_name="hello-dev-1.elb.amazonaws.com.", zone_id="Z1", evaluate_target_health=True)
    assert ours == theirs


def test_a_diff_shows_what_is_set() -> None:
    assert RecordSet.from_api(API[1]).describe() == {
        "alias": {"dns_name": "lb.elb.amazonaws.com.", "zone_id": "Z1", "evaluate_target_health": True},
        "set_identifier": "us-east-1",
        "failover": "PRIMARY",
        "health_check_id": "check",
    }
    assert RecordSet.from_api(API[0]).describe() == {"ttl": 300, "values": ["ns-1.", "ns-2."]}


def test_a_message_names_some_and_counts_the_rest() -> None:
    records = [ns("a.b", name=f"{letter}.example.com") for letter in "abc"]
    assert name_records(records, most=2) == "NS a.example.com, NS b.example.com and 1 more"
    assert name_records(records) == "NS a.example.com, NS b.example.com, NS c.example.com"


@pytest.mark.parametrize(
    ("actions", "present", "made"),
    [
        ([("CREATE", ns("a.b"))], [ns("a.b")], True),
        ([("CREATE", ns("a.b"))], [ns("c.d")], False),
        ([("UPSERT", ns("a.b"))], [], False),
        ([("DELETE", ns("a.b"))], [], True),
        ([("DELETE", ns("a.b"))], [ns("a.b")], False),
        ([("DELETE", ns("a.b")), ("CREATE", ns("c.d"))], [ns("c.d")], True),
        ([("DELETE", ns("a.b")), ("CREATE", ns("c.d"))], [ns("a.b")], False),
    ],
)
def test_a_batch_whose_answer_was_lost_is_recognised(
    actions: list[tuple[str, RecordSet]], present: list[RecordSet], made: bool
) -> None:
    other = ns("e.f", name="other.example.com")
    changes = [RecordChange(RecordAction(action), record) for action, record in actions]
    assert already_made([*present, other], changes) is made
