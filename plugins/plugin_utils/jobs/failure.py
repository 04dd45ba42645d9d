# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""failure: fails with a message that Ansible prints once."""

from __future__ import annotations

import typing as t

from ..options.failure import OPTIONS, REQUIRED_IF
from ..terminal import failure
from .local import LocalJob, Params


def run(params: Params, _check_mode: bool) -> dict[str, t.Any]:
    """The module's result."""
    return failure(params["msg"], [f"- {reason}" for reason in params["reasons"]])


JOB: t.Final = LocalJob(name="failure", argument_spec=OPTIONS, required_if=REQUIRED_IF, run=run)
