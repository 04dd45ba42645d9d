# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A region breaks, and those who subscribed to its alarms are told, and told when it is mended."""

from __future__ import annotations

import json
import urllib.request
from datetime import UTC, datetime, timedelta
from typing import Any

from sandbox import Sandbox
from tests.sandbox.overlay.test_sns import endpoint
from tests.sandbox.plane.stacks import Stack
from tests.waiting import eventually

_SECONDS = 60


def _requests(stack: Stack, name: str) -> float:
    """The sum of a metric of the load balancer."""
    now = datetime.now(UTC)
    balancer = {"Name": "LoadBalancer", "Value": stack.balancer.partition(":loadbalancer/")[2]}
    found = stack.client("cloudwatch").get_metric_statistics(
        Namespace="AWS/ApplicationELB", MetricName=name, Dimensions=[balancer], Statistics=["Sum"], Period=60,
        StartTime=now - timedelta(hours=1), EndTime=now + timedelta(hours=1),
    )  # fmt: skip
    return sum(float(point["Sum"]) for point in found["Datapoints"])


def _health_check(stack: Stack) -> str:
    config = {"Type": "HTTP", "IPAddress": stack.nodes()[0], "Port": 80, "ResourcePath": "/health"}
    config |= {"RequestInterval": 10, "FailureThreshold": 2}
    created = stack.client("route53").create_health_check(CallerReference="one", HealthCheckConfig=config)
    return str(created["HealthCheck"]["Id"])


def test_a_region_that_breaks_is_told_of_and_so_is_its_end(plane: Sandbox) -> None:
    stack = Stack(plane).set_up().serve()
    assert _requests(stack, "RequestCount") == 0
    stack.get()
    eventually(lambda: _requests(stack, "RequestCount"), what="a request that is counted")
    sns, cloudwatch = (plane.client(name, account=stack.account, region="us-east-1") for name in ("sns", "cloudwatch"))
    topic = sns.create_topic(Name="alarms")["TopicArn"]
    with endpoint() as (url, got):
        sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=url)
        with urllib.request.urlopen(got.get(timeout=_SECONDS)["SubscribeURL"], timeout=_SECONDS):
            pass
        cloudwatch.put_metric_alarm(
            AlarmName="health", Namespace="AWS/Route53", MetricName="HealthCheckPercentageHealthy",
            Dimensions=[{"Name": "HealthCheckId", "Value": _health_check(stack)}], Statistic="Average", Period=60,
            EvaluationPeriods=1, Threshold=75.0, ComparisonOperator="LessThanThreshold", AlarmActions=[topic],
            OKActions=[topic],
        )  # fmt: skip

        def told() -> str:
            message: dict[str, Any] = json.loads(got.get(timeout=_SECONDS)["Message"])
            return str(message["NewStateValue"])

        assert told() == "OK"
        plane.break_region(stack.region, "error")
        assert told() == "ALARM"
        assert eventually(lambda: _requests(stack, "HTTPCode_ELB_5XX_Count"), what="an error that is counted")
        plane.heal_region(stack.region)
        assert told() == "OK"
