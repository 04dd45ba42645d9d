# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The switches: their metric, its data points, and the state of the alarms on it. Pure."""

from __future__ import annotations

import datetime
import typing as t

from .._aws.owner import Owner
from .._aws.stack_names import switch_namespace

METRIC: t.Final = "Evict"
EVICT: t.Final = 1.0
RELEASE: t.Final = 0.0

_CLOCKS_SECONDS: t.Final = 2.0
_FIRST_REASON: t.Final = "Unchecked: Initial alarm creation"
# An alarm over one period looks back a few minutes (CloudWatch User Guide, "evaluation range"). Points older than three
# hours may take hours to appear (PutMetricData, API reference).
_FIRST_AGE: t.Final = datetime.timedelta(hours=1)


def metric_dimensions(owner: Owner, evicted: str) -> list[dict[str, str]]:
    """The Dimensions of the metric behind the switches of a region."""
    values = {"Stack": owner.stack, "Environment": owner.environment, "Region": evicted}
    return [{"Name": name, "Value": value} for name, value in values.items()]


def data_points(owner: Owner, values: t.Mapping[str, float]) -> dict[str, t.Any]:
    """PutMetricData's request.

    :param values: evicted region → EVICT or RELEASE.
    """
    data = [
        {"MetricName": METRIC, "Dimensions": metric_dimensions(owner, evicted), "Value": float(value)}
        for evicted, value in sorted(values.items())
    ]
    return {"Namespace": switch_namespace(owner), "MetricData": data}


def first_point(owner: Owner, evicted: str, now: datetime.datetime) -> dict[str, t.Any]:
    """PutMetricData's request for a new switch.

    CloudWatch shows a metric's first point up to two minutes later than others (PutMetricData, API reference), which
    must not delay the first use of a switch. The point is an hour old, because the alarm does not look back that far
    and its state still shows that the switch was never set.
    """
    request = data_points(owner, {evicted: RELEASE})
    return {**request, "MetricData": [{**datum, "Timestamp": now - _FIRST_AGE} for datum in request["MetricData"]]}


def is_unused(state: t.Mapping[str, t.Any], since: float) -> bool:
    """Whether no data point has reached an alarm since a time, so that a switch made then has never been set.

    CloudWatch keeps the reason of an alarm's first state until there is data.

    :param state: an item of switch_calls.read_alarm_states.
    :param since: in seconds since the epoch.
    """
    if state["state"] != "INSUFFICIENT_DATA" or state["reason"] != _FIRST_REASON or not state["since"]:
        return False
    return datetime.datetime.fromisoformat(state["since"]).timestamp() <= since + _CLOCKS_SECONDS
