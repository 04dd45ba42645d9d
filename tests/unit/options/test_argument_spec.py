# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Argument specs, and what Ansible makes of them."""

from __future__ import annotations

import importlib
import typing as t
from pathlib import Path

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from scripts.options.argument_spec import argument_spec, options_file, required_if
from scripts.options.document import Option, read_module

ROOT = Path(__file__).resolve().parents[3]
MODULES = sorted((ROOT / "plugins/modules").glob("*.py"))
PLUGINS = "ansible_collections.everlook.failover.plugins"


def option(name: str = "a", kind: str = "str", **more: t.Any) -> Option:
    return Option(name=name, description=more.pop("description", ("A.",)), type=kind, **more)


@pytest.mark.parametrize(
    ("documented", "argument"),
    [
        (option(), {"type": "str"}),
        (option(required=True), {"type": "str", "required": True}),
        (option(kind="bool", default=False), {"type": "bool", "default": False}),
        (option(kind="int", choices=(1, 2)), {"type": "int", "choices": [1, 2]}),
        (option(kind="list", elements="str", default=[]), {"type": "list", "elements": "str", "default": []}),
        (
            option(kind="dict", suboptions=(option("b", default="x"),)),
            {"type": "dict", "apply_defaults": True, "options": {"b": {"type": "str", "default": "x"}}},
        ),
        (
            option(kind="list", elements="dict", suboptions=(option("b", required=True),)),
            {"type": "list", "elements": "dict", "options": {"b": {"type": "str", "required": True}}},
        ),
    ],
)
def test_an_argument_is_what_is_documented(documented: Option, argument: dict[str, t.Any]) -> None:
    assert argument_spec([documented]) == {"a": argument}


@pytest.mark.parametrize("name", ["secrets", "log_kms_key_arn", "password_parameter", "tokens"])
def test_no_result_is_blanked_because_a_name_looks_secret(name: str) -> None:
    assert argument_spec([option(name)])[name]["no_log"] is False


@pytest.mark.parametrize("name", ["passive", "client_keep_alive", "external_id"])
def test_other_names_say_nothing_of_the_log(name: str) -> None:
    assert "no_log" not in argument_spec([option(name)])[name]


def test_options_with_the_same_condition_are_one_rule() -> None:
    present = ("Required if O(state=present).",)
    options = (option("a", description=present), option("b"), option("c", description=present))
    assert required_if(options) == (("state", "present", ("a", "c")),)


def test_the_source_defines_what_was_documented() -> None:
    documented = option(kind="int", default=3, description=("Required if O(state=present).",))
    source = options_file("Generated.", "Options.", [documented])
    assert source.startswith("# Generated.\n# Copyright")
    found: dict[str, t.Any] = {}
    exec(source, found)
    assert found["OPTIONS"] == argument_spec([documented])
    assert found["REQUIRED_IF"] == (("state", "present", ("a",)),)


def test_the_options_of_all_layers_have_a_name_of_their_own() -> None:
    source = options_file("Generated.", "Options.", [option()], prefix="LAYER_")
    assert "\nLAYER_OPTIONS: " in source
    assert "REQUIRED_IF" not in source


def generated(path: Path) -> t.Any:
    module = read_module(path)
    place = f"plugin_utils.options.{path.stem}" if module.is_action else f"module_utils._{path.stem}.options"
    return importlib.import_module(f"{PLUGINS}.{place}")


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_the_spec_of_a_module_has_its_documented_options(path: Path) -> None:
    assert list(generated(path).OPTIONS) == [documented.name for documented in read_module(path).options]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_the_defaults_of_a_module_pass_its_own_validation(path: Path) -> None:
    spec = generated(path).OPTIONS
    values = {name: argument["default"] for name, argument in spec.items() if "default" in argument}
    relaxed = {name: {**argument, "required": False} for name, argument in spec.items()}
    validated = ArgumentSpecValidator(relaxed).validate(values)
    assert not validated.error_messages
    assert {name: validated.validated_parameters[name] for name in values} == values
