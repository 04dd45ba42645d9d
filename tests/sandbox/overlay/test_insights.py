# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Container Insights' metric of a service's tasks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.sandbox.overlay.ecs_helpers import NAME, SERVICE, Platform


def most(platform: Platform, name: str = NAME) -> list[float]:
    dimensions = [{"Name": "ClusterName", "Value": NAME}, {"Name": "ServiceName", "Value": name}]
    metric = {"Namespace": "ECS/ContainerInsights", "MetricName": "DesiredTaskCount", "Dimensions": dimensions}
    now = datetime.now(UTC)
    query: Any = {"Id": "q", "MetricStat": {"Metric": metric, "Period": 3600, "Stat": "Maximum"}}
    answer = platform.local.client("cloudwatch").get_metric_data(
        MetricDataQueries=[query], StartTime=now - timedelta(hours=24), EndTime=now
    )
    [result] = answer["MetricDataResults"]
    return list(result["Values"])


@pytest.mark.parametrize(("insights", "expected"), [("enabled", [5.0]), ("disabled", [])])
def test_the_most_tasks_are_known_where_it_is_on(platform: Platform, insights: str, expected: list[float]) -> None:
    platform.ecs.update_cluster(cluster=NAME, settings=[{"name": "containerInsights", "value": insights}])
    platform.create()
    for count in (5, 1):
        platform.ecs.update_service(**SERVICE, desiredCount=count)
    assert most(platform) == expected
    assert most(platform, "other") == []
