# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Container Insights: the most tasks that a service was to run.

Amazon CloudWatch User Guide, "Amazon ECS Container Insights metrics": DesiredTaskCount, by cluster and service, of
clusters where it is on.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from moto.cloudwatch.responses import CloudWatchResponse
from moto.ecs.models import ecs_backends

from sandbox.overlay.base import Call, corrects
from sandbox.overlay.ecs.services import services_in

_METRIC = ("ECS/ContainerInsights", "DesiredTaskCount")


@corrects(CloudWatchResponse, "GetMetricData")
def _get_data(call: Call) -> Any:
    """The most there ever was, as of now, whatever the statistic. All else is CloudWatch's."""
    asked = {query["Id"]: _service(call, query) for query in call.get("MetricDataQueries") or []}
    answer = call.proceed()
    for result in answer["MetricDataResults"]:
        if found := asked.get(result["id"]):
            result.update(timestamps=[datetime.now(UTC)], values=[float(found.most)])
    return answer


def _service(call: Call, query: dict[str, Any]) -> Any:
    metric = (query.get("MetricStat") or {}).get("Metric") or {}
    named = {item["Name"]: item["Value"] for item in metric.get("Dimensions") or []}
    if (metric.get("Namespace"), metric.get("MetricName")) != _METRIC or named.keys() != {"ClusterName", "ServiceName"}:
        return None
    cluster = ecs_backends[call.account][call.region].clusters.get(named["ClusterName"])
    settings = {item["name"]: item["value"] for item in getattr(cluster, "settings", None) or []}
    if settings.get("containerInsights", "disabled") == "disabled":
        return None
    key = f"{named['ClusterName']}:{named['ServiceName']}"
    return services_in(call.world, call.account, call.region).get(key)
