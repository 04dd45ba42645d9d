# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The changes of a run as text, for a terminal and as Markdown. Pure.

A change has what the modules return (``kind``, ``name``, ``action``, ``reason``), and ``region`` and ``layer``.
"""

from __future__ import annotations

import collections
import itertools
import typing as t

Change = t.Mapping[str, t.Any]

SIGNS: t.Final[t.Mapping[str, str]] = {"create": "+", "update": "~", "delete": "-"}
_FUTURE: t.Final = {"create": "to add", "update": "to change", "delete": "to destroy"}
_PAST: t.Final = {"create": "added", "update": "changed", "delete": "destroyed"}


def where(change: Change) -> str:
    """``us-east-1 vpc``, or the layer alone if it is in no region."""
    return " ".join(part for part in (change["region"], change["layer"]) if part)


def count(changes: t.Iterable[Change], *, done: bool = False) -> str:
    """``2 to add, 1 to change, 3 to destroy``, or ``2 added, …`` if done; empty without changes."""
    numbers = collections.Counter(str(change["action"]) for change in changes)
    words = _PAST if done else _FUTURE
    return ", ".join(f"{numbers[action]} {words[action]}" for action in SIGNS if numbers[action])


def blocks(changes: t.Sequence[Change], *, done: bool = False) -> list[str]:
    """A block for each region and layer, in the order of the run."""
    found: list[str] = []
    for place, group in itertools.groupby(changes, where):
        inside = list(group)
        found += [f"{place}: {count(inside, done=done)}", *(_line(change) for change in inside)]
    return found


def document(changes: t.Sequence[Change], about: t.Mapping[str, t.Any], *, done: bool) -> dict[str, t.Any]:
    """plan.json, for programs."""
    numbers = collections.Counter(str(change["action"]) for change in changes)
    return {**about, "done": done, "count": {action: numbers[action] for action in SIGNS}, "changes": list(changes)}


def markdown(changes: t.Sequence[Change], title: str, *, done: bool) -> str:
    """plan.md, for a pull request."""
    text = count(changes, done=done) or ("nothing changed" if done else "nothing to change")
    lines = [f"### {title}: {text}", ""]
    if changes:
        lines += ["```diff", *(_markdown(line) for line in blocks(changes, done=done)), "```", ""]
    return "\n".join(lines)


def _line(change: Change) -> str:
    identifier = str(change.get("id") or "")
    if identifier.startswith("arn:"):
        identifier = identifier.rpartition("/")[2]
    named = f" {identifier}" if identifier else ""
    return f"  {SIGNS[change['action']]} {change['kind']}/{change['name']}{named} ({change['reason']})"


def _markdown(line: str) -> str:
    """GitHub colours lines by their first character."""
    return line[2:].replace("~", "!", 1) if line.startswith("  ") else f"# {line}"
