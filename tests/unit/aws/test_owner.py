# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import string
import typing as t

import hypothesis
import hypothesis.strategies as st
import pytest

from ansible_collections.everlook.failover.plugins.module_utils._aws.owner import Owner, parse_owner, tags_from
from ansible_collections.everlook.failover.plugins.module_utils._aws.stack_names import shorten
from ansible_collections.everlook.failover.plugins.module_utils._engine.errors import SpecError

OWNER = Owner(stack="hello", environment="dev", extra={"Team": "web"})
names = st.text(string.ascii_letters + string.digits + "-", min_size=1, max_size=80)


def params(**changes: t.Any) -> dict[str, t.Any]:
    return {"stack": "hello", "environment": "dev", "tags": {}, **changes}


@hypothesis.given(names, st.integers(16, 64))
def test_short_names_fit_and_stay_the_same(name: str, limit: int) -> None:
    short = shorten(name, limit)
    assert len(short) <= limit
    assert short == shorten(name, limit)
    assert short == name or not short.endswith("-")


def test_long_names_with_one_beginning_stay_apart() -> None:
    assert shorten("a" * 40 + "-us-east-1", 32) != shorten("a" * 40 + "-us-west-1", 32)


def test_tags_say_whose_and_which() -> None:
    tags = OWNER.tags("subnet/public-a")
    assert tags == {
        "ManagedBy": "everlook.failover",
        "Stack": "hello",
        "Environment": "dev",
        "Resource": "subnet/public-a",
        "Name": "hello-dev-public-a",
        "Team": "web",
    }
    assert OWNER.owns(tags)
    assert OWNER.tag_drift({**tags, "Cost": "theirs"}, "subnet/public-a") == {}


@pytest.mark.parametrize("key", ["ManagedBy", "Stack", "Environment"])
def test_one_tag_missing_or_other_is_not_ours(key: str) -> None:
    tags = OWNER.tags("vpc/main")
    assert not OWNER.owns({**tags, key: "other"})
    del tags[key]
    assert not OWNER.owns(tags)


def test_tag_drift_is_what_to_set() -> None:
    current = {**OWNER.tags("vpc/main"), "Name": "renamed"}
    del current["Team"]
    assert OWNER.tag_drift(current, "vpc/main") == {"Name": "hello-dev-main", "Team": "web"}


@pytest.mark.parametrize("option", ["stack", "environment"])
@pytest.mark.parametrize("value", ["", "-a", "a-", "a--b", "1a", "a_b", "a.b", "a" * 33, "ä"])
def test_names_that_aws_would_refuse_are_refused_by_option(option: str, value: str) -> None:
    with pytest.raises(SpecError, match=f"^{option}: "):
        parse_owner(params(**{option: value}))


@pytest.mark.parametrize("key", ["Name", "Stack", "Resource", "aws:x", "AWS:x"])
def test_reserved_tags_are_refused(key: str) -> None:
    with pytest.raises(SpecError, match="tags: the key"):
        parse_owner(params(tags={key: "x"}))


def test_an_answer_may_leave_out_the_tags_and_a_value_that_is_empty() -> None:
    assert tags_from([{"Key": "Team", "Value": "web"}, {"Key": "Draft"}]) == {"Team": "web", "Draft": ""}
    assert tags_from([{"key": "Draft"}], key="key", value="value") == {"Draft": ""}
    assert tags_from(None) == {}


def test_tag_values_become_strings() -> None:
    assert parse_owner(params(tags={"cost": 5})).extra == {"cost": "5"}
    assert parse_owner(params(tags=None)).extra == {}
