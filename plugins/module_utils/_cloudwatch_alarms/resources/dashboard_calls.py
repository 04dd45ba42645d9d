# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The dashboard in CloudWatch, where dashboards belong to no region: reads and writes."""

from __future__ import annotations

import json
import typing as t

from ..._engine.aws_errors import unless
from ..._engine.context import Context
from ..._engine.known import Known
from ..._engine.plan import Change
from ..._engine.resource import Calls
from .dashboard import KIND, Dashboard, parse

_GONE: t.Final = frozenset({"ResourceNotFound", "DashboardNotFoundError"})


def find_dashboard(ctx: Context, name: str) -> Dashboard | None:
    """GetDashboard."""
    answer = unless(_GONE, lambda: ctx.client("cloudwatch").get_dashboard(DashboardName=name))
    return parse(name, answer["DashboardBody"]) if answer else None


def put(ctx: Context, change: Change, _known: Known) -> None:
    """PutDashboard, which replaces everything."""
    data: Dashboard = change.data
    ctx.client("cloudwatch").put_dashboard(DashboardName=data.name, DashboardBody=json.dumps(data.body))


def delete(ctx: Context, change: Change, _known: Known) -> None:
    """DeleteDashboards."""
    unless(_GONE, lambda: ctx.client("cloudwatch").delete_dashboards(DashboardNames=[change.data.name]))


CALLS: t.Final = Calls(kind=KIND, create=put, update=put, delete=delete)
