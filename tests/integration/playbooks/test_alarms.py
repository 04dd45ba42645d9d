# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The alarms of the environment by the playbooks: deployed, told of by status.yml, and without a region that leaves."""

from __future__ import annotations

import json

import pytest

from sandbox import Sandbox

from .conftest import Playbooks

PREFIX = "hello-dev-failover-alarm-"


@pytest.mark.exhaustive
@pytest.mark.once
def test_the_alarms_of_the_environment_follow_its_regions(playbooks: Playbooks, aws: Sandbox) -> None:
    inventory = playbooks.inventory(
        app_notify={"email": ["ops@example.com"]}, app_dashboard=True, app_rollback_on_alarms=True
    )
    playbooks.ok("site", inventory=inventory)
    cloudwatch = aws.client("cloudwatch", region="us-east-1")
    (checkers,) = cloudwatch.describe_alarms(AlarmNames=[f"{PREFIX}us-west-1-checkers"])["MetricAlarms"]
    (check,) = checkers["Metrics"][0]["MetricStat"]["Metric"]["Dimensions"]
    for region in ("us-east-1", "us-west-1"):
        ecs = aws.client("ecs", region=region)
        (service,) = ecs.describe_services(cluster="hello-dev-hello", services=["hello-dev-hello"])["services"]
        alarms = service["deploymentConfiguration"]["alarms"]
        assert "hello-dev-alarm-hello-target-errors" in alarms["alarmNames"]
        assert alarms["enable"]
        assert alarms["rollback"]
    # So that CloudWatch comes to the same, whenever it looks.
    aws.observe("health_check", check["Value"], "unhealthy")
    cloudwatch.set_alarm_state(AlarmName=f"{PREFIX}no-standby", StateValue="ALARM", StateReason="test")
    cloudwatch.delete_alarms(AlarmNames=[f"{PREFIX}us-west-1-checkers"])
    text = playbooks.ok("status", inventory=inventory).flat()
    assert f"The alarm {PREFIX}no-standby rings in the environment" in text
    assert "1 change (metric_alarm)" in text
    aws.observe("health_check", check["Value"], None)
    playbooks.ok("destroy", "--limit", "us-west-1", "-e", "confirm=dev", inventory=inventory)
    found = cloudwatch.describe_alarms(AlarmNamePrefix=PREFIX, AlarmTypes=["MetricAlarm", "CompositeAlarm"])
    left = {alarm["AlarmName"] for kind in ("MetricAlarms", "CompositeAlarms") for alarm in found[kind]}
    body = json.loads(cloudwatch.get_dashboard(DashboardName="hello-dev-failover")["DashboardBody"])
    shown = {widget["properties"].get("title") for widget in body["widgets"]}
    assert {"Alarms of us-east-1", "Alarms of us-west-1"} & shown == {"Alarms of us-east-1"}
    assert left == {f"{PREFIX}us-east-1-health", f"{PREFIX}us-east-1-checkers"}
