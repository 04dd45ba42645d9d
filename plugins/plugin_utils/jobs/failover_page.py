# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""failover_page: draws the page of an environment from its reports."""

from __future__ import annotations

import pathlib
import typing as t

from ..files import FileError
from ..options.failover_page import OPTIONS, REQUIRED_IF
from ..page.draw import draw
from .local import LocalJob, Params


def run(params: Params, check_mode: bool) -> dict[str, t.Any]:
    """The module's result."""
    folder = pathlib.Path(params["directory"]) / params["environment"]
    try:
        page = draw(folder, params["stack"], params["environment"], write=not check_mode)
    except FileError as error:
        return {"failed": True, "changed": False, "msg": f"failover_page: {error}", "path": str(folder / "index.html")}
    # A page is a record and no part of what is deployed: writing one is no change.
    return {"changed": False, "path": str(page.path), "reports": page.reports, "sentence": page.sentence}


JOB: t.Final = LocalJob(name="failover_page", argument_spec=OPTIONS, required_if=REQUIRED_IF, run=run)
