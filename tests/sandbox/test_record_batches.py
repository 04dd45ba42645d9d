# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What holds of every batch of record changes, whatever is in it."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from sandbox.overlay.route53.records import BatchError, Records, Scope, apply_batch, key_of, policy_of

ZONE = "example.com."
SCOPE = Scope("Z1", ZONE, known_check={"known"}.__contains__, foreign_target=lambda _target, _kind: None)
APEX: Records = {
    key_of(record): record
    for record in (
        {"Name": ZONE, "Type": "NS", "TTL": 1, "ResourceRecords": [{"Value": "ns-1.example.org."}]},
        {"Name": ZONE, "Type": "SOA", "TTL": 1, "ResourceRecords": [{"Value": "soa"}]},
    )
}
NAMES = st.sampled_from([ZONE, "a.example.com", "B.a.example.com.", "example.org."])


@st.composite
def record_sets(draw: st.DrawFn) -> dict[str, Any]:
    record: dict[str, Any] = {"Name": draw(NAMES), "Type": draw(st.sampled_from(["A", "AAAA", "CNAME"]))}
    if draw(st.booleans()):
        target = {"HostedZoneId": draw(st.sampled_from(["Z1", "Z2"])), "DNSName": draw(NAMES)}
        record["AliasTarget"] = target | {"EvaluateTargetHealth": draw(st.booleans())}
    else:
        value = {"A": "192.0.2.1", "AAAA": "2001:db8::1", "CNAME": "example.net."}[record["Type"]]
        record |= {"TTL": draw(st.integers(1, 2)), "ResourceRecords": [{"Value": value}]}
    if draw(st.booleans()):
        record |= {"Failover": draw(st.sampled_from(["PRIMARY", "SECONDARY"]))}
        record |= {"SetIdentifier": draw(st.sampled_from(["x", "y", "z"])), "HealthCheckId": "known"}
    return record


CHANGES = st.fixed_dictionaries(
    {"Action": st.sampled_from(["CREATE", "UPSERT", "DELETE"]), "ResourceRecordSet": record_sets()}
)
BATCHES = st.lists(CHANGES, min_size=1, max_size=4)


def apply_all(batches: list[list[dict[str, Any]]]) -> Records:
    """The record sets after all batches, refused ones left out."""
    records = dict(APEX)
    for batch in batches:
        before = copy.deepcopy(records)
        try:
            after = apply_batch(SCOPE, records, batch)
        except BatchError:
            after = records
        assert records == before, "a batch must not change what it is given"
        records = after
    return records


@given(st.lists(BATCHES, max_size=8))
def test_a_zone_stays_valid(batches: list[list[dict[str, Any]]]) -> None:
    records = apply_all(batches)
    assert set(APEX) <= set(records)
    for key, record in records.items():
        name, kind, _ = key
        assert key == key_of(record)
        assert name == ZONE or name.endswith("." + ZONE)
        assert name == name.lower()
        siblings = [other for other in records.values() if (other["Name"], other["Type"]) == (name, kind)]
        assert len({policy_of(other) for other in siblings}) == 1
        for role in ("PRIMARY", "SECONDARY"):
            assert sum(other.get("Failover") == role for other in siblings) <= 1
        if kind == "CNAME":
            assert {other["Type"] for other in records.values() if other["Name"] == name} == {"CNAME"}


@given(st.lists(BATCHES, max_size=4), record_sets())
def test_what_was_created_is_deleted_by_the_same_words_and_leaves_nothing(
    batches: list[list[dict[str, Any]]], record: dict[str, Any]
) -> None:
    records = apply_all(batches)
    try:
        created = apply_batch(SCOPE, records, [{"Action": "CREATE", "ResourceRecordSet": record}])
    except BatchError:
        return
    assert len(created) == len(records) + 1
    assert apply_batch(SCOPE, created, [{"Action": "DELETE", "ResourceRecordSet": record}]) == records


@given(st.lists(BATCHES, max_size=4), record_sets())
def test_an_upsert_twice_is_an_upsert_once(batches: list[list[dict[str, Any]]], record: dict[str, Any]) -> None:
    records = apply_all(batches)
    change = [{"Action": "UPSERT", "ResourceRecordSet": record}]
    try:
        once = apply_batch(SCOPE, records, change)
    except BatchError:
        return
    assert apply_batch(SCOPE, once, change) == once
