# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Draws the page of an environment on the controller, where its reports are."""

from __future__ import annotations

import pathlib
import typing as t

from ansible.plugins.action import ActionBase

from ..plugin_utils.options.failover_page import OPTIONS, REQUIRED_IF
from ..plugin_utils.page.draw import PageError, draw


class ActionModule(ActionBase):
    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        super().run(tmp, task_vars)
        _validation, params = self.validate_argument_spec(argument_spec=OPTIONS, required_if=REQUIRED_IF)
        folder = pathlib.Path(params["directory"]) / params["environment"]
        try:
            page = draw(folder, params["stack"], params["environment"], write=not self._task.check_mode)
        except PageError as error:
            return {"failed": True, "msg": f"failover_page: {error}", "path": str(folder / "index.html")}
        # A page is a record and no part of what is deployed: writing one is no change.
        return {"changed": False, "path": str(page.path), "reports": page.reports, "sentence": page.sentence}
