# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The alarms of the environment by the playbooks: deployed, told of by status.yml, and without a region that leaves."""

from __future__ import annotations

import pytest

from sandbox import Sandbox

from .conftest import Playbooks

PREFIX = "hello-dev-failover-alarm-"


@pytest.mark.once
def test_the_alarms_of_the_environment_follow_its_regions(playbooks: Playbooks, aws: Sandbox) -> None:
    inventory = playbooks.inventory(app_notify={"email": ["ops@example.com"]})
    playbooks.ok("site", inventory=inventory)
    cloudwatch = aws.client("cloudwatch", region="us-east-1")
    cloudwatch.set_alarm_state(AlarmName=f"{PREFIX}no-standby", StateValue="ALARM", StateReason="test")
    cloudwatch.delete_alarms(AlarmNames=[f"{PREFIX}us-west-1-checkers"])
    text = playbooks.ok("status", inventory=inventory).flat()
    assert f"The alarm {PREFIX}no-standby rings in the environment" in text
    assert "1 change (metric_alarm)" in text
    playbooks.ok("destroy", "--limit", "us-west-1", "-e", "confirm=dev", inventory=inventory)
    found = cloudwatch.describe_alarms(AlarmNamePrefix=PREFIX, AlarmTypes=["MetricAlarm", "CompositeAlarm"])
    left = {alarm["AlarmName"] for kind in ("MetricAlarms", "CompositeAlarms") for alarm in found[kind]}
    assert left == {f"{PREFIX}us-east-1-health", f"{PREFIX}us-east-1-checkers"}
