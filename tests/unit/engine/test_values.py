# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import importlib.util

import hypothesis
import hypothesis.strategies as st
import pytest

from ansible_collections.everlook.failover.plugins.module_utils._engine.changes import (
    differences,
    fingerprint,
    update,
)
from ansible_collections.everlook.failover.plugins.module_utils._engine.errors import FailoverError
from ansible_collections.everlook.failover.plugins.module_utils._engine.gather import gather
from ansible_collections.everlook.failover.plugins.module_utils._engine.known import Known
from ansible_collections.everlook.failover.plugins.module_utils._engine.plan import Action
from ansible_collections.everlook.failover.plugins.module_utils._engine.unknown import is_unknown, unknown

values = st.dictionaries(st.sampled_from("abcd"), st.integers(0, 2))


@hypothesis.given(values, values)
def test_applying_the_differences_ends_them(before: dict[str, int], after: dict[str, int]) -> None:
    found = differences(before, after)
    changed = {**before, **{key: new for key, (_old, new) in found.items()}}
    assert not differences(changed, after)
    assert {key: before[key] for key in before if key not in after} == {
        key: changed[key] for key in before if key not in after
    }


def test_an_update_shows_only_what_differs() -> None:
    change = update("vpc/main", {"a": 1, "b": 2, "c": 3}, {"a": 1, "b": 5}, needs=["x/y"])
    assert change is not None
    assert (change.action, change.reason) == (Action.UPDATE, "differs in b")
    assert (change.before, change.after) == ({"b": 2}, {"b": 5})
    assert change.needs == {"x/y"}


def test_no_difference_is_no_change() -> None:
    assert update("vpc/main", {"a": 1}, {"a": 1}) is None


def test_fingerprints_tell_values_apart_without_showing_them() -> None:
    assert fingerprint("hunter2") != fingerprint("hunter3")
    assert "hunter2" not in fingerprint("hunter2")
    assert fingerprint("hunter2") == fingerprint("hunter2")


def test_a_fingerprint_says_nothing_in_another_run() -> None:
    """A short password is soon found by trying, if its hash is always the same."""
    found = importlib.util.find_spec(fingerprint.__module__)
    assert found
    assert found.loader
    other = importlib.util.module_from_spec(found)
    found.loader.exec_module(other)
    assert other.fingerprint("hunter2") != fingerprint("hunter2")


def test_placeholders_are_unique_per_scope_address_and_attribute() -> None:
    made = {
        unknown(scope, address, attribute)
        for scope in ("us-east-1", "us-west-1")
        for address in ("vpc/main", "subnet/public-a")
        for attribute in ("id", "arn")
    }
    assert len(made) == 8
    assert all(is_unknown(placeholder) for placeholder in made)


@pytest.mark.parametrize(
    "value",
    [
        unknown("us-east-1", "vpc/main"),
        f"arn:aws:x:{unknown('us-east-1', 'vpc/main')}/y",
        [1, {"a": unknown("r", "k/n")}],
        {"a": ("b", unknown("r", "k/n"))},
    ],
)
def test_placeholders_are_found_anywhere(value: object) -> None:
    assert is_unknown(value)


@pytest.mark.parametrize("value", ["vpc-1", "(known)", "", None, 5, ["a"], {"a": None}])
def test_real_values_are_not_placeholders(value: object) -> None:
    assert not is_unknown(value)


def test_known_gives_what_was_put_and_placeholders_for_the_rest() -> None:
    known = Known("us-east-1", {"vpc/main": {"id": "vpc-1"}})
    known.put("subnet/a", id="subnet-1", zone="us-east-1a")
    assert known.get("vpc/main") == "vpc-1"
    assert known.get("subnet/a", "zone") == "us-east-1a"
    assert known.describe("subnet/b") == "(known after apply: us-east-1/subnet/b)"
    assert known.describe("subnet/a", "arn") == "(known after apply: us-east-1/subnet/a.arn)"
    with pytest.raises(FailoverError, match="us-east-1/subnet/b: id is not known"):
        known.get("subnet/b")


def test_what_is_forgotten_is_not_known() -> None:
    known = Known("r", {"vpc/main": {"id": "vpc-1"}})
    known.forget("vpc/main")
    known.forget("vpc/other")
    assert not known.has("vpc/main")


def test_gather_gives_results_by_name() -> None:
    assert gather({"a": lambda: 1, "b": lambda: 2}) == {"a": 1, "b": 2}
    assert gather({}) == {}


def test_gather_raises_the_first_error_in_order() -> None:
    def fail(message: str) -> int:
        raise FailoverError(message)

    with pytest.raises(FailoverError, match="first"):
        gather({"ok": lambda: 1, "x": lambda: fail("first"), "y": lambda: fail("second")})
