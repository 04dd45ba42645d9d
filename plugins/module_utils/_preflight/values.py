# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Validation by an argument spec, with Ansible's conversions: all mistakes, each with its path. Pure.

Ansible's own validation ends at the first mistake of an option, and names Python's types.
"""

from __future__ import annotations

import json
import typing as t

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.parsing.convert_bool import BOOLEANS_FALSE, BOOLEANS_TRUE

from .._engine.errors import SpecError
from .names import suggestion

Options = t.Mapping[str, t.Any]

NOT_SET: t.Final = ("is not set.", "Set it in the inventory.")
EMPTY: t.Final = ("is empty.", "Give it a value, or leave it out.")
# Type → the problem of a value of another type, and the remedy
_TYPES: t.Final[Options] = {
    "int": ("is not a whole number.", "Write digits"),
    "float": ("is not a number.", "Write a number"),
    "bool": ("is neither true nor false.", "Write true or false"),
    "dict": ("is not a mapping.", "Write key: value"),
    "list": ("is not a list.", "Write [one, two]"),
}
# Values that need no validator: nearly all, and validators for them would take a tenth of preflight's time.
_RIGHT_ALREADY: t.Final[dict[str, type]] = {"str": str, "int": int, "bool": bool, "list": list, "dict": dict}
_TEXT: t.Final = ("is not a string.", "Write one value")
_LONGEST: t.Final = 60


def validate(spec: Options, given: Options) -> tuple[dict[str, t.Any], list[SpecError]]:
    """All options of the spec, converted, and the errors. Options that are missing, null or invalid are None."""
    errors: list[SpecError] = []
    _refuse_empty("", spec, given, errors)
    return {option: _value(option, rules, given.get(option), errors) for option, rules in spec.items()}, errors


def _refuse_empty(prefix: str, spec: Options, given: Options, errors: list[SpecError]) -> None:
    """Keys without a value. Ansible converts null, and fails, where an option has a default."""
    errors += [
        SpecError(f"{prefix}{key}", *EMPTY)
        for key, value in given.items()
        if value is None and spec.get(key, {}).get("default") is not None
    ]


def _value(path: str, rules: Options, value: t.Any, errors: list[SpecError]) -> t.Any:
    kind = rules.get("type", "str")
    if value is None:
        value = {} if rules.get("apply_defaults") else rules.get("default")
    if value is None:
        return None
    converted = _converted(kind, _as_written(rules, value))
    if converted is None:
        errors.append(SpecError(path, *wrong_type(rules, value)))
    elif kind == "list" and "elements" in rules:
        item_rules = {key: rule for key, rule in rules.items() if key not in ("elements", "default")}
        item_rules["type"] = rules["elements"]
        errors += [SpecError(f"{path}[{place}]", *EMPTY) for place, item in enumerate(converted) if item is None]
        items = [
            _value(f"{path}[{_label(place, item)}]", item_rules, item, errors) for place, item in enumerate(converted)
        ]
        return [item for item in items if item is not None]
    elif kind == "dict" and "options" in rules:
        return _mapping(path, rules["options"], converted, errors)
    elif "choices" in rules and converted not in rules["choices"]:
        choices = [str(choice) for choice in rules["choices"]]
        errors.append(
            SpecError(path, f"{_shown(value)} is not one of {', '.join(choices)}.", suggestion(str(value), choices))
        )
        return None
    return converted


def _as_written(rules: Options, value: t.Any) -> t.Any:
    """The value, or the only choice that YAML reads as this boolean (``off``), as Ansible does."""
    words = (BOOLEANS_TRUE if value else BOOLEANS_FALSE) if isinstance(value, bool) else ()
    meant = [choice for choice in rules.get("choices", ()) if isinstance(choice, str) and choice in words]
    return meant[0] if len(meant) == 1 else value


def _converted(kind: str, value: t.Any) -> t.Any:
    """The value as Ansible converts it, or None. Stricter where Ansible's leniency hides a mistake."""
    if (kind in ("int", "float") and isinstance(value, bool)) or (kind == "str" and isinstance(value, (list, dict))):
        return None
    if isinstance(value, _RIGHT_ALREADY.get(kind, ())):
        return value
    result = ArgumentSpecValidator({"value": {"type": kind}}).validate({"value": value})
    return None if result.error_messages else result.validated_parameters["value"]


def _mapping(path: str, spec: Options, given: Options, errors: list[SpecError]) -> dict[str, t.Any]:
    errors += [
        SpecError(
            f"{path}.{key}", "is not a known key.", suggestion(str(key), spec) or f"Choose from {', '.join(spec)}."
        )
        for key in given
        if key not in spec
    ]
    _refuse_empty(f"{path}.", spec, given, errors)
    for key, rules in spec.items():
        if rules.get("required") and given.get(key) is None:
            errors.append(SpecError(f"{path}.{key}", *NOT_SET))
    return {key: _value(f"{path}.{key}", rules, given.get(key), errors) for key, rules in spec.items()}


def _label(place: int, item: t.Any) -> t.Any:
    """How a path names an item of a list: by its name, if it has one."""
    return item["name"] if isinstance(item, dict) and item.get("name") else place


def wrong_type(rules: Options, value: t.Any) -> tuple[str, str]:
    """The problem of a value that does not have the type of its option, and the remedy."""
    problem, remedy = _TYPES.get(rules["type"], _TEXT)
    # Values in a mapping with arbitrary keys may be secret.
    secret = rules["type"] == "dict" and "options" not in rules
    shown = "a string" if secret and isinstance(value, str) else _shown(value)
    example = f", such as {rules['default']}" if rules.get("default") and rules["type"] in ("int", "float") else ""
    return f"{shown} {problem}", f"{remedy}{example}."


def _shown(value: t.Any) -> str:
    if isinstance(value, (list, dict)):
        return "a list" if isinstance(value, list) else "a mapping"
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _LONGEST else f'{text[:_LONGEST]}…"'
