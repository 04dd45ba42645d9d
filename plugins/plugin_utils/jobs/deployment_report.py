# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""deployment_report: writes the report of a run."""

from __future__ import annotations

import datetime
import os
import pathlib
import typing as t

from ansible import constants
from ansible.utils.color import stringc

from .. import plan_text, run_changes
from ..files import FileError, write, write_report
from ..options.deployment_report import OPTIONS, REQUIRED_IF
from ..page.draw import draw
from ..report import SCHEMA, Region, Report, Run, compose
from ..report_regions import results_in
from ..reports import UnreadableError, is_deployment, read
from ..run_changes import SHARED
from ..terminal import failure, show, warn
from .local import LocalJob, Params


def run(params: Params, check_mode: bool) -> dict[str, t.Any]:
    """The module's result. Raises FileError."""
    path = pathlib.Path(params["directory"]) / params["environment"] / "deployment.json"
    run = _run(params, path, check_mode)
    report, changes = compose(run, str(path)), run_changes.made(run)
    unwritten = _write(path, run, report, changes)
    if params["show"]:
        show(report.plan if report.failure else report.summary, _coloured)
    if params["show"] and (report.failure or unwritten):
        what = "not all of this run could be done" if report.failure else "its report could not be written"
        reasons = [*report.failure.splitlines(), *unwritten]
        return {**failure(f"{run.title}: {what}.", reasons), "path": str(path)}
    if unwritten:
        raise FileError(unwritten[0])
    if params["fail_on_changes"] and changes and check_mode:
        text = f"{run.title} differs from the inventory: {plan_text.count(changes)}."
        return {"failed": True, "changed": False, "msg": text, "path": str(path)}
    # A report is a record of the run and no part of what is deployed: writing one is no change.
    result = {"changed": False, "path": str(path), "problems": report.problems}
    return result if params["show"] else {**result, "summary": report.summary}


def _write(path: pathlib.Path, run: Run, report: Report, changes: t.Sequence[plan_text.Change]) -> list[str]:
    """Write plan, report and page. Returns errors instead of raising: a full disk must not hide the run's outcome."""
    try:
        _write_plan(path.parent, run, changes)
        if not run.check_mode:
            write_report(path, report.document)
            draw(path.parent, run.stack, run.environment)
    except FileError as error:
        return [str(error)]
    return []


def _write_plan(folder: pathlib.Path, run: Run, changes: t.Sequence[plan_text.Change]) -> None:
    """plan.json and plan.md. Raises FileError."""
    about = {"schema": SCHEMA, "stack": run.stack, "environment": run.environment, "written_at": run.at}
    done = not run.check_mode
    write_report(folder / "plan.json", plan_text.document(changes, about, done=done))
    write(folder / "plan.md", plan_text.markdown(changes, run.title, done=done))


def _coloured(line: str) -> str:
    """Additions, changes and deletions in the colours of a diff."""
    colours = {"  + ": constants.COLOR_DIFF_ADD, "  ~ ": constants.COLOR_CHANGED, "  - ": constants.COLOR_DIFF_REMOVE}
    colour = colours.get(line[:4])
    return stringc(line, colour) if colour else line


def _run(params: t.Mapping[str, t.Any], path: pathlib.Path, check_mode: bool) -> Run:
    regions = tuple(_region(region) for region in params["regions"])
    only = params["only"]
    return Run(
        stack=params["stack"],
        environment=params["environment"],
        account_id=params["account_id"],
        check_mode=check_mode,
        absent=params["state"] == "absent",
        regions=regions,
        only=tuple(region.name for region in regions) if only is None else tuple(only),
        shared={layer: params[option] for option, layer in SHARED.items() if params[option]},
        removed={layer: params["removed"][option] for option, layer in SHARED.items() if params["removed"].get(option)},
        status=params["status"],
        previous=_previous(path, params),
        parent_account_id=(params["delegation_role_arn"].split(":") + [""] * 5)[4],
        endpoint_url=os.environ.get("AWS_ENDPOINT_URL") or None,
        at=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        partial=params["partial"],
        notes=tuple(params["notes"]),
    )


def _region(region: t.Mapping[str, t.Any]) -> Region:
    return Region(
        name=region["name"],
        priority=region.get("priority"),
        results=results_in(region),
        removal=results_in(region.get("removal") or {}),
    )


def _previous(path: pathlib.Path, params: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """The last report, if it is readable and about the same stack and account."""
    try:
        found = read(path) or {}
    except UnreadableError as error:
        warn(f"{path} is left out: {error}. This run replaces it.")
        return {}
    same = all(found.get(key) == params[key] for key in ("stack", "account_id"))
    return found if same and is_deployment(found) else {}


JOB: t.Final = LocalJob(name="deployment_report", argument_spec=OPTIONS, required_if=REQUIRED_IF, run=run)
