# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Log groups as CloudWatch Logs describes them: with their class, and an ARN without ``:*``."""

from __future__ import annotations

import json
from typing import Any

from moto.logs.responses import LogsResponse

from sandbox.overlay.base import AwsError, Call, corrects

# API reference of CreateLogGroup, logGroupClass: "If you omit this parameter, the default of STANDARD is used."
_STANDARD = "STANDARD"
_CLASSES = (_STANDARD, "INFREQUENT_ACCESS", "DELIVERY")


def _kept(call: Call) -> dict[str, str]:
    """The region's log groups that are not STANDARD, by name, with their classes."""
    classes: dict[str, str] = call.world.store(dict, "logs", "classes", call.account, call.region)
    return classes


@corrects(LogsResponse, "CreateLogGroup")
def create(call: Call) -> Any:
    """CreateLogGroup keeps the class, which cannot be changed afterwards."""
    wanted = call.get("logGroupClass") or _STANDARD
    if wanted not in _CLASSES:
        raise AwsError("InvalidParameterException", f"{wanted} is no log group class")
    result = call.proceed()
    _kept(call)[call.get("logGroupName")] = wanted
    return result


@corrects(LogsResponse, "DescribeLogGroups")
def describe(call: Call) -> Any:
    """DescribeLogGroups returns the class, and the ARN for tagging calls (API reference of LogGroup)."""
    answer = json.loads(call.proceed())
    for group in answer["logGroups"]:
        group["logGroupClass"] = _kept(call).get(group["logGroupName"], _STANDARD)
        group["logGroupArn"] = group["arn"].removesuffix(":*")
    return json.dumps(answer)
