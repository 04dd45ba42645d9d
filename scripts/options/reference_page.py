# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/inventory.md, the README of the role application, and preflight's list of names."""

from __future__ import annotations

import re
import typing as t

from .argument_spec import LICENCE
from .reference import Entry, Section, flow

_INTRODUCTION: t.Final = """\
# Inventory reference

Every variable that an inventory may set. `site.yml` refuses names that are not here, and suggests the nearest one. The
short names come first; the [variables of the roles](#variables-of-the-roles) count more, and reach every option.

| Where | Set it in |
|---|---|
| all | `inventories/<environment>/group_vars/all.yml`, for all regions |
| region | `hosts.yml`, beside the region, or `host_vars/<region>.yml`: for this region alone |
| service | an item of `app_services`, for this service alone: under the name in parentheses |
| `-e` | the command line, for this run; any other variable can be set there, too |
"""
_ROLES: t.Final = """\
## Variables of the roles

A role's own variables count more than the short names. A default that is a name is the variable that counts otherwise.
In an item of `app_services` the options of `ecs_service` have no prefix: `cpu`, not `ecs_service_cpu`. What is said in
full, and what each role returns, is in its README.

"""
_HEADER: t.Final = "| Variable | Type | Default | Example | Where | |\n|---|---|---|---|---|---|\n"
_REQUIRED: t.Final = "required"
# A link of docs/inventory.md to a page beside it, or to a heading of its own
_LINK: t.Final = re.compile(r"\]\((?!https?:)([\w-]+\.md)?(?=[#)])")


def page(notice: str, sections: t.Sequence[Section], roles: t.Sequence[Section]) -> str:
    """docs/inventory.md.

    :param roles: the sections of the roles.
    """
    contents = "".join(f"- [{section.title}](#{_anchor(section)}): {section.about}\n" for section in sections)
    links = ", ".join(f"[{section.title.removeprefix('Role ')}](#{_anchor(section)})" for section in roles)
    contents += f"- [Variables of the roles](#variables-of-the-roles): {links}\n"
    parts = [
        f"<!-- {notice} -->\n\n{_INTRODUCTION}\n{contents}\n",
        *(_section(section) for section in sections),
        _ROLES,
    ]
    parts += [_section(section, level=3) for section in roles]
    return "".join(parts).rstrip("\n") + "\n"


def _anchor(section: Section) -> str:
    return section.title.lower().replace(" ", "-")


def _section(section: Section, level: int = 2) -> str:
    text = f"{section.text.rstrip()}\n\n" if section.text else ""
    rows = "".join(_row(entry) for entry in section.entries)
    others = ", ".join(f"`{name}`" for name in section.others)
    rest = f"\nThe playbooks set {others}: these are for playbooks of your own.\n" if others else ""
    return f"{'#' * level} {section.title}\n\n{text}{_HEADER}{rows}{rest}\n"


def _row(entry: Entry) -> str:
    default = _REQUIRED if entry.required else entry.default
    example = f"`{flow(entry.example)}`" if entry.example is not None else ""
    cells = (f"`{entry.name}`", entry.type, default, example.replace("|", "\\|"), entry.where, entry.text)
    return f"| {' | '.join(cells)} |\n" + "".join(_row(key) for key in entry.keys)


def table(sections: t.Sequence[Section]) -> str:
    """The table of the role application's README, without its markers."""
    lines = ["| Variable | Type | Default | |", "|---|---|---|---|"]
    for section in sections:
        for entry in section.entries if section.application else ():
            text = _LINK.sub(lambda link: f"](../../docs/{link[1] or 'inventory.md'}", entry.text)
            default = _REQUIRED if entry.required else entry.default
            lines.append(f"| `{entry.name}` | {entry.type} | {default} | {text} |")
    return "\n".join(lines) + "\n"


def names_file(notice: str, sections: t.Sequence[Section]) -> str:
    """The source of a file with the names that preflight knows."""
    names = sorted(entry.name for section in sections if section.names for entry in section.entries)
    lines = "".join(f'        "{name}",\n' for name in names)
    return f'''# {notice}
{LICENCE}"""The variables of an inventory that are no role's own."""

from __future__ import annotations

import typing as t

VARIABLES: t.Final = frozenset(
    {{
{lines}    }}
)
'''
