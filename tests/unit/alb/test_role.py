# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role has every option of the module, with its type and default, and hands it on."""

from __future__ import annotations

import pathlib
import typing as t

import yaml

from ansible_collections.everlook.failover.plugins.module_utils._alb.layer import LAYER

ROLE = pathlib.Path(__file__).parents[3] / "roles" / "alb"


def load(path: str) -> t.Any:
    return yaml.safe_load((ROLE / path).read_text())


def specified(options: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """An argument spec from one with descriptions."""
    found: dict[str, t.Any] = {}
    for name, option in options.items():
        keep = {key: option[key] for key in ("type", "choices", "elements", "required", "default") if key in option}
        if "options" in option:
            keep["options"] = specified(option["options"])
            if keep.get("default") == {}:
                keep["apply_defaults"] = True
                del keep["default"]
        found[name] = keep
    return found


def test_it_has_the_options_of_the_module() -> None:
    options = specified(load("meta/argument_specs.yml")["argument_specs"]["main"]["options"])
    assert options.pop("alb_region") == {"type": "str"}
    assert options == {f"alb_{name}": option for name, option in LAYER.job.argument_spec.items()}


def test_its_defaults_are_those_it_documents() -> None:
    options = load("meta/argument_specs.yml")["argument_specs"]["main"]["options"]
    assert load("defaults/main.yml") == {
        name: option["default"] for name, option in options.items() if "default" in option
    }


def test_it_hands_on_every_variable() -> None:
    (task,) = load("tasks/main.yml")
    assert task["register"] == "alb_result"
    defaults = load("defaults/main.yml")
    required = {"alb_stack", "alb_environment"}
    expected = {
        name: f"{{{{ alb_{name} }}}}"
        if f"alb_{name}" in defaults or f"alb_{name}" in required
        else f"{{{{ alb_{name} | default(omit) }}}}"
        for name in ("region", *LAYER.job.argument_spec)
    }
    assert task["everlook.failover.alb"] == expected


def test_the_readme_names_every_variable() -> None:
    text = (ROLE / "README.md").read_text()
    options = load("meta/argument_specs.yml")["argument_specs"]["main"]["options"]
    assert not [name for name in options if f"`{name}`" not in text and f"`{name}." not in text]
