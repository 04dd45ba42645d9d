# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files that describe a role's variables: argument specs, defaults and the table in its README."""

from __future__ import annotations

import dataclasses
import json
import typing as t

import yaml

from .document import Module, Option
from .markup import for_role, to_markdown
from .roles import FIRST, Part, Role

README_BEGIN: t.Final = "<!-- variables: begin -->"
README_END: t.Final = "<!-- variables: end -->"
# PyYAML breaks a line after the word that goes beyond it.
_WIDTH: t.Final = 100


@dataclasses.dataclass(frozen=True, kw_only=True)
class Variable:
    """A variable of a role.

    :param option: the option that it sets, described and required as the role does.
    :param fallback: the expression that replaces it if it is not defined; empty for the module's default.
    """

    name: str
    option: Option
    fallback: str = ""


class _Dumper(yaml.SafeDumper):
    """Writes no anchors, and indents the items of lists, as yamllint and ansible-lint require."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002
        super().increase_indent(flow, False)


def variables_of(role: Role, options: t.Mapping[str, t.Sequence[Option]]) -> list[Variable]:
    """The variables of a role, those of each module after the other."""
    return [
        Variable(
            name=part.variable(option.name),
            option=dataclasses.replace(_in_role(option, part.module), required=_is_required(role, part, option)),
            fallback=part.fallbacks.get(option.name, ""),
        )
        for part in role.parts
        for option in options[part.module]
    ]


def _is_required(role: Role, part: Part, option: Option) -> bool:
    """Whether the role requires the option: not with a fallback, nor if an item of the role's list may have it."""
    elsewhere = option.name in part.fallbacks or option.name in part.optional
    return option.required and not elsewhere and not (role.each and option.name not in FIRST)


def _in_role(option: Option, module: str) -> Option:
    return dataclasses.replace(
        option,
        description=tuple(for_role(text, module) for text in option.description),
        suboptions=tuple(_in_role(suboption, module) for suboption in option.suboptions),
    )


def argument_specs(notice: str, role: Role, modules: t.Sequence[Module], variables: t.Sequence[Variable]) -> str:
    """meta/argument_specs.yml."""
    options = {variable.name: _documented(variable.option) for variable in variables}
    if role.each:
        options[role.each] = _each(variables)
    main = {
        "short_description": modules[0].short_description,
        "version_added": modules[0].version_added,
        "author": "Everlook contributors (@everlook)",
        "description": _description(role),
        "options": options,
    }
    text = yaml.dump({"argument_specs": {"main": main}}, Dumper=_Dumper, sort_keys=False, width=_WIDTH)
    return f"# {notice}\n---\n{text}"


def _description(role: Role) -> list[str]:
    texts = [
        f"Runs the module M(everlook.failover.{part.module}), whose options are the variables C({part.module}_*), and "
        f"registers its return values as C({part.register})."
        for part in role.parts
    ]
    if role.each:
        texts.append(
            f"Runs it for each item of O({role.each}); C({role.parts[0].register}.results) has the return values of "
            "each."
        )
    return texts


def _documented(option: Option) -> dict[str, t.Any]:
    texts = option.description
    found: dict[str, t.Any] = {"description": texts[0] if len(texts) == 1 else list(texts), **option.declared}
    if option.suboptions:
        found["options"] = {suboption.name: _documented(suboption) for suboption in option.suboptions}
    return found


def _each(variables: t.Sequence[Variable]) -> dict[str, t.Any]:
    """The list of a role that runs its module several times. It lists names, so that a misspelt one is refused."""
    items = {
        variable.option.name: {
            "description": f"As O({variable.name}), for this one.",
            "type": variable.option.type,
            **({"elements": variable.option.elements} if variable.option.elements else {}),
        }
        for variable in variables
    }
    return {
        "description": [
            "What to run the module for, one after the other. By default once, with the other variables alone.",
            "An item has options of the module. What it leaves out is taken from the variable of that option.",
        ],
        "type": "list",
        "elements": "dict",
        "options": items,
    }


def defaults(notice: str, role: Role, variables: t.Sequence[Variable]) -> str:
    """defaults/main.yml: nothing but comments."""
    lines = [
        f"# {notice}",
        "---",
        "# The module applies these defaults: none is set here, so that those of the role `application` count.",
    ]
    if role.each:
        lines.append(f"# {role.each}: [{{}}]")
    lines += [
        f"# {variable.name}: {_flow(variable.option.default)}"
        for variable in variables
        if variable.option.default is not None and not variable.fallback
    ]
    return "\n".join(lines) + "\n"


def _flow(value: t.Any) -> str:
    """A value as YAML on one line."""
    return value if isinstance(value, str) and value == yaml.safe_load(value) else json.dumps(value)


def table(role: Role, variables: t.Sequence[Variable]) -> str:
    """The table of variables for the README, without its markers."""
    lines = ["| Variable | Type | Default | |", "|---|---|---|---|"]
    if role.each:
        lines.append(
            f"| `{role.each}` | list | `[{{}}]` | What to run the module for. An item has options of the module; what "
            "it leaves out is taken from the variables below. |"
        )
    for variable in variables:
        lines += _rows(variable.name, variable.option, variable.fallback)
    return "\n".join(lines) + "\n"


def _rows(name: str, option: Option, fallback: str = "") -> list[str]:
    default = "required" if option.required else f"`{fallback}`" if fallback else ""
    if not default and option.default is not None:
        default = f"`{_flow(option.default)}`"
    kind = f"list of {option.elements}" if option.elements else option.type
    text = to_markdown(" ".join(" ".join(option.description).split()))
    nested = f"{name}[]" if option.type == "list" else name
    rows = [f"| `{name}` | {kind} | {default} | {text} |"]
    for suboption in option.suboptions:
        rows += _rows(f"{nested}.{suboption.name}", suboption)
    return rows
