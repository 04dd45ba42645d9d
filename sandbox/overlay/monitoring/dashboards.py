# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Dashboards, which CloudWatch has in all regions at once, and whose body it reads.

API reference, PutDashboard, and "Dashboard body structure and syntax".
"""

from __future__ import annotations

import json
import re
from typing import Any

from moto.cloudwatch.models import cloudwatch_backends
from moto.cloudwatch.responses import CloudWatchResponse

from sandbox.overlay.base import AwsError, Call, corrects

# Where moto has them here.
_REGION = "us-east-1"
_NAME = re.compile(r"[A-Za-z0-9_-]{1,255}")
_TYPES = ("metric", "text", "log", "alarm", "explorer")
_MOST_WIDGETS, _COLUMNS = 500, 24


@corrects(CloudWatchResponse, "PutDashboard")
def put(call: Call) -> Any:
    """PutDashboard: a name of its characters, and a body that it can show."""
    name, body = str(call.get("DashboardName")), str(call.get("DashboardBody"))
    if not _NAME.fullmatch(name):
        raise _invalid(f"The value {name} for field DashboardName contains invalid characters")
    try:
        widgets = json.loads(body)["widgets"]
    except (ValueError, KeyError, TypeError):
        raise _invalid("The field DashboardBody must be a valid JSON object") from None
    if len(widgets) > _MOST_WIDGETS:
        raise _invalid(f"Should not have more than {_MOST_WIDGETS} widgets")
    for number, widget in enumerate(widgets):
        problem = _problem(widget)
        if problem:
            raise _invalid(f"/widgets/{number}: {problem}")
    _backend(call).put_dashboard(name, body)
    return {"DashboardValidationMessages": []}


@corrects(CloudWatchResponse, "GetDashboard")
def get(call: Call) -> Any:
    """GetDashboard, from any region."""
    found = _backend(call).get_dashboard(call.get("DashboardName"))
    if found is None:
        raise _missing([call.get("DashboardName")])
    return {"DashboardArn": found.arn, "DashboardBody": found.body, "DashboardName": found.name}


@corrects(CloudWatchResponse, "DeleteDashboards")
def delete(call: Call) -> Any:
    """DeleteDashboards: one unknown dashboard, and none is deleted."""
    names = call.get("DashboardNames") or []
    missing = [name for name in names if _backend(call).get_dashboard(name) is None]
    if missing:
        raise _missing(missing)
    _backend(call).delete_dashboards(names)
    return {}


def _backend(call: Call) -> Any:
    return cloudwatch_backends[call.account][_REGION]


def _problem(widget: Any) -> str:
    """What CloudWatch refuses in a widget."""
    properties, kind = widget.get("properties"), widget.get("type")
    if kind not in _TYPES or not isinstance(properties, dict):
        return "Should have a type and properties"
    if widget.get("x", 0) + widget.get("width", 6) > _COLUMNS:
        return "Should be within 24 columns"
    needed = {"metric": "region", "text": "markdown", "alarm": "alarms"}.get(kind, "")
    if needed and not properties.get(needed):
        return f"Should have the required property {needed}"
    most = {"metric": ("metrics", 500), "alarm": ("alarms", 100)}
    listed, number = most.get(kind, ("", 0))
    return f"Should have at most {number} {listed}" if len(properties.get(listed, ())) > number else ""


def _invalid(message: str) -> AwsError:
    return AwsError("InvalidParameterInput", message)


def _missing(names: list[str]) -> AwsError:
    return AwsError("ResourceNotFound", f"Dashboard(s) {', '.join(names)} do not exist")
