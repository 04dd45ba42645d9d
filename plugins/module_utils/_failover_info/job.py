# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""failover_info: which region serves, and why. Reads only."""

from __future__ import annotations

import typing as t

from .._engine.context import Context
from .._engine.job import Job
from .._engine.unread import describe_unread
from .._failover_chain.status_report import report
from .observe import observe
from .options import OPTIONS, REQUIRED_IF
from .spec import parse


def run(ctx: Context) -> dict[str, t.Any]:
    """Return the module's result. Raises FailoverError."""
    spec = parse(ctx.params)
    found = observe(ctx, spec)
    if found.account_problem:
        ctx.warn(found.account_problem)
    return {"changed": False, **report(found), "unread": describe_unread(ctx)}


JOB: t.Final = Job(name="failover_info", argument_spec=OPTIONS, required_if=REQUIRED_IF, run=run)
