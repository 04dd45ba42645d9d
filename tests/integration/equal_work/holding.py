# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Drifts of the schedules that hold switches."""

from __future__ import annotations

import datetime
import json
import typing as t

from tests.waiting import eventually

from .drifts import EAST, World, drift

_SCHEDULE = "schedule/us-east-1-switch"
_NAME = "hello-dev-switch"
_DAY = {"MaximumEventAgeInSeconds": 86400, "MaximumRetryAttempts": 185}
_SCHEDULES: dict[str, dict[str, t.Any]] = {
    "description": {"Description": "another elf/be8a141e72/switch"},
    "expression": {"ScheduleExpression": "rate(2 minutes)"},
    "timezone": {"ScheduleExpressionTimezone": "Europe/Berlin"},
    "start": {"StartDate": datetime.datetime(2031, 1, 1, tzinfo=datetime.UTC)},
    "end": {"EndDate": datetime.datetime(2031, 1, 1, tzinfo=datetime.UTC)},
    "key": {"KmsKeyArn": f"arn:aws:kms:{EAST}:111111111111:key/01234567-89ab-cdef-0123-456789abcdef"},
    "window": {"FlexibleTimeWindow": {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 5}},
    "target": {"Target": {"Arn": "arn:aws:scheduler:::aws-sdk:cloudwatch:putMetricAlarm"}},
    "input": {"Target": {"Input": "{}"}},
    "retries": {"Target": {"RetryPolicy": _DAY}},
    "dead letters": {"Target": {"DeadLetterConfig": {"Arn": f"arn:aws:sqs:{EAST}:111111111111:lost"}}},
}


def put_schedule(world: World, **members: t.Any) -> None:
    """UpdateSchedule, which sets what it is not given to a default; what is of the target is merged into it."""
    client = world.client("scheduler")
    stamps = ("Arn", "CreationDate", "LastModificationDate", "ResponseMetadata")
    found = {key: item for key, item in client.get_schedule(Name=_NAME).items() if key not in stamps}
    target = {**found["Target"], **members.get("Target", {})}
    client.update_schedule(**{**found, **members, "Target": target})


for name, members in _SCHEDULES.items():

    def _set(world: World, members: dict[str, t.Any] = members) -> None:
        put_schedule(world, **members)

    drift.put(f"schedule {name}", _SCHEDULE, _set)


@drift("schedule role", _SCHEDULE)
def _(world: World) -> None:
    iam = world.client("iam")
    trust = iam.get_role(RoleName="hello-dev-dns-switch")["Role"]["AssumeRolePolicyDocument"]
    role = iam.create_role(RoleName="another", AssumeRolePolicyDocument=json.dumps(trust))["Role"]
    eventually(lambda: _assumed(world, role["Arn"]), what="a role that schedules can assume")


def _assumed(world: World, arn: str) -> bool:
    try:
        put_schedule(world, Target={"RoleArn": arn})
    except world.client("scheduler").exceptions.ValidationException:
        return False
    return True


@drift("schedule state", _SCHEDULE)
def _(world: World) -> None:
    """The switch is pulled, and nothing holds it."""
    values = {"Stack": "hello", "Environment": "dev", "Region": "us-west-1"}
    dimensions = [{"Name": key, "Value": value} for key, value in values.items()]
    point = {"MetricName": "Evict", "Dimensions": dimensions, "Value": 1.0}
    world.client("cloudwatch").put_metric_data(Namespace="everlook.failover/hello-dev", MetricData=[point])
