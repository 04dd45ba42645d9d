# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The metric HealthCheckStatus, which Route 53 publishes for every health check.

Developer Guide, "Monitoring hosted zones and health checks using Amazon CloudWatch": the namespace AWS/Route53, by
HealthCheckId, only in US East (N. Virginia); "1 indicates healthy, and 0 indicates unhealthy".
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from moto.cloudwatch.responses import CloudWatchResponse
from moto.route53 import models

from sandbox.overlay.base import Call, corrects
from sandbox.overlay.route53.health import CheckHealth

_REGION = "us-east-1"


@corrects(CloudWatchResponse, "GetMetricData")
def _get_data(call: Call) -> Any:
    """Of the statuses there is the newest, as of now; all else is CloudWatch's."""
    asked = {query["Id"]: _check_of(query) for query in call.get("MetricDataQueries") or []}
    answer = call.proceed()
    for result in answer["MetricDataResults"] if call.region == _REGION else ():
        check_id = asked.get(result["id"])
        if check_id in models.route53_backends[call.account]["aws"].health_checks:
            well = CheckHealth(call.world, call.account).healthy(str(check_id))
            result.update(timestamps=[datetime.now(UTC)], values=[1.0 if well else 0.0])
    return answer


def _check_of(query: dict[str, Any]) -> str | None:
    """The health check of a query for its status."""
    metric = (query.get("MetricStat") or {}).get("Metric") or {}
    if (metric.get("Namespace"), metric.get("MetricName")) != ("AWS/Route53", "HealthCheckStatus"):
        return None
    named = {item["Name"]: item["Value"] for item in metric.get("Dimensions") or []}
    return named.get("HealthCheckId")
