# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs failover_switch in the Ansible worker where that is safe."""

from __future__ import annotations

import typing as t

from ansible.plugins.action import ActionBase

from ..module_utils._failover_switch.job import JOB
from ..plugin_utils.worker import run_action


class ActionModule(ActionBase):
    _supports_check_mode = True
    _supports_async = True

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        super().run(tmp, task_vars)
        return run_action(self, JOB, task_vars)
