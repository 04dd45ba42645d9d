# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Jobs of modules that work on files of the controller."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible.plugins.action import ActionBase

from ...module_utils._engine.errors import FailoverError
from ..files import FileError

Params = t.Mapping[str, t.Any]


@dataclasses.dataclass(frozen=True, kw_only=True)
class LocalJob:
    """A module's work on local files.

    :param name: the module's name without the collection (``status_report``).
    :param argument_spec: as in AnsibleModule.
    :param run: (validated parameters, check mode) → the module's result. Raises FileError, FailoverError.
    """

    name: str
    argument_spec: t.Mapping[str, t.Any]
    run: t.Callable[[Params, bool], dict[str, t.Any]]
    required_if: t.Sequence[t.Sequence[t.Any]] = ()

    def run_action(self, action: ActionBase) -> dict[str, t.Any]:
        """The run() of an action plugin."""
        _validation, params = action.validate_argument_spec(
            argument_spec=self.argument_spec, required_if=self.required_if
        )
        try:
            return self.run(params, bool(action._task.check_mode))
        except (FailoverError, FileError) as error:
            return {"failed": True, "changed": False, "msg": f"{self.name}: {error}"}
