# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reads of the alarms behind the switches, and of their data."""

from __future__ import annotations

import datetime
import typing as t

from .._aws.owner import Owner
from .._aws.stack_names import switch_alarm_prefix, switch_namespace
from .._engine.context import Context
from .._resources.metric_alarm_calls import describe_alarms
from . import switches

_LAST_HOURS: t.Final = 3
_PERIOD: t.Final = 60


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


def read_newest(
    ctx: Context, region: str, owner: Owner, evicted: t.Sequence[str]
) -> dict[str, tuple[datetime.datetime, float]]:
    """Evicted region → (time, value) of the newest data point of its switch in ``region``, if there is a recent one."""
    if not evicted:
        return {}
    now = datetime.datetime.now(datetime.UTC)
    answer = ctx.client("cloudwatch", region=region).get_metric_data(
        MetricDataQueries=[_query(owner, place, name) for place, name in enumerate(evicted)],
        StartTime=now - datetime.timedelta(hours=_LAST_HOURS),
        EndTime=now + datetime.timedelta(seconds=_PERIOD),
        ScanBy="TimestampDescending",
    )
    found = {
        item["Id"]: (item["Timestamps"][0], item["Values"][0])
        for item in answer["MetricDataResults"]
        if item.get("Values")
    }
    return {name: found[f"q{place}"] for place, name in enumerate(evicted) if f"q{place}" in found}


def _query(owner: Owner, place: int, evicted: str) -> dict[str, t.Any]:
    metric = {
        "Namespace": switch_namespace(owner),
        "MetricName": switches.METRIC,
        "Dimensions": switches.metric_dimensions(owner, evicted),
    }
    return {"Id": f"q{place}", "MetricStat": {"Metric": metric, "Period": _PERIOD, "Stat": "Maximum"}}
