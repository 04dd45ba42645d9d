# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The vCPUs that an account may use on Fargate at once: the quota, the usage, and its metric.

Amazon ECS Developer Guide, "AWS Fargate service quotas", "AWS Fargate usage metrics", and for the refusal "Viewing
Amazon ECS service event messages".
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from moto.cloudwatch.responses import CloudWatchResponse
from moto.ecs.models import ecs_backends

from sandbox.overlay.base import AwsError, Call, World, corrects
from sandbox.overlay.quotas import VCPUS

_UNITS = 1024
_USAGE = {"Service": "Fargate", "Type": "Resource", "Resource": "vCPU", "Class": "Standard/OnDemand"}


def in_use(ecs: Any) -> float:
    """vCPUs of the tasks that are not stopped."""
    tasks = (task for cluster in ecs.tasks.values() for task in cluster.values())
    return sum(int(task.definition.cpu) for task in tasks if task.last_status != "STOPPED") / _UNITS


def keep(world: World, ecs: Any, definition: Any) -> None:
    """Raise AWS's refusal if a task of the definition would exceed the quota."""
    allowed = VCPUS.limit_in(world, ecs.account_id, ecs.region_name)
    if in_use(ecs) + int(definition.cpu) / _UNITS > allowed:
        raise AwsError(
            "LimitExceededException", "You've reached the limit on the number of vCPUs you can run concurrently"
        )


@corrects(CloudWatchResponse, "GetMetricData")
def _get_data(call: Call) -> Any:
    """The current usage as a metric; none without tasks. CloudWatch answers all other queries."""
    asked = {query["Id"] for query in call.get("MetricDataQueries") or [] if _is_usage(query)}
    answer = call.proceed()
    used = in_use(ecs_backends[call.account][call.region])
    for result in answer["MetricDataResults"]:
        if result["id"] in asked and used:
            result.update(timestamps=[datetime.now(UTC)], values=[used])
    return answer


def _is_usage(query: dict[str, Any]) -> bool:
    metric = (query.get("MetricStat") or {}).get("Metric") or {}
    named = {item["Name"]: item["Value"] for item in metric.get("Dimensions") or []}
    return (metric.get("Namespace"), metric.get("MetricName")) == ("AWS/Usage", "ResourceCount") and named == _USAGE
