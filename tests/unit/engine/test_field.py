# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from ansible_collections.everlook.failover.plugins.module_utils._engine import field
from ansible_collections.everlook.failover.plugins.module_utils._engine.field import Field, attribute, parameter

FIELDS = (
    parameter("count", "desiredCount", 0),
    parameter("platform", "platformVersion", "LATEST", traits=frozenset({"deploys"})),
    parameter("image", "imageId", immutable=True),
    Field(name="low", read=lambda answer: answer["limits"]["low"], write=lambda value: {"limits": {"low": value}}),
    Field(name="high", read=lambda answer: answer["limits"]["high"], write=lambda value: {"limits": {"high": value}}),
)
ANSWER = {"desiredCount": 2, "imageId": "i-1", "limits": {"low": 1, "high": 9}}
VALUES = {"count": 2, "platform": "LATEST", "image": "i-1", "low": 1, "high": 9}


def test_what_aws_leaves_out_has_its_default() -> None:
    assert field.read(FIELDS, ANSWER) == VALUES
    assert field.read(FIELDS, {**ANSWER, "platformVersion": ""})["platform"] == "LATEST"
    assert field.read(FIELDS, {**ANSWER, "platformVersion": None})["platform"] == "LATEST"


def test_what_is_read_can_be_written() -> None:
    assert field.write(FIELDS, field.read(FIELDS, ANSWER)) == {**ANSWER, "platformVersion": "LATEST"}


def test_only_what_is_asked_for_is_written() -> None:
    assert field.write(FIELDS, {"high": 3, "unheard": 1}) == {"limits": {"high": 3}}


def test_a_new_resource_is_not_told_what_it_has_anyway() -> None:
    assert field.write_new(FIELDS, VALUES) == ANSWER
    assert field.write_new(FIELDS, {**VALUES, "count": 0}) == {"imageId": "i-1", "limits": {"low": 1, "high": 9}}


def test_differences_are_the_wanted_values() -> None:
    assert field.differing(FIELDS, VALUES, {**VALUES, "count": 3, "high": 8}) == {"count": 3, "high": 8}
    # What nobody asks for is not compared.
    assert field.differing(FIELDS, VALUES, {"low": 1}) == {}


def test_an_attribute_is_a_string_under_a_key() -> None:
    timeout = attribute("idle_timeout", "idle_timeout.timeout_seconds", "60")
    assert field.read([timeout], {}) == {"idle_timeout": "60"}
    assert field.read([timeout], {"idle_timeout.timeout_seconds": "90"}) == {"idle_timeout": "90"}
    assert field.write([timeout], {"idle_timeout": "90"}) == {"idle_timeout.timeout_seconds": "90"}
    assert field.write_new([timeout], {"idle_timeout": "60"}) == {}


def test_traits_name_fields() -> None:
    assert field.names(FIELDS, "deploys") == {"platform"}
    assert [each.name for each in FIELDS if each.immutable] == ["image"]
