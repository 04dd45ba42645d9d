# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Draws the page of an environment into the folder of its reports."""

from __future__ import annotations

import dataclasses
import pathlib
import typing as t

from .. import files, reports
from ..files import FileError
from ..report import SCHEMA
from ..terminal import warn
from .facts import Reports
from .gather import gather
from .render import render

# The page lists as many drills; older files are not read.
_HISTORY: t.Final = 50

Document = dict[str, t.Any]


@dataclasses.dataclass(frozen=True)
class Drawn:
    """A page: its path, the reports it was drawn from, and its first sentence."""

    path: pathlib.Path
    reports: list[str]
    sentence: str


def draw(folder: pathlib.Path, stack: str, environment: str, *, write: bool = True) -> Drawn:
    """Draw the page from the reports in the folder, and write it there. Raises FileError."""
    path = folder / "index.html"
    found = read(folder, stack, environment)
    try:
        facts = gather(found)
        page = render(facts)
    except (AttributeError, KeyError, OverflowError, TypeError, ValueError) as error:
        raise FileError(_unexpected(folder, found, error)) from error
    if write:
        files.write(path, page)
    return Drawn(path, found.names, facts.sentence)


def _unexpected(folder: pathlib.Path, found: Reports, error: Exception) -> str:
    return (
        f"one of {', '.join(found.names)} in {folder} is not what this version writes "
        f"({type(error).__name__}: {error}). Move it away and run the playbook again."
    )


def read(folder: pathlib.Path, stack: str, environment: str) -> Reports:
    """The reports of the environment, without those that are missing, unreadable or about another stack."""
    found = {name: _document(folder / f"{name}.json", stack) for name in ("deployment", "status", "drill")}
    # Named by their start, so that the names sort.
    drills = sorted((folder / "drills").glob("*.json"), reverse=True)
    return Reports(
        stack=stack,
        environment=environment,
        drills=tuple(filter(None, (_document(path, stack) for path in drills[:_HISTORY]))),
        older_drills=len(drills[_HISTORY:]),
        **found,
    )


def _document(path: pathlib.Path, stack: str) -> Document:
    try:
        found = reports.read(path)
    except reports.UnreadableError as error:
        _left_out(path, str(error))
        return {}
    if found is None:
        return {}
    if found.get("schema") != SCHEMA:
        _left_out(path, f"its schema is not {SCHEMA}, the one of this version")
        return {}
    return found if found.get("stack") == stack else {}


def _left_out(path: pathlib.Path, why: str) -> None:
    warn(f"{path} is left out: {why}. The next run that writes it replaces it.")
