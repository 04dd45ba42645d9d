# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/inventory.md has every variable that an inventory may set, and what it says of each is so."""

from __future__ import annotations

import functools
import re
import typing as t
from pathlib import Path

import pytest
import yaml

from ansible_collections.everlook.failover.plugins.module_utils._preflight import names
from ansible_collections.everlook.failover.plugins.module_utils._preflight.rules import LAYERS, options_of
from ansible_collections.everlook.failover.plugins.module_utils._preflight.settings import SETTINGS
from ansible_collections.everlook.failover.plugins.module_utils._preflight.values import validate

ROOT = Path(__file__).resolve().parents[3]
PAGE = ROOT / "docs" / "inventory.md"
# What playbooks keep to themselves
INTERNAL = {"drill_journal", "everlook_failover_looks_only", "everlook_failover_reads_ahead"}
# Registered, or the variable of a loop
MADE = re.compile(r".*_(result|items?|index|waited|problem|healed|first)$|drill_mistakes")


@functools.cache
def rows() -> dict[str, list[str]]:
    """Variable → type, default, example, where, text."""
    lines = [line for line in PAGE.read_text().splitlines() if line.startswith("| `") and line.count(" | ") == 5]
    cells = ([cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines)
    return {name.strip("`"): rest for name, *rest in cells}


def examples() -> list[tuple[str, str, t.Any]]:
    """(variable, type, example) of every variable that has a place."""
    return [
        (name, kind, yaml.safe_load(example.strip("`").replace("\\|", "|")))
        for name, (kind, _default, example, where, _text) in rows().items()
        if where
    ]


def test_every_variable_of_every_role_is_there() -> None:
    options = {f"{layer.name}_{option}" for layer in LAYERS for option in options_of(layer)}
    text = PAGE.read_text()
    assert {name for name in options if f"`{name}`" not in text} == set()


def test_it_is_what_preflight_knows() -> None:
    roles = tuple(f"{layer.name}_" for layer in LAYERS)
    short = {name for name in rows() if not name.startswith((*roles, "management_"))}
    of_a_run = {name for name, cells in rows().items() if cells[3] == "`-e`"}
    assert names._OTHERS - INTERNAL - {"ecs_service_services", "vpc_cidr"} == (short - of_a_run)


def test_every_variable_that_playbooks_read_is_there() -> None:
    files = [*(ROOT / "playbooks").rglob("*.yml"), *(ROOT / "roles" / "application").rglob("*.yml")]
    text = "\n".join(re.sub(r"#.*|'[^']*'|everlook\.failover\.\w+|tests?/\S+", "", file.read_text()) for file in files)
    used = set(re.findall(r"(?<![\w.])(?:app|dns|drill|switch|reports|management)_\w+", text))
    assert {name for name in used if not MADE.fullmatch(name)} - INTERNAL - set(rows()) == set()


def test_every_argument_of_a_run_is_there() -> None:
    text = "\n".join(file.read_text() for file in (ROOT / "playbooks").glob("*.yml"))
    told = {name for name, cells in rows().items() if cells[3] == "`-e`"}
    assert set(re.findall(r"-e (\w+)=", text)) <= told
    assert {name for name in told if not re.search(rf"[( ]{name}(?: \||\) |')", text)} == set()


@pytest.mark.parametrize(("name", "kind", "example"), examples())
def test_an_example_is_of_the_type_of_its_variable(name: str, kind: str, example: t.Any) -> None:
    outer, _of, elements = kind.partition(" of ")
    own = {layer.name: layer.job.argument_spec for layer in LAYERS}
    specs = {f"{layer}_{option}": rules for layer, spec in own.items() for option, rules in spec.items()}
    rules = {**specs, **SETTINGS}.get(name, {"type": outer, **({"elements": elements} if elements else {})})
    assert rules["type"] == outer
    assert rules.get("elements", "") == elements
    _params, errors = validate({name: rules}, {name: example})
    assert errors == []


def test_headings_are_where_links_lead() -> None:
    text = PAGE.read_text()
    anchors = {heading.lower().replace(" ", "-") for heading in re.findall(r"^#+ (.*)$", text, re.MULTILINE)}
    assert set(re.findall(r"\]\(#([^)]*)\)", text)) <= anchors
