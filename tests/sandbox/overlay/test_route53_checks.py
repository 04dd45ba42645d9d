# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Health checks: what is kept, what is refused, and what their status follows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sandbox.accounts import credentials
from sandbox.overlay.quotas import applied
from tests.sandbox.overlay.conftest import Local
from tests.sandbox.overlay.helpers import refused

ENDPOINT: dict[str, Any] = {
    "Type": "HTTP",
    "FullyQualifiedDomainName": "us-east-1.dev.example.com",
    "RequestInterval": 10,
}
METRIC: dict[str, Any] = {
    "Namespace": "Everlook/Failover",
    "MetricName": "Evict",
    "Dimensions": [{"Name": "Region", "Value": "us-east-1"}],
}
ALARM: dict[str, Any] = METRIC | {
    "AlarmName": "switch",
    "Statistic": "Maximum",
    "Period": 60,
    "EvaluationPeriods": 1,
    "Threshold": 1.0,
    "ComparisonOperator": "GreaterThanOrEqualToThreshold",
}
SWITCH: dict[str, Any] = {
    "Type": "CLOUDWATCH_METRIC",
    "AlarmIdentifier": {"Region": "us-west-1", "Name": "switch"},
    "InsufficientDataHealthStatus": "LastKnownStatus",
}


@pytest.fixture
def route53(local: Local) -> Any:
    return local.client("route53")


@pytest.fixture
def cloudwatch(local: Local) -> Any:
    client = local.client("cloudwatch", "us-west-1")
    client.put_metric_alarm(**ALARM)
    return client


def test_the_account_has_so_many_health_checks_and_no_more(local: Local, route53: Any) -> None:
    """GetAccountLimit; CreateHealthCheck refuses with TooManyHealthChecks."""
    limit = route53.get_account_limit(Type="MAX_HEALTH_CHECKS_BY_OWNER")
    assert (limit["Limit"]["Value"], limit["Count"]) == (200, 0)
    assert local.aws
    applied(local.aws.world, credentials("staging").account_id, "us-east-1")["L-ACB674F3"] = 1
    create(route53, **ENDPOINT)
    limit = route53.get_account_limit(Type="MAX_HEALTH_CHECKS_BY_OWNER")
    assert (limit["Limit"]["Value"], limit["Count"]) == (1, 1)
    with refused("TooManyHealthChecks"):
        create(route53, "another", **ENDPOINT)


def create(route53: Any, reference: str = "once", **config: Any) -> Any:
    return route53.create_health_check(CallerReference=reference, HealthCheckConfig=config)["HealthCheck"]


def statuses(route53: Any, check_id: str) -> set[str]:
    seen = route53.get_health_check_status(HealthCheckId=check_id)["HealthCheckObservations"]
    return {observation["StatusReport"]["Status"].partition(":")[0] for observation in seen}


def test_what_is_not_said_is_filled_in(route53: Any) -> None:
    config = create(route53, **ENDPOINT)["HealthCheckConfig"]
    filled = {"Port": 80, "FailureThreshold": 3, "MeasureLatency": False, "EnableSNI": False}
    assert config == ENDPOINT | filled | {"Inverted": False, "Disabled": False}
    secure = create(route53, "twice", **ENDPOINT | {"Type": "HTTPS"})["HealthCheckConfig"]
    assert (secure["Port"], secure["EnableSNI"]) == (443, True)


def test_the_same_request_again_is_the_same_check(route53: Any) -> None:
    first = create(route53, **ENDPOINT)
    assert create(route53, **ENDPOINT)["Id"] == first["Id"]
    assert create(route53, "other", **ENDPOINT)["Id"] != first["Id"]
    with refused("HealthCheckAlreadyExists"):
        create(route53, **ENDPOINT | {"ResourcePath": "/health"})


def test_the_reference_of_a_deleted_check_is_refused(route53: Any) -> None:
    check = create(route53, **ENDPOINT)
    route53.delete_health_check(HealthCheckId=check["Id"])
    with refused("HealthCheckAlreadyExists"):
        create(route53, **ENDPOINT)
    with refused("NoSuchHealthCheck"):
        route53.delete_health_check(HealthCheckId=check["Id"])


def test_an_update_counts_versions_and_keeps_what_it_does_not_name(route53: Any) -> None:
    check = create(route53, **ENDPOINT | {"ResourcePath": "/health"})
    updated = route53.update_health_check(HealthCheckId=check["Id"], HealthCheckVersion=1, FailureThreshold=2)[
        "HealthCheck"
    ]
    assert updated["HealthCheckConfig"] == check["HealthCheckConfig"] | {"FailureThreshold": 2}
    assert updated["HealthCheckVersion"] == 2
    with refused("HealthCheckVersionMismatch"):
        route53.update_health_check(HealthCheckId=check["Id"], HealthCheckVersion=1, FailureThreshold=1)
    reset = route53.update_health_check(HealthCheckId=check["Id"], ResetElements=["ResourcePath"])["HealthCheck"]
    assert "ResourcePath" not in reset["HealthCheckConfig"]
    # Type, RequestInterval and MeasureLatency are no parameters of an update at all
    assert route53.get_health_check(HealthCheckId=check["Id"])["HealthCheck"] == reset


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"RequestInterval": 20}, "10 or 30"),
        ({"FailureThreshold": 11}, "between 1 and 10"),
        ({"Regions": ["us-east-1", "us-west-1", "us-west-1"]}, "At least 3"),
        ({"FullyQualifiedDomainName": ""}, "FullyQualifiedDomainName"),
        ({"Type": "HTTP_STR_MATCH"}, "SearchString"),
        ({"Type": "TCP"}, "Port"),
        ({"Type": "CALCULATED"}, "HealthThreshold"),
        ({"Type": "CLOUDWATCH_METRIC"}, "AlarmIdentifier"),
        ({"InsufficientDataHealthStatus": "Healthy"}, "InsufficientDataHealthStatus"),
    ],
)
def test_what_route_53_refuses(route53: Any, change: dict[str, Any], words: str) -> None:
    with refused("InvalidInput", words):
        create(route53, **ENDPOINT | change)


def test_status_is_what_the_checkers_saw(local: Local, route53: Any) -> None:
    check = create(route53, **ENDPOINT | {"Regions": ["us-east-1", "us-west-1", "eu-west-1"]})["Id"]
    observations = route53.get_health_check_status(HealthCheckId=check)["HealthCheckObservations"]
    assert [observation["Region"] for observation in observations] == ["us-east-1", "us-west-1", "eu-west-1"]
    assert statuses(route53, check) == {"Success"}
    assert route53.get_health_check_last_failure_reason(HealthCheckId=check)["HealthCheckObservations"] == []
    local.observe("health_check", check, "unhealthy")
    assert statuses(route53, check) == {"Failure"}
    failure = route53.get_health_check_last_failure_reason(HealthCheckId=check)["HealthCheckObservations"]
    assert len(failure) == 3


def test_the_status_of_a_check_is_a_metric_in_us_east_1_alone(local: Local, route53: Any) -> None:
    """Developer Guide, "Monitoring hosted zones and health checks using Amazon CloudWatch"."""
    check = create(route53, **ENDPOINT)["Id"]
    metric = {
        "Namespace": "AWS/Route53",
        "MetricName": "HealthCheckStatus",
        "Dimensions": [{"Name": "HealthCheckId", "Value": check}],
    }
    query = {"Id": "status", "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Minimum"}}
    span = {"StartTime": datetime.now(UTC) - timedelta(minutes=5), "EndTime": datetime.now(UTC)}

    def values(region: str) -> list[float]:
        client = local.client("cloudwatch", region=region)
        (found,) = client.get_metric_data(MetricDataQueries=[query], **span)["MetricDataResults"]
        return list(found["Values"])

    assert (values("us-east-1"), values("us-west-1")) == ([1.0], [])
    local.observe("health_check", check, "unhealthy")
    assert values("us-east-1") == [0.0]


def test_a_calculated_check_has_no_observations(route53: Any) -> None:
    child = create(route53, **ENDPOINT)["Id"]
    parent = create(route53, "parent", Type="CALCULATED", ChildHealthChecks=[child], HealthThreshold=1)["Id"]
    with refused("InvalidInput", "calculated"):
        route53.get_health_check_status(HealthCheckId=parent)
    with refused("InvalidInput", "calculated"):
        route53.get_health_check_last_failure_reason(HealthCheckId=parent)


def test_children_must_exist_and_not_be_calculated_themselves(route53: Any) -> None:
    child = create(route53, **ENDPOINT)["Id"]
    parent = create(route53, "parent", Type="CALCULATED", ChildHealthChecks=[child], HealthThreshold=1)["Id"]
    with refused("InvalidInput", "itself calculated"):
        create(route53, "grandparent", Type="CALCULATED", ChildHealthChecks=[parent], HealthThreshold=1)
    with refused("InvalidInput", "does not exist"):
        create(route53, "orphan", Type="CALCULATED", ChildHealthChecks=["none"], HealthThreshold=1)


def test_an_alarm_is_copied_when_the_check_is_made_and_when_it_is_updated(route53: Any, cloudwatch: Any) -> None:
    check = create(route53, **SWITCH)
    copied = {name: value for name, value in ALARM.items() if name != "AlarmName"}
    assert check["CloudWatchAlarmConfiguration"] == copied
    assert check["HealthCheckConfig"] == SWITCH | {"Inverted": False, "Disabled": False}
    cloudwatch.put_metric_alarm(**ALARM | {"Threshold": 5.0})
    kept = route53.get_health_check(HealthCheckId=check["Id"])["HealthCheck"]
    assert kept["CloudWatchAlarmConfiguration"]["Threshold"] == 1.0
    route53.update_health_check(HealthCheckId=check["Id"], AlarmIdentifier=SWITCH["AlarmIdentifier"])
    renewed = route53.get_health_check(HealthCheckId=check["Id"])["HealthCheck"]
    assert renewed["CloudWatchAlarmConfiguration"]["Threshold"] == 5.0


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"Period": 10}, "standard resolution"),
        ({"EvaluationPeriods": 3, "DatapointsToAlarm": 2}, "M out of N"),
        ({"AlarmName": "another"}, "does not exist"),
    ],
)
def test_alarms_that_route_53_cannot_follow(local: Local, route53: Any, change: dict[str, Any], words: str) -> None:
    local.client("cloudwatch", "us-west-1").put_metric_alarm(**ALARM | change)
    with refused("InvalidInput", words):
        create(route53, **SWITCH)


def publish(cloudwatch: Any, value: float, minutes_ago: float = 0) -> None:
    when = datetime.now(UTC) - timedelta(minutes=minutes_ago)
    point = {"MetricName": METRIC["MetricName"], "Dimensions": METRIC["Dimensions"], "Value": value, "Timestamp": when}
    cloudwatch.put_metric_data(Namespace=METRIC["Namespace"], MetricData=[point])


def test_a_switch_follows_the_data_points_not_the_state_of_the_alarm(route53: Any, cloudwatch: Any) -> None:
    check = create(route53, **SWITCH)["Id"]
    assert statuses(route53, check) == {"Success"}
    cloudwatch.set_alarm_state(AlarmName="switch", StateValue="ALARM", StateReason="test")
    assert statuses(route53, check) == {"Success"}
    publish(cloudwatch, 1)
    assert statuses(route53, check) == {"Failure"}


def test_a_switch_stays_where_the_last_data_point_put_it(route53: Any, cloudwatch: Any) -> None:
    check = create(route53, **SWITCH)["Id"]
    publish(cloudwatch, 1, minutes_ago=55)
    assert statuses(route53, check) == {"Failure"}
    publish(cloudwatch, 0, minutes_ago=50)
    assert statuses(route53, check) == {"Success"}


@pytest.mark.parametrize(("insufficient", "status"), [("Healthy", "Success"), ("Unhealthy", "Failure")])
def test_without_recent_data_the_setting_decides(route53: Any, cloudwatch: Any, insufficient: str, status: str) -> None:
    check = create(route53, **SWITCH | {"InsufficientDataHealthStatus": insufficient})["Id"]
    assert statuses(route53, check) == {status}
    publish(cloudwatch, 1 if status == "Success" else 0, minutes_ago=55)
    assert statuses(route53, check) == {status}


def test_points_of_another_region_or_dimension_mean_nothing(local: Local, route53: Any, cloudwatch: Any) -> None:
    check = create(route53, **SWITCH)["Id"]
    publish(local.client("cloudwatch", "us-east-1"), 1)
    point = {"MetricName": METRIC["MetricName"], "Dimensions": [], "Value": 1.0}
    cloudwatch.put_metric_data(Namespace=METRIC["Namespace"], MetricData=[point])
    assert statuses(route53, check) == {"Success"}
