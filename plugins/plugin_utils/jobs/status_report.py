# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""status_report: writes the status of an environment."""

from __future__ import annotations

import datetime
import os
import pathlib
import typing as t

from ...module_utils._failover_chain.capacity import parse_share
from ..files import FileError, write_report
from ..options.status_report import OPTIONS, REQUIRED_IF
from ..page.draw import draw
from ..reports import UnreadableError, is_deployment, read
from ..run_changes import SHARED
from ..status import compose, drift_of, results_of
from ..status_alarms import of_all
from ..status_look import Look
from ..terminal import failure, show
from .local import LocalJob, Params

_JOURNAL: t.Final = "drill-journal.json"
_HEALED: t.Final = "drill-journals"


def run(params: Params, check_mode: bool) -> dict[str, t.Any]:
    """The module's result. Raises FileError."""
    folder = pathlib.Path(params["directory"]) / params["environment"]
    path = folder / "status.json"
    status = compose(_look(params, folder), str(path))
    unwritten = [] if check_mode else _write(path, status.document, params)
    if params["show"]:
        show(status.table if params["strict"] and status.problems else status.lines)
    if params["strict"] and status.problems:
        title, problems = f"{params['stack']} in {params['environment']}", [*status.problems, *unwritten]
        text = failure(f"Not all is well with {title}.", problems) if params["show"] else {"msg": "\n".join(problems)}
        return {"failed": True, "changed": False, **text, "path": str(path)}
    if unwritten:
        raise FileError(unwritten[0])
    # A report is a record and no part of what is deployed: writing one is no change.
    result = {"sentence": status.document["sentence"], "problems": status.problems}
    return {"changed": False, "path": str(path), **result, **({} if params["show"] else {"lines": status.lines})}


def _write(path: pathlib.Path, document: t.Mapping[str, t.Any], params: t.Mapping[str, t.Any]) -> list[str]:
    """Write report and page. Returns errors instead of raising: the status is shown anyway."""
    try:
        write_report(path, document)
        draw(path.parent, params["stack"], params["environment"])
    except FileError as error:
        return [str(error)]
    return []


def _look(params: t.Mapping[str, t.Any], folder: pathlib.Path) -> Look:
    shared = {layer: params[option] for option, layer in SHARED.items()}
    found = read_document(folder / "deployment.json") or {}
    deployed = found.get("regions", {}) if is_deployment(found) else {}
    return Look(
        stack=params["stack"],
        environment=params["environment"],
        account_id=params["account_id"],
        info=params["info"],
        priorities={region["name"]: region.get("priority") for region in params["regions"]},
        zones={
            region["name"]: _zones(region.get("vpc")) or _zones(deployed.get(region["name"], {}).get("vpc"))
            for region in params["regions"]
        },
        drift=drift_of(results_of(params["regions"], shared), params["drift_problem"]),
        journal=read_document(folder / _JOURNAL),
        drill=_last_drill(folder / _HEALED),
        at=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        endpoint_url=os.environ.get("AWS_ENDPOINT_URL"),
        share=parse_share(params["standby_capacity"]),
        certificates={region["name"]: region.get("acm_certificate") or {} for region in params["regions"]},
        alarms=of_all(params["regions"], params["alarms"]),
        lost=_lost(params["services"], params["regions"]),
    )


def _lost(services: t.Collection[str], regions: t.Sequence[t.Mapping[str, t.Any]]) -> dict[str, list[str]]:
    """Services that the inventory does not have → the regions that do."""
    found: dict[str, list[str]] = {}
    for region in regions if services else ():
        for name in (region.get("vpc") or {}).get("services") or ():
            if name not in services:
                found.setdefault(name, []).append(region["name"])
    return found


def _zones(network: t.Any) -> tuple[str, ...]:
    """The availability zones of a network, from what module vpc returned."""
    zones = (network or {}).get("zones") or ()
    return tuple(map(str, zones)) if isinstance(zones, (list, tuple)) else ()


def _last_drill(folder: pathlib.Path) -> dict[str, t.Any] | None:
    """The journal of the last healed drill. Journals are named by the start of their drill."""
    found = read_document(max(folder.glob("*.json"), default=folder / "none")) or {}
    healed = found.get("healed")
    moments = (found.get("armed_at"), healed.get("at") if isinstance(healed, dict) else None)
    return found if all(isinstance(moment, (int, float)) for moment in moments) else None


def read_document(path: pathlib.Path) -> dict[str, t.Any] | None:
    """The file's content; None without a file. For an unreadable file, a document that only says so."""
    try:
        return read(path)
    except UnreadableError:
        return {"text": f"{path} cannot be read"}


JOB: t.Final = LocalJob(name="status_report", argument_spec=OPTIONS, required_if=REQUIRED_IF, run=run)
