# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Alarms and data points where CloudWatch is put right."""

from __future__ import annotations

import typing as t
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sandbox.overlay.base import Call
from sandbox.overlay.cloudwatch import get_data
from tests.sandbox.overlay.conftest import Local
from tests.sandbox.overlay.helpers import refused

ALARM: dict[str, Any] = {
    "AlarmName": "switch",
    "Namespace": "Everlook/Failover",
    "MetricName": "Evict",
    "Dimensions": [{"Name": "Region", "Value": "us-east-1"}, {"Name": "Stack", "Value": "hello"}],
    "Statistic": "Maximum",
    "Period": 60,
    "EvaluationPeriods": 1,
    "Threshold": 1.0,
    "ComparisonOperator": "GreaterThanOrEqualToThreshold",
}
TAGS = [{"Key": "Stack", "Value": "hello"}]


@pytest.fixture
def cloudwatch(local: Local) -> Any:
    return local.client("cloudwatch")


def describe(cloudwatch: Any) -> Any:
    (alarm,) = cloudwatch.describe_alarms(AlarmNames=["switch"])["MetricAlarms"]
    return alarm


def test_an_alarm_comes_back_whole(cloudwatch: Any) -> None:
    cloudwatch.put_metric_alarm(**ALARM, AlarmDescription="x", ActionsEnabled=False, Tags=TAGS)
    alarm = describe(cloudwatch)
    assert {key: alarm[key] for key in ALARM} == ALARM
    assert (alarm["AlarmDescription"], alarm["ActionsEnabled"], alarm["TreatMissingData"]) == ("x", False, "missing")
    assert alarm["StateValue"] == "INSUFFICIENT_DATA"
    assert cloudwatch.list_tags_for_resource(ResourceARN=alarm["AlarmArn"])["Tags"] == TAGS


def test_a_composite_alarm_is_over_alarms_that_exist(cloudwatch: Any) -> None:
    rule = 'ALARM("switch") AND NOT (OK(other) OR FALSE)'
    with refused("ValidationError"):
        cloudwatch.put_composite_alarm(AlarmName="both", AlarmRule=rule)
    for name in ("switch", "other"):
        cloudwatch.put_metric_alarm(**{**ALARM, "AlarmName": name})
    with refused("ValidationError"):
        cloudwatch.put_composite_alarm(AlarmName="both", AlarmRule="ALARM(switch) AND")
    cloudwatch.put_composite_alarm(AlarmName="both", AlarmRule=rule, AlarmDescription="x", Tags=TAGS)
    assert "CompositeAlarms" not in cloudwatch.describe_alarms()
    (alarm,) = cloudwatch.describe_alarms(AlarmTypes=["CompositeAlarm"])["CompositeAlarms"]
    assert (alarm["AlarmRule"], alarm["AlarmDescription"], alarm["StateValue"]) == (rule, "x", "INSUFFICIENT_DATA")
    assert cloudwatch.list_tags_for_resource(ResourceARN=alarm["AlarmArn"])["Tags"] == TAGS


def test_an_update_keeps_state_and_tags(cloudwatch: Any) -> None:
    cloudwatch.put_metric_alarm(**ALARM, Tags=TAGS)
    cloudwatch.set_alarm_state(AlarmName="switch", StateValue="ALARM", StateReason="test")
    cloudwatch.put_metric_alarm(**(ALARM | {"Threshold": 2.0}), Tags=[{"Key": "Stack", "Value": "other"}])
    alarm = describe(cloudwatch)
    assert (alarm["Threshold"], alarm["StateValue"], alarm["StateReason"]) == (2.0, "ALARM", "test")
    assert cloudwatch.list_tags_for_resource(ResourceARN=alarm["AlarmArn"])["Tags"] == TAGS


def test_a_deleted_alarm_takes_its_tags_along(cloudwatch: Any) -> None:
    cloudwatch.put_metric_alarm(**ALARM, Tags=TAGS)
    with refused("ResourceNotFound", "other"):
        cloudwatch.delete_alarms(AlarmNames=["switch", "other"])
    cloudwatch.delete_alarms(AlarmNames=["switch"])
    cloudwatch.put_metric_alarm(**ALARM)
    assert cloudwatch.list_tags_for_resource(ResourceARN=describe(cloudwatch)["AlarmArn"])["Tags"] == []


def test_alarms_are_found_by_their_tags(local: Local, cloudwatch: Any) -> None:
    """GetResources, with every tag of what it finds."""
    more = [{"Key": "Owner", "Value": "me"}]
    for number in range(3):
        cloudwatch.put_metric_alarm(**(ALARM | {"AlarmName": f"switch-{number}"}), Tags=TAGS + more)
    cloudwatch.put_metric_alarm(**(ALARM | {"AlarmName": "bare"}))
    cloudwatch.put_metric_alarm(**(ALARM | {"AlarmName": "other"}), Tags=[{"Key": "Stack", "Value": "other"}])
    arn = cloudwatch.describe_alarms(AlarmNames=["switch-0"])["MetricAlarms"][0]["AlarmArn"]
    cloudwatch.untag_resource(ResourceARN=arn, TagKeys=["Owner"])
    pages = (
        local.client("resourcegroupstaggingapi")
        .get_paginator("get_resources")
        .paginate(
            ResourceTypeFilters=["cloudwatch:alarm"],
            TagFilters=[{"Key": "Stack", "Values": ["hello"]}],
            ResourcesPerPage=2,
        )
    )
    found = [page["ResourceTagMappingList"] for page in pages]
    assert [len(page) for page in found] == [2, 1]
    tags = {item["ResourceARN"].rpartition(":")[2]: item["Tags"] for page in found for item in page}
    assert tags == {"switch-0": TAGS, "switch-1": TAGS + more, "switch-2": TAGS + more}


@pytest.mark.parametrize(
    "wrong",
    [{"Period": 45}, {"TreatMissingData": "never"}, {"DatapointsToAlarm": 2}, {"EvaluationPeriods": 1441}],
)
def test_alarms_that_cloudwatch_refuses(cloudwatch: Any, wrong: dict[str, Any]) -> None:
    with refused("ValidationError"):
        cloudwatch.put_metric_alarm(**(ALARM | wrong))
    assert cloudwatch.describe_alarms()["MetricAlarms"] == []


def test_points_of_several_dimensions_are_found(cloudwatch: Any) -> None:
    point = {"MetricName": "Evict", "Dimensions": ALARM["Dimensions"], "Value": 1.0}
    cloudwatch.put_metric_data(Namespace=ALARM["Namespace"], MetricData=[point])
    now = datetime.now(UTC)
    metric = {key: ALARM[key] for key in ("Namespace", "MetricName", "Dimensions")}
    query = {"Id": "evict", "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Maximum"}}
    span = {"StartTime": now - timedelta(minutes=5), "EndTime": now + timedelta(minutes=5)}
    (found,) = cloudwatch.get_metric_data(MetricDataQueries=[query], **span)["MetricDataResults"]
    assert found["Values"] == [1.0]
    metric["Dimensions"] = [ALARM["Dimensions"][0], {"Name": "Stack", "Value": "other"}]
    (found,) = cloudwatch.get_metric_data(MetricDataQueries=[query], **span)["MetricDataResults"]
    assert found["Values"] == []


def test_a_period_is_as_short_as_the_sandbox_is_fast() -> None:
    asked: dict[str, Any] = {
        "MetricDataQueries": [{"Id": "a", "MetricStat": {"Period": 60}}, {"Id": "b", "Expression": "a"}]
    }

    class Asking:
        get = staticmethod(asked.get)
        proceed = staticmethod(lambda: asked)

    get_data(t.cast(Call, Asking), speed=10)
    assert asked["MetricDataQueries"][0]["MetricStat"] == {"Period": 6}


def test_points_that_cloudwatch_refuses(cloudwatch: Any) -> None:
    point = {"MetricName": "Evict", "Value": 1.0}
    with refused("InvalidParameterValue", "AWS/Route53"):
        cloudwatch.put_metric_data(Namespace="AWS/Route53", MetricData=[point])
    for moment in (timedelta(days=-15), timedelta(hours=3)):
        with refused("InvalidParameterValue", "Timestamp"):
            late = point | {"Timestamp": datetime.now(UTC) + moment}
            cloudwatch.put_metric_data(Namespace="Everlook/Failover", MetricData=[late])


def test_an_alarm_follows_its_data_and_no_other(cloudwatch: Any) -> None:
    """Until then it has the reason of its first state, by which it is known that there never was any."""
    cloudwatch.put_metric_alarm(**ALARM)
    first = describe(cloudwatch)
    assert (first["StateValue"], first["StateReason"]) == ("INSUFFICIENT_DATA", "Unchecked: Initial alarm creation")
    for other in ({"MetricName": "Other"}, {"Dimensions": [{"Name": "Region", "Value": "us-east-1"}]}):
        point = {"MetricName": "Evict", "Dimensions": ALARM["Dimensions"], "Value": 1.0, **other}
        cloudwatch.put_metric_data(Namespace=ALARM["Namespace"], MetricData=[point])
    assert describe(cloudwatch) == first
    for value, state in ((1.0, "ALARM"), (0.0, "OK")):
        point = {"MetricName": "Evict", "Dimensions": ALARM["Dimensions"], "Value": value}
        cloudwatch.put_metric_data(Namespace=ALARM["Namespace"], MetricData=[point])
        alarm = describe(cloudwatch)
        assert alarm["StateValue"] == state
        assert alarm["StateReason"].startswith("Threshold Crossed: 1 datapoint")
        assert alarm["StateUpdatedTimestamp"] >= first["StateUpdatedTimestamp"]
