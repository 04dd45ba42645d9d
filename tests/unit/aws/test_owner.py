# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._aws.owner import Owner, parse_owner, tags_from
from ansible_collections.everlook.failover.plugins.module_utils._engine.errors import SpecError

OWNER = Owner(stack="hello", environment="dev", component="api", extra={"Team": "web"})


def params(**changes: t.Any) -> dict[str, t.Any]:
    return {"stack": "hello", "environment": "dev", "tags": {}, **changes}


def test_tags_say_whose_and_which() -> None:
    tags = OWNER.tags("subnet/public-a")
    assert tags == {
        "ManagedBy": "everlook.failover",
        "Stack": "hello",
        "Environment": "dev",
        "Component": "api",
        "Resource": "subnet/public-a",
        "Name": "hello-dev-api-public-a",
        "Team": "web",
    }
    assert OWNER.owns(tags)
    assert OWNER.tag_drift({**tags, "Cost": "theirs"}, "subnet/public-a") == {}


@pytest.mark.parametrize("key", ["ManagedBy", "Stack", "Environment", "Component"])
def test_one_tag_missing_or_other_is_not_ours(key: str) -> None:
    tags = OWNER.tags("vpc/main")
    assert not OWNER.owns({**tags, key: "other"})
    del tags[key]
    assert not OWNER.owns(tags)


def test_tag_drift_is_what_to_set() -> None:
    current = {**OWNER.tags("vpc/main"), "Name": "renamed"}
    del current["Team"]
    assert OWNER.tag_drift(current, "vpc/main") == {"Name": "hello-dev-api-main", "Team": "web"}


@pytest.mark.parametrize("option", ["stack", "environment"])
@pytest.mark.parametrize("value", ["", "-a", "a-", "a--b", "1a", "a_b", "a.b", "a" * 33, "ä"])
def test_names_that_aws_would_refuse_are_refused_by_option(option: str, value: str) -> None:
    with pytest.raises(SpecError, match=f"^{option}: "):
        parse_owner(params(**{option: value}), "api")


@pytest.mark.parametrize("key", ["Name", "Stack", "Resource", "aws:x", "AWS:x"])
def test_reserved_tags_are_refused(key: str) -> None:
    with pytest.raises(SpecError, match="tags: the key"):
        parse_owner(params(tags={key: "x"}), "api")


def test_an_answer_may_leave_out_the_tags_and_a_value_that_is_empty() -> None:
    assert tags_from([{"Key": "Team", "Value": "web"}, {"Key": "Draft"}]) == {"Team": "web", "Draft": ""}
    assert tags_from([{"key": "Draft"}], key="key", value="value") == {"Draft": ""}
    assert tags_from(None) == {}


def test_tag_values_become_strings() -> None:
    assert parse_owner(params(tags={"cost": 5}), "api").extra == {"cost": "5"}
    assert parse_owner(params(tags=None), "api").extra == {}
