# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Draws the page of an environment on the controller, where its reports are."""

from __future__ import annotations

import json
import pathlib
import typing as t

from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ..plugin_utils.files import replace
from ..plugin_utils.page.facts import Reports
from ..plugin_utils.page.gather import gather
from ..plugin_utils.page.page import render
from ..plugin_utils.report import SCHEMA

_ARGUMENT_SPEC: t.Final[dict[str, dict[str, t.Any]]] = {
    "stack": {"type": "str", "required": True},
    "environment": {"type": "str", "required": True},
    "directory": {"type": "path", "default": "reports"},
}
# The page lists that many drills; the files of older ones are not read.
_HISTORY: t.Final = 50

Document = dict[str, t.Any]


class ActionModule(ActionBase):
    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        super().run(tmp, task_vars)
        _validation, params = self.validate_argument_spec(argument_spec=_ARGUMENT_SPEC)
        folder = pathlib.Path(params["directory"]) / params["environment"]
        path = folder / "index.html"
        reports = read(folder, params["stack"], params["environment"])
        try:
            facts = gather(reports)
            page = render(facts)
            if not self._task.check_mode:
                replace(path, page)
        except OSError as error:
            return {"failed": True, "msg": f"failover_page: {path}: {error.strerror}", "path": str(path)}
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            return {"failed": True, "msg": _unexpected(folder, reports, error), "path": str(path)}
        # A page is a record and no part of what is deployed: writing one is no change.
        return {"changed": False, "path": str(path), "reports": reports.names, "sentence": facts.sentence}


def _unexpected(folder: pathlib.Path, reports: Reports, error: Exception) -> str:
    return (
        f"failover_page: one of {', '.join(reports.names)} in {folder} is not what this version writes "
        f"({type(error).__name__}: {error}). Move it away and run the playbook again."
    )


def read(folder: pathlib.Path, stack: str, environment: str) -> Reports:
    """The reports of the environment; one that is missing, unreadable or about another stack is left out."""
    found = {name: _document(folder / f"{name}.json", stack) for name in ("deployment", "status", "drill")}
    # Named by the time they started, so that their names sort.
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
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        _left_out(path, str(error))
        return {}
    if not isinstance(found, dict) or found.get("schema") != SCHEMA:
        _left_out(path, f"it has not the schema {SCHEMA} of this version")
        return {}
    return found if found.get("stack") == stack else {}


def _left_out(path: pathlib.Path, why: str) -> None:
    Display().warning(f"failover_page: {path} is left out: {why}. The run that writes it next puts it right.")
