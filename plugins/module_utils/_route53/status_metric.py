# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A second source of a health check's status: the metric that Route 53 publishes. Pure.

"HealthCheckStatus: the status of the health check endpoint that CloudWatch is checking. 1 indicates healthy, and 0
indicates unhealthy", by HealthCheckId, in US East (N. Virginia) alone (Route 53 Developer Guide, "Monitoring hosted
zones and health checks using Amazon CloudWatch").
"""

from __future__ import annotations

import datetime
import typing as t

from .health import status_text

REGION: t.Final = "us-east-1"
# Route 53 publishes once a minute, and CloudWatch may take some minutes to show it.
_LOOK_BACK: t.Final = datetime.timedelta(minutes=5)
_PERIOD: t.Final = 60


def metric_request(check_id: str, now: datetime.datetime) -> dict[str, t.Any]:
    """The GetMetricData request for the newest status."""
    metric = {
        "Namespace": "AWS/Route53",
        "MetricName": "HealthCheckStatus",
        "Dimensions": [{"Name": "HealthCheckId", "Value": check_id}],
    }
    return {
        "MetricDataQueries": [
            {"Id": "status", "MetricStat": {"Metric": metric, "Period": _PERIOD, "Stat": "Minimum"}},
        ],
        "StartTime": now - _LOOK_BACK,
        "EndTime": now + datetime.timedelta(seconds=_PERIOD),
        "ScanBy": "TimestampDescending",
    }


def with_metric_status(
    observations: t.Sequence[t.Mapping[str, t.Any]], answer: t.Mapping[str, t.Any]
) -> list[t.Mapping[str, t.Any]]:
    """HealthCheckObservations with the metric's status in place of unknown wording; unchanged without data.

    :param answer: of GetMetricData to metric_request.
    """
    values = [value for result in answer["MetricDataResults"] for value in result.get("Values", ())]
    if not values:
        return list(observations)
    word = "Success" if values[0] > 0 else "Failure"
    said = sorted({status_text(item) for item in observations})
    status = f"{word}: the metric HealthCheckStatus is {values[0]:g} (GetHealthCheckStatus: {'; '.join(said)})"
    return [{"Region": REGION, "StatusReport": {"Status": status}}]
