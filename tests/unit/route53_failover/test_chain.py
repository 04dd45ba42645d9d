# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The records of a chain, whose order the regions keep, and batches that Route 53 accepts at every step."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.everlook.failover.plugins.module_utils._aws.owner import Owner
from ansible_collections.everlook.failover.plugins.module_utils._failover_chain import chain
from ansible_collections.everlook.failover.plugins.module_utils._failover_chain.chain import Member
from ansible_collections.everlook.failover.plugins.module_utils._route53 import health
from ansible_collections.everlook.failover.plugins.module_utils._route53.records import (
    AliasTarget,
    RecordAction,
    RecordSet,
)

OWNER = Owner(stack="hello", environment="dev", component="dns")
BASE = "dev.example.com."
REGIONS = ("us-east-1", "us-west-1", "eu-west-1", "ap-southeast-2", "sa-east-1")

chains = st.lists(st.sampled_from(REGIONS), unique=True, max_size=5)


def member(region: str, generation: int = 1) -> Member:
    alias = AliasTarget(dns_name=f"lb-{generation}.{region}.elb", zone_id=f"Z{region}", evaluate_target_health=True)
    return Member(region=region, balancer=alias, health_check_id=f"hc-{region}")


def records(*regions: str, generation: int = 1) -> tuple[RecordSet, ...]:
    return chain.records_of(OWNER, "Z0", BASE, [member(region, generation) for region in regions])


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (0, []),
        (1, [("", "PRIMARY", "us-east-1")]),
        (2, [("", "PRIMARY", "us-east-1"), ("", "SECONDARY", "us-west-1")]),
        (
            3,
            [
                ("", "PRIMARY", "us-east-1"),
                ("", "SECONDARY", "standby-1"),
                ("standby-1.", "PRIMARY", "us-west-1"),
                ("standby-1.", "SECONDARY", "eu-west-1"),
            ],
        ),
        (
            4,
            [
                ("", "PRIMARY", "us-east-1"),
                ("", "SECONDARY", "standby-1"),
                ("standby-1.", "PRIMARY", "us-west-1"),
                ("standby-1.", "SECONDARY", "standby-2"),
                ("standby-2.", "PRIMARY", "eu-west-1"),
                ("standby-2.", "SECONDARY", "ap-southeast-2"),
            ],
        ),
    ],
)
def test_the_chain(count: int, expected: list[tuple[str, str, str]]) -> None:
    made = records(*REGIONS[:count])
    found = [(record.name.removesuffix(BASE), record.failover, record.set_identifier) for record in made]
    assert found == [(name, role, f"hello/dev/{what}") for name, role, what in expected]
    for record in made:
        assert record.alias
        assert record.alias.evaluate_target_health
        is_link = "standby" in str(record.set_identifier)
        assert (record.health_check_id is None) == is_link
        assert (record.alias.zone_id == "Z0") == is_link


@given(regions=chains)
def test_the_regions_of_a_chain_are_read_back_in_their_order(regions: list[str]) -> None:
    made = records(*regions)
    assert [item.region for item in chain.members_of(OWNER, BASE, reversed(made))] == regions
    assert chain.bases(OWNER, made) == (frozenset({BASE}) if regions else frozenset())


@given(before=chains, after=chains, renewed=st.booleans())
def test_a_transition_makes_exactly_what_is_wanted(before: list[str], after: list[str], renewed: bool) -> None:
    current = {record.key: record for record in records(*before)}
    wanted = records(*after, generation=2 if renewed else 1)
    for change in chain.transition(tuple(current.values()), wanted):
        record = change.record
        if change.action is RecordAction.DELETE:
            assert current.pop(record.key) == record
            continue
        assert (record.key in current) == (change.action is RecordAction.UPSERT)
        current[record.key] = record
        if record.alias and record.alias.zone_id == "Z0":
            names = {item.name for item in current.values()}
            assert record.alias.dns_name in names, "an alias is made before its target"
        roles = [item.failover for item in current.values() if item.name == record.name]
        assert len(roles) == len(set(roles)), "two with one role inside the batch"
    assert set(current.values()) == set(wanted)
    assert chain.transition(tuple(current.values()), wanted) == ()


@given(listed=chains, present=chains)
def test_merging_keeps_both_orders(listed: list[str], present: list[str]) -> None:
    merged = chain.merge(listed, present)
    assert set(merged) == {*listed, *present}
    assert [region for region in merged if region in listed] == listed
    unlisted = [region for region in present if region not in listed]
    assert [region for region in merged if region in unlisted] == unlisted


def test_an_unlisted_region_stays_where_it_is() -> None:
    assert chain.merge(["a", "c"], ["a", "b", "c"]) == ("a", "b", "c")
    assert chain.merge(["b"], ["a", "b"]) == ("a", "b")
    assert chain.merge(["a", "x"], ["a", "b"]) == ("a", "b", "x")


def test_dualstack_in_front_makes_no_difference() -> None:
    (record,) = records("us-east-1")
    assert record.alias
    alias = AliasTarget(
        dns_name=f"DUALSTACK.{record.alias.dns_name}", zone_id=record.alias.zone_id, evaluate_target_health=True
    )
    written = RecordSet(**{**vars(record), "alias": alias})
    assert chain.transition([written], [record]) == ()


# The table in the Route 53 Developer Guide, "How Route 53 chooses records".
@pytest.mark.parametrize(
    ("healthy", "serves"),
    [
        ((True, True), 0),
        ((True, False), 0),
        ((False, True), 1),
        ((False, False), 0),
        ((False, False, True), 2),
        ((False, True, False), 1),
        ((False, False, False), 0),
        ((True,), 0),
        ((False,), 0),
    ],
)
def test_who_serves(healthy: tuple[bool, ...], serves: int) -> None:
    regions = REGIONS[: len(healthy)]
    assert health.serving(regions, dict(zip(regions, healthy, strict=True))) == regions[serves]
    assert health.serving((), {}) is None
