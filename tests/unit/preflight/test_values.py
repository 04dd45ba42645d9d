# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._preflight import settings
from ansible_collections.everlook.failover.plugins.module_utils._preflight.values import validate

SPEC: t.Final = {
    "count": {"type": "int", "default": 2},
    "ratio": {"type": "float"},
    "on": {"type": "bool"},
    "name": {"type": "str"},
    "kind": {"type": "str", "choices": ["none", "all"]},
    "tags": {"type": "dict"},
    "zones": {"type": "list", "elements": "str"},
    "check": {"type": "dict", "apply_defaults": True, "options": {"interval": {"type": "int", "default": 10}}},
    "parts": {
        "type": "list",
        "elements": "dict",
        "options": {"name": {"type": "str", "required": True}, "ports": {"type": "list", "elements": "int"}},
    },
}


def test_values_are_converted_as_ansible_does_it() -> None:
    params, errors = validate(
        SPEC, {"count": "3", "on": "yes", "zones": "a,b", "parts": [{"name": "x", "ports": ["1"]}]}
    )
    assert errors == []
    assert (params["count"], params["on"], params["zones"]) == (3, True, ["a", "b"])
    assert params["parts"] == [{"name": "x", "ports": [1]}]
    assert (params["check"], params["ratio"]) == ({"interval": 10}, None)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"count": "0.25"}, 'count: "0.25" is not a whole number. Write digits, such as 2.'),
        ({"count": True}, "count: true is not a whole number. Write digits, such as 2."),
        ({"ratio": "many"}, 'ratio: "many" is not a number. Write a number.'),
        ({"on": "maybe"}, 'on: "maybe" is neither true nor false. Write true or false.'),
        ({"name": ["a"]}, "name: a list is not a string. Write one value."),
        ({"kind": "All"}, 'kind: "All" is not one of none, all. Did you mean all?'),
        ({"tags": "hunter2"}, "tags: a string is not a mapping. Write key: value."),
        ({"zones": {"a": 1}}, "zones: a mapping is not a list. Write [one, two]."),
        ({"check": {"intervall": 1}}, "check.intervall: is not a known key. Did you mean interval?"),
        ({"count": None}, "count: is empty. Give it a value, or leave it out."),
        ({"check": {"interval": None}}, "check.interval: is empty. Give it a value, or leave it out."),
        ({"zones": ["a", None]}, "zones[1]: is empty. Give it a value, or leave it out."),
        ({"check": {"x": 1}}, "check.x: is not a known key. Choose from interval."),
        ({"parts": ["x"]}, 'parts[0]: "x" is not a mapping. Write key: value.'),
        ({"parts": [{"ports": [1]}]}, "parts[0].name: is not set. Set it in the inventory."),
        (
            {"parts": [{"name": "x", "ports": [1, "http"]}]},
            'parts[x].ports[1]: "http" is not a whole number. Write digits.',
        ),
    ],
)
def test_what_cannot_be_used_is_told_by_its_path(given: dict[str, t.Any], told: str) -> None:
    _params, errors = validate(SPEC, given)
    assert [str(error) for error in errors] == [told]


def test_all_mistakes_are_told() -> None:
    _params, errors = validate(SPEC, {"count": "x", "parts": [{"name": "a", "ports": ["b"]}, {}]})
    assert [error.option for error in errors] == ["count", "parts[a].ports[0]", "parts[1].name"]


def test_commands_for_the_fault_that_the_command_line_names_are_no_mistake() -> None:
    assert settings.refused({"drill_break_command": "./cut", "drill_heal_command": "./mend"}) == []
    (error,) = settings.refused({"drill_break_command": "./cut 'half"})
    assert error.option == "drill_break_command"
