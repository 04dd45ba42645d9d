# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""CloudWatch's metrics of AWS's services, the alarms that follow them, and what they tell."""

from __future__ import annotations

import json
import operator
import urllib.request
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sandbox.overlay.acm.certificates import expire
from sandbox.overlay.monitoring.evaluation import Rule, evaluate
from sandbox.overlay.monitoring.expressions import calculate
from sandbox.overlay.monitoring.series import statistic
from sandbox.traffic import Traffic
from tests.sandbox.overlay import test_acm
from tests.sandbox.overlay.conftest import Local
from tests.sandbox.overlay.ecs_helpers import NAME, Platform
from tests.sandbox.overlay.helpers import refused
from tests.sandbox.overlay.test_sns import endpoint

_SECONDS = 30
_HEALTH: dict[str, Any] = {
    "Namespace": "AWS/Route53",
    "MetricName": "HealthCheckStatus",
    "Statistic": "Minimum",
    "Period": 60,
    "EvaluationPeriods": 1,
    "Threshold": 1.0,
    "ComparisonOperator": "LessThanThreshold",
    "TreatMissingData": "ignore",
}


def _data(text: str) -> list[float | None]:
    return [{"-": None, "0": 0.0, "X": 1.0}[each] for each in text.split()]


# The tables of "How alarm state is evaluated when data is missing": missing, ignore, breaching, notBreaching.
@pytest.mark.parametrize(
    ("datapoints", "data", "states"),
    [
        (3, "0 - X - X", ("OK", "OK", "OK", "OK")),
        (3, "- - - - 0", ("OK", "OK", "OK", "OK")),
        (3, "- - - - -", ("INSUFFICIENT_DATA", "before", "ALARM", "OK")),
        (3, "0 X X - X", ("ALARM", "ALARM", "ALARM", "ALARM")),
        (3, "- - X - -", ("ALARM", "before", "ALARM", "OK")),
        (2, "0 - X - X", ("ALARM", "ALARM", "ALARM", "ALARM")),
        (2, "0 0 X 0 X", ("ALARM", "ALARM", "ALARM", "ALARM")),
        (2, "0 - X - -", ("OK", "OK", "ALARM", "OK")),
        (2, "- - - - 0", ("OK", "OK", "ALARM", "OK")),
        (2, "- - - - X", ("ALARM", "before", "ALARM", "OK")),
    ],
)
def test_missing_data_is_treated_as_the_guide_says(datapoints: int, data: str, states: tuple[str, ...]) -> None:
    def state(missing: str) -> str:
        rule = Rule(lambda value: value > 0, periods=3, datapoints=datapoints, missing=missing)
        return evaluate(rule, _data(data), "before")

    assert tuple(map(state, ("missing", "ignore", "breaching", "notBreaching"))) == states


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("IF(requests >= 20, 100 * FILL(errors, 0) / requests, 0)", {1: 0.0, 2: 10.0, 3: 0.0}),
        ("requests - errors", {2: 27.0}),
        ("errors / 0", {}),
        ("1 + 1", {1: 2.0, 2: 2.0, 3: 2.0}),
        ("IF(errors, requests)", None),
        ("SUM(METRICS())", None),
        ("requests +", None),
    ],
)
def test_expressions(expression: str, expected: dict[float, float] | None) -> None:
    series = {"requests": {1.0: 40.0, 2.0: 30.0, 3.0: 10.0}, "errors": {2.0: 3.0}}
    if expected is None:
        with pytest.raises(ValueError, match="expression"):
            calculate(expression, series, (1.0, 2.0, 3.0))
    else:
        assert calculate(expression, series, (1.0, 2.0, 3.0)) == expected


def test_statistics() -> None:
    values = [float(number) for number in range(100)]
    found = [statistic(name, values) for name in ("Sum", "SampleCount", "Average", "Minimum", "Maximum", "p99")]
    assert found == [4950.0, 100.0, 49.5, 0.0, 99.0, 99.0]


def test_traffic_is_kept_where_somebody_watches() -> None:
    traffic, here = Traffic(), ("1", "us-west-1")
    traffic.add(here, "app/x/1", {"RequestCount": 1})
    traffic.watch(*here)
    traffic.add(here, "app/x/1", {"RequestCount": 1}, "targetgroup/x/2")
    traffic.add(("1", "us-east-1"), "app/x/1", {"RequestCount": 1})
    kept = [("RequestCount", "app/x/1", ""), ("RequestCount", "app/x/1", "targetgroup/x/2")]
    assert traffic.take(*here) == {key: [1] for key in kept}
    assert traffic.take(*here) == {}


def _health_check(local: Local) -> str:
    config = {"Type": "HTTP", "IPAddress": "192.0.2.1", "Port": 80, "RequestInterval": 10, "FailureThreshold": 3}
    created = local.client("route53").create_health_check(CallerReference="one", HealthCheckConfig=config)
    return str(created["HealthCheck"]["Id"])


def _alarm(local: Local, check_id: str, name: str = "health", **more: Any) -> None:
    dimensions = [{"Name": "HealthCheckId", "Value": check_id}]
    local.client("cloudwatch", "us-east-1").put_metric_alarm(AlarmName=name, Dimensions=dimensions, **(_HEALTH | more))


def _states(local: Local) -> dict[str, str]:
    found = local.client("cloudwatch", "us-east-1").describe_alarms(AlarmTypes=["MetricAlarm", "CompositeAlarm"])
    alarms = found["MetricAlarms"] + found["CompositeAlarms"]
    return {alarm["AlarmName"]: alarm["StateValue"] for alarm in alarms}


def test_an_alarm_and_one_over_it_follow_a_health_check_and_tell(local: Local) -> None:
    check_id, sns = _health_check(local), local.client("sns", "us-east-1")
    topic = sns.create_topic(Name="alarms")["TopicArn"]
    cloudwatch = local.client("cloudwatch", "us-east-1")
    told = {"AlarmActions": [topic], "OKActions": [topic]}
    with endpoint() as (url, got):
        sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=url)
        with urllib.request.urlopen(got.get(timeout=_SECONDS)["SubscribeURL"], timeout=_SECONDS):
            pass
        _alarm(local, check_id)
        cloudwatch.put_composite_alarm(AlarmName="over", AlarmRule="ALARM(health)", **told)
        local.passes("metric_minute")
        assert _states(local) == {"health": "OK", "over": "OK"}
        local.observe("health_check", check_id, "unhealthy")
        local.passes("metric_minute")
        assert _states(local) == {"health": "ALARM", "over": "ALARM"}
        local.observe("health_check", check_id, None)
        local.passes("metric_minute")
        assert _states(local) == {"health": "OK", "over": "OK"}
        messages = sorted((got.get(timeout=_SECONDS) for _ in range(3)), key=operator.itemgetter("Timestamp"))
    bodies = [json.loads(message["Message"]) for message in messages]
    assert [(body["OldStateValue"], body["NewStateValue"]) for body in bodies] == [
        ("INSUFFICIENT_DATA", "OK"),
        ("OK", "ALARM"),
        ("ALARM", "OK"),
    ]
    assert messages[1]["Subject"] == 'ALARM: "over" in US East (N. Virginia)'
    history = cloudwatch.describe_alarm_history(AlarmName="over")["AlarmHistoryItems"]
    assert [item["HistorySummary"] for item in history][:2] == [
        "Alarm updated from ALARM to OK",
        "Alarm updated from OK to ALARM",
    ]


def test_a_composite_alarm_stays_as_it_was_set_until_one_below_it_changes(local: Local) -> None:
    cloudwatch = local.client("cloudwatch", "us-east-1")
    _alarm(local, _health_check(local))
    cloudwatch.put_composite_alarm(AlarmName="over", AlarmRule="ALARM(health)")
    cloudwatch.set_alarm_state(AlarmName="over", StateValue="ALARM", StateReason="test")
    assert _states(local)["over"] == "ALARM"
    cloudwatch.set_alarm_state(AlarmName="health", StateValue="OK", StateReason="test")
    assert _states(local)["over"] == "OK"


def test_a_topic_that_does_not_let_cloudwatch_publish_is_told_nothing(local: Local) -> None:
    sns, cloudwatch = local.client("sns", "us-east-1"), local.client("cloudwatch", "us-east-1")
    topic = sns.create_topic(Name="alarms")["TopicArn"]
    statement = {"Effect": "Allow", "Action": "sns:Publish", "Resource": topic}
    _alarm(local, _health_check(local), AlarmActions=[topic])
    with endpoint() as (url, got):
        sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=url)
        with urllib.request.urlopen(got.get(timeout=_SECONDS)["SubscribeURL"], timeout=_SECONDS):
            pass
        for service, reason in (("events", "in vain"), ("cloudwatch", "told")):
            policy = {
                "Version": "2012-10-17",
                "Statement": [{**statement, "Principal": {"Service": f"{service}.amazonaws.com"}}],
            }
            sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=json.dumps(policy))
            cloudwatch.set_alarm_state(AlarmName="health", StateValue="ALARM", StateReason=reason)
            cloudwatch.set_alarm_state(AlarmName="health", StateValue="OK", StateReason="nobody is told of this")
        assert json.loads(got.get(timeout=_SECONDS)["Message"])["NewStateReason"] == "told"


def test_alarms_of_a_region_that_is_cut_off_stay_as_they_are(local: Local) -> None:
    check_id = _health_check(local)
    _alarm(local, check_id)
    local.passes("metric_minute")
    assert _states(local) == {"health": "OK"}
    assert local.aws
    local.aws.gateway.outages.begin("us-east-1", "cut")
    local.observe("health_check", check_id, "unhealthy")
    local.passes("metric_minute")
    local.client("route53").list_health_checks()
    local.aws.gateway.outages.end()
    assert _states(local) == {"health": "OK"}


def test_a_dashboard_is_in_all_regions_and_of_widgets_that_cloudwatch_takes(local: Local) -> None:
    here, there = (local.client("cloudwatch", region) for region in ("us-east-1", "us-west-1"))
    text = {"type": "text", "properties": {"markdown": "# hello"}}
    for wrong in ({}, {"type": "metric", "properties": {}}, {**text, "x": 20, "width": 6}):
        with refused("InvalidParameterInput"):
            here.put_dashboard(DashboardName="hello", DashboardBody=json.dumps({"widgets": [wrong]}))
    body = json.dumps({"widgets": [text]})
    here.put_dashboard(DashboardName="hello", DashboardBody=body)
    assert there.get_dashboard(DashboardName="hello")["DashboardBody"] == body
    there.delete_dashboards(DashboardNames=["hello"])
    with refused("ResourceNotFound"):
        here.get_dashboard(DashboardName="hello")


def test_a_certificate_that_nobody_renews_rings(local: Local) -> None:
    acm, cloudwatch = local.client("acm"), local.client("cloudwatch")
    zone, arn = test_acm.make_zone(local.client("route53")), test_acm.request(acm)
    test_acm.issue(local, acm, zone, arn)
    certificate = {"Threshold": 30.0, "Dimensions": [{"Name": "CertificateArn", "Value": arn}]}
    cloudwatch.put_metric_alarm(
        AlarmName="certificate",
        **{
            **_HEALTH,
            "Namespace": "AWS/CertificateManager",
            "MetricName": "DaysToExpiry",
            "Period": 86400,
            **certificate,
        },
    )

    def state() -> str:
        local.passes("metric_minute")
        return str(cloudwatch.describe_alarms(AlarmNames=["certificate"])["MetricAlarms"][0]["StateValue"])

    assert state() == "OK"
    assert local.aws
    expire(local.aws.world, arn, days=29)
    assert state() == "ALARM"


def test_hosts_and_tasks_are_counted(local: Local, platform: Platform) -> None:
    platform.create()
    platform.time_passes(3)
    cloudwatch, now = local.client("cloudwatch"), datetime.now(UTC)
    span = {"StartTime": now - timedelta(minutes=5), "EndTime": now + timedelta(minutes=5), "Period": 60}
    group = platform.target_group.rpartition(":")[2]
    hosts = {"Namespace": "AWS/ApplicationELB", "Dimensions": [{"Name": "TargetGroup", "Value": group}]}
    named = [{"Name": name, "Value": NAME} for name in ("ClusterName", "ServiceName")]

    def newest(statistic: str, **metric: Any) -> float:
        found = cloudwatch.get_metric_statistics(Statistics=[statistic], **metric, **span)["Datapoints"]
        return float(found[-1][statistic])

    assert newest("Minimum", MetricName="HealthyHostCount", **hosts) == 2
    assert newest("Maximum", MetricName="UnHealthyHostCount", **hosts) == 0
    assert newest("SampleCount", Namespace="AWS/ECS", MetricName="CPUUtilization", Dimensions=named) == 2
