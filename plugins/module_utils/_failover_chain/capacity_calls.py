# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How many tasks a region was to run at most lately."""

from __future__ import annotations

import datetime
import typing as t

from .._engine.context import Context
from .capacity import HOURS

_PERIOD: t.Final = 3600


def read_most(ctx: Context, region: str, names: t.Sequence[str]) -> int:
    """The most tasks that the ECS services of these names were to run together (GetMetricData); 0 if nobody knows.

    Container Insights has the metric. Not the tasks that ran: a rollout runs twice as many for a while.
    """
    if not names:
        return 0
    now = datetime.datetime.now(datetime.UTC)
    answer = ctx.client("cloudwatch", region=region).get_metric_data(
        MetricDataQueries=[_query(place, name) for place, name in enumerate(names)],
        StartTime=now - datetime.timedelta(hours=HOURS),
        EndTime=now,
    )
    return sum(round(max(item.get("Values") or (0,))) for item in answer["MetricDataResults"])


def _query(place: int, name: str) -> dict[str, t.Any]:
    metric = {
        "Namespace": "ECS/ContainerInsights",
        "MetricName": "DesiredTaskCount",
        "Dimensions": [{"Name": "ClusterName", "Value": name}, {"Name": "ServiceName", "Value": name}],
    }
    return {"Id": f"q{place}", "MetricStat": {"Metric": metric, "Period": _PERIOD, "Stat": "Maximum"}}
