# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes and gives back an environment's lock. Always on the controller: that is where a second run would start."""

from __future__ import annotations

import os
import pathlib
import tempfile
import typing as t

from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ..plugin_utils.lock import Holder, acquire, holder_of, lock_path, release, this_process
from ..plugin_utils.options.environment_lock import OPTIONS, REQUIRED_IF


class ActionModule(ActionBase):
    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        super().run(tmp, task_vars)
        _validation, params = self.validate_argument_spec(argument_spec=OPTIONS, required_if=REQUIRED_IF)
        path = _path(params)
        # A worker lives as long as its task, its parent as long as the whole run.
        me = this_process(os.getppid(), params["playbook"])
        try:
            return self._run(params, path, me)
        except OSError as error:
            return {"failed": True, "msg": f"environment_lock: {path}: {error.strerror}. Set directory to another one."}

    def _run(self, params: t.Mapping[str, t.Any], path: pathlib.Path, me: Holder) -> dict[str, t.Any]:
        name = f"{params['stack']} in {params['environment']}"
        # The lock is about runs, not about the environment: holding it is no change.
        done: dict[str, t.Any] = {"changed": False, "path": str(path)}
        if self._task.check_mode:
            holder = holder_of(path)
            if holder is not None and not holder.same_process(me):
                Display().warning(f"{name} is being changed meanwhile by {holder}; this shows a moment of that.")
            return done
        if params["state"] == "absent":
            release(path, me)
            return done
        holder = acquire(path, me)
        return done if holder is None else {"failed": True, "msg": _refusal(name, path, holder), "path": str(path)}


def _path(params: t.Mapping[str, t.Any]) -> pathlib.Path:
    directory = pathlib.Path(params["directory"] or pathlib.Path(tempfile.gettempdir()) / "everlook-failover")
    # Accounts behind different endpoints are different accounts.
    endpoint = os.environ.get("AWS_ENDPOINT_URL", "")
    return lock_path(directory, params["stack"], params["environment"], params["account_id"], endpoint)


def _refusal(name: str, path: pathlib.Path, holder: Holder) -> str:
    remedy = f"Wait until it has ended, or stop it (kill -INT {holder.pid})."
    if not holder.same_process(this_process(holder.pid, "")):
        remedy = f"Wait until it has ended; if it has, remove {path}."
    return f"environment_lock: {name} is held by {holder}. Nothing was changed. {remedy}"
