# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Schedules of EventBridge Scheduler, and the metric checks that live on what they publish."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.sandbox.overlay.conftest import Local
from tests.sandbox.overlay.helpers import refused
from tests.sandbox.overlay.test_route53_checks import ALARM, SWITCH, create, publish, statuses

HOUR, DAY = 3600.0, 86400.0
NAMESPACE = str(ALARM["Namespace"])
NOT_ASSUMED = "must allow AWS EventBridge Scheduler to assume the role"


@pytest.fixture
def route53(local: Local) -> Any:
    return local.client("route53")


@pytest.fixture
def cloudwatch(local: Local) -> Any:
    client = local.client("cloudwatch", "us-west-1")
    client.put_metric_alarm(**ALARM)
    return client


@pytest.fixture
def scheduler(local: Local) -> Any:
    return local.client("scheduler", "us-west-1")


def trust(service: str = "scheduler.amazonaws.com", group: str = "default", **more: Any) -> str:
    condition = {"StringLike": {"aws:SourceArn": f"arn:aws:scheduler:*:*:schedule-group/{group}"}}
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [{**statement, "Condition": condition, **more}]})


def make_role(local: Local, document: str | None = None, *, namespace: str = NAMESPACE) -> str:
    """A role that may publish; its ARN."""
    iam = local.client("iam")
    arn = iam.create_role(RoleName="publisher", AssumeRolePolicyDocument=document or trust())["Role"]["Arn"]
    allow(iam, namespace)
    return str(arn)


def allow(iam: Any, namespace: str) -> None:
    condition = {"StringEquals": {"cloudwatch:namespace": namespace}}
    statement = {"Effect": "Allow", "Action": "cloudwatch:PutMetricData", "Resource": "*", "Condition": condition}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_role_policy(RoleName="publisher", PolicyName="publish", PolicyDocument=document)


def request(role: str, **more: Any) -> dict[str, Any]:
    datum = {"MetricName": ALARM["MetricName"], "Dimensions": ALARM["Dimensions"], "Value": 1.0}
    return {
        "Name": "switch",
        "ScheduleExpression": "rate(1 minute)",
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "Target": {
            "Arn": "arn:aws:scheduler:::aws-sdk:cloudwatch:putMetricData",
            "RoleArn": role,
            "Input": json.dumps({"Namespace": NAMESPACE, "MetricData": [datum]}),
        },
        **more,
    }


def known_role(local: Local, **more: Any) -> str:
    arn = make_role(local, **more)
    local.passes("iam_propagation")
    return arn


def passes(local: Local, seconds: float) -> None:
    local.time += seconds


def test_a_schedule_comes_back_whole_and_an_update_sets_every_field(local: Local, scheduler: Any) -> None:
    role = known_role(local)
    scheduler.create_schedule(**request(role, State="DISABLED", Description="first"))
    made = scheduler.get_schedule(Name="switch")
    assert (made["State"], made["Description"], made["GroupName"]) == ("DISABLED", "first", "default")
    assert made["Target"]["RoleArn"] == role
    scheduler.update_schedule(**request(role))
    changed = scheduler.get_schedule(Name="switch")
    assert changed["State"] == "ENABLED"
    assert not changed.get("Description")
    with refused("ConflictException"):
        scheduler.create_schedule(**request(role))
    scheduler.delete_schedule(Name="switch")
    for call in (scheduler.get_schedule, scheduler.delete_schedule):
        with refused("ResourceNotFoundException"):
            call(Name="switch")


def test_a_role_that_is_not_known_yet_is_refused(local: Local, scheduler: Any) -> None:
    role = make_role(local)
    with refused("ValidationException", NOT_ASSUMED):
        scheduler.create_schedule(**request(role))
    local.passes("iam_propagation")
    scheduler.create_schedule(**request(role))


@pytest.mark.parametrize("document", [trust("ecs-tasks.amazonaws.com"), trust(group="other")])
def test_a_role_that_does_not_trust_the_group_is_refused(local: Local, scheduler: Any, document: str) -> None:
    role = make_role(local, document)
    local.passes("iam_propagation")
    with refused("ValidationException", NOT_ASSUMED):
        scheduler.create_schedule(**request(role))


def test_a_metric_check_forgets_its_last_status(local: Local, route53: Any, cloudwatch: Any) -> None:
    check = create(route53, **SWITCH)["Id"]
    publish(cloudwatch, 1)
    passes(local, 2 * HOUR)
    assert statuses(route53, check) == {"Failure"}
    passes(local, 2 * HOUR)
    assert statuses(route53, check) == {"Success"}


def test_a_schedule_holds_a_switch_for_a_month(local: Local, route53: Any, cloudwatch: Any, scheduler: Any) -> None:
    check = create(route53, **SWITCH)["Id"]
    role = known_role(local)
    publish(cloudwatch, 1)
    scheduler.create_schedule(**request(role))
    for _day in range(30):
        passes(local, DAY)
        assert statuses(route53, check) == {"Failure"}
    scheduler.update_schedule(**request(role, State="DISABLED"))
    passes(local, 2 * HOUR)
    assert statuses(route53, check) == {"Failure"}
    passes(local, 2 * HOUR)
    assert statuses(route53, check) == {"Success"}


@pytest.mark.usefixtures("cloudwatch")
def test_it_publishes_with_the_rights_of_its_role_as_they_are(local: Local, route53: Any, scheduler: Any) -> None:
    check = create(route53, **SWITCH)["Id"]
    scheduler.create_schedule(**request(known_role(local, namespace="other")))
    passes(local, 300)
    assert statuses(route53, check) == {"Success"}
    allow(local.client("iam"), NAMESPACE)
    passes(local, 61)
    assert statuses(route53, check) == {"Failure"}


def test_a_point_of_an_hour_ago_sets_no_alarm(cloudwatch: Any) -> None:
    publish(cloudwatch, 0, minutes_ago=60)
    (alarm,) = cloudwatch.describe_alarms(AlarmNames=[ALARM["AlarmName"]])["MetricAlarms"]
    assert (alarm["StateValue"], alarm["StateReason"]) == ("INSUFFICIENT_DATA", "Unchecked: Initial alarm creation")
    publish(cloudwatch, 0)
    (alarm,) = cloudwatch.describe_alarms(AlarmNames=[ALARM["AlarmName"]])["MetricAlarms"]
    assert alarm["StateValue"] == "OK"
