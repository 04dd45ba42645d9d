# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two deployments are the same in the oracle's words, and every difference that counts is one."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from typing import Any

import pytest

from chaos import canon, facts
from chaos.place import Item

OWNER = {"ManagedBy": "everlook.failover", "Stack": "hello", "Environment": "dev"}


def tagged(address: str) -> dict[str, str]:
    return {**OWNER, "Resource": address}


def network(vpc: str = "vpc-0a1b2c3d4e5f60718", subnet: str = "subnet-0a1b2c3d4e5f60718", **more: Any) -> list[Item]:
    made = datetime(2026, 11, 29, tzinfo=UTC)
    members = {"VpcId": vpc, "CidrBlock": "10.10.0.0/20", "CreateTime": made, **more}
    return [
        Item("dev", "us-east-1", "Vpcs", vpc, {"VpcId": vpc}, tagged("vpc/main")),
        Item("dev", "us-east-1", "Subnets", subnet, {"SubnetId": subnet, **members}, tagged("subnet/public-a")),
        Item("dev", "us-east-1", "Vpcs", "vpc-theirs", {"VpcId": "vpc-theirs"}),
    ]


def test_ids_and_times_make_no_difference() -> None:
    again = network("vpc-11111111111111111", "subnet-22222222222222222", CreateTime=datetime(2026, 12, 1, tzinfo=UTC))
    assert canon.differences(canon.ours(network()), canon.ours(again)) == []


def test_the_id_of_a_certificate_in_a_sentence_makes_no_difference() -> None:
    one, other = (network(Text=f"the certificate {digit * 8}-0000-4000-8000-{digit * 12} expires") for digit in "ab")
    assert canon.differences(canon.ours(one), canon.ours(other)) == []


def test_another_value_is_told_by_its_member() -> None:
    (told,) = canon.differences(canon.ours(network()), canon.ours(network(CidrBlock="10.10.16.0/20")))
    assert told == ('dev us-east-1 Subnets subnet/public-a is other: CidrBlock "10.10.0.0/20" became "10.10.16.0/20"')


def test_what_hangs_on_another_resource_is_other() -> None:
    (told,) = canon.differences(canon.ours(network()), canon.ours(network()[:1] + network("vpc-theirs0123456789")[1:]))
    assert "subnet/public-a is other: VpcId" in told


def test_what_is_missing_and_what_is_there_twice() -> None:
    expected = canon.ours(network())
    twice = [*network(), dataclasses.replace(network()[1], id="subnet-33333333333333333")]
    assert canon.differences(expected, canon.ours(network()[:1])) == [
        "dev us-east-1 Subnets subnet/public-a: 1 missing, 0 too much or other"
    ]
    assert len(canon.differences(expected, canon.ours(twice))) == 1


def test_what_others_have_is_compared_by_id() -> None:
    before = canon.others(network())
    assert list(before) == ["dev us-east-1 Vpcs vpc-theirs"]
    assert canon.touched(before, canon.others(network()[:2])) == ["gone: dev us-east-1 Vpcs vpc-theirs"]
    changed = dataclasses.replace(network()[2], content={"VpcId": "vpc-theirs", "IsDefault": True})
    assert canon.touched(before, canon.others([changed])) == ["changed: dev us-east-1 Vpcs vpc-theirs"]
    assert canon.touched(before, canon.others(network())) == []


def test_what_is_left() -> None:
    assert canon.left({}, canon.everything(network()[:1])) == ["left: dev us-east-1 Vpcs vpc-0a1b2c3d4e5f60718"]


@pytest.mark.parametrize("missing", ["Environment", "Stack", "ManagedBy"])
def test_half_of_the_tags_make_nothing_ours(missing: str) -> None:
    tags = {key: value for key, value in OWNER.items() if key != missing}
    assert not canon.is_ours(Item("dev", "us-east-1", "Vpcs", "vpc-1", {}, tags))


def test_an_empty_account_is_no_deployment() -> None:
    told = facts.wrong("full", [])
    assert "us-east-1: 0 Vpcs, not 1" in told
    assert "us-west-1: 0 Topics, not 1" in told
    assert "us-east-1: 0 Topics, not 2" in told
    assert "0 zones" in told
