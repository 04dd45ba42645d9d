# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What must be installed before the rest of this collection can be imported."""

from __future__ import annotations

import functools
import importlib
import typing as t

from ansible.plugins.action import ActionBase

# As in galaxy.yml and requirements.yml
COLLECTION: t.Final = "amazon.aws"
VERSIONS: t.Final = ">=10.1.0,<13.0.0"


@functools.cache
def problem() -> str:
    """What is missing, and the command that installs it; empty if nothing is. The modules check for boto3."""
    try:
        importlib.import_module(f"ansible_collections.{COLLECTION}")
    except ModuleNotFoundError:
        return (
            f"everlook.failover needs the collection {COLLECTION}, which is not installed: run "
            f"ansible-galaxy collection install '{COLLECTION}:{VERSIONS}'"
        )
    return ""


class Refusal(ActionBase):
    """Replaces every action plugin while a requirement is missing."""

    _supports_check_mode = True
    _supports_async = True

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        """Fail, and say what is missing."""
        super().run(tmp, task_vars)
        return {"failed": True, "changed": False, "msg": f"{problem()}."}
