# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reads of the alarms behind the switches."""

from __future__ import annotations

import typing as t

from .._aws.owner import Owner
from .._aws.stack_names import switch_alarm_prefix
from .._engine.context import Context


def read_alarm_states(ctx: Context, region: str, owner: Owner) -> list[dict[str, t.Any]]:
    """The stack's switch alarms in a region, with their state."""
    return [state_of(owner, item) for item in describe_alarms(ctx, region, switch_alarm_prefix(owner))]


def state_of(owner: Owner, alarm: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """The state of an alarm that DescribeAlarms describes."""
    return {
        "name": alarm["AlarmName"],
        "evicts": alarm["AlarmName"].removeprefix(switch_alarm_prefix(owner)),
        "state": alarm["StateValue"],
        "reason": alarm.get("StateReason", ""),
        "since": alarm["StateUpdatedTimestamp"].isoformat() if "StateUpdatedTimestamp" in alarm else None,
    }


def describe_alarms(ctx: Context, region: str, prefix: str) -> list[dict[str, t.Any]]:
    """DescribeAlarms of a region, for names that begin with ``prefix``."""
    client = ctx.client("cloudwatch", region=region)
    pages = client.get_paginator("describe_alarms").paginate(AlarmNamePrefix=prefix, AlarmTypes=["MetricAlarm"])
    return [item for page in pages for item in page.get("MetricAlarms", ())]
