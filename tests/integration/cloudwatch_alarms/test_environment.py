# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The alarms of the environment: made, changed, put right, taken away, and nobody else's touched."""

from __future__ import annotations

import json
import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._engine.errors import ConflictError
from sandbox import Sandbox
from tests.integration import kill
from tests.sampling import first_and_last

from .test_layer import _policy
from .world import Run, Stack, changes, make_service

pytestmark = pytest.mark.once

NAMES = {
    f"hello-dev-failover-alarm-{what}"
    for what in ("us-east-1-health", "us-east-1-checkers", "us-west-1-health", "us-west-1-checkers", "no-standby")
}
TOPIC = "arn:aws:sns:us-east-1:111111111111:hello-dev-failover-alarms"
REGIONS = [
    {"name": name, "health_check_id": f"id-{name}", "endpoint_health_check_id": f"endpoint-{name}"}
    for name in ("us-east-1", "us-west-1")
]
OWN: dict[str, t.Any] = {"scope": "environment", "failover_regions": REGIONS, "services": None}


@pytest.fixture
def watch(deploy: Run) -> Run:
    def run(*, check_mode: bool = False, warnings: list[str] | None = None, **params: t.Any) -> dict[str, t.Any]:
        return deploy(check_mode=check_mode, warnings=[] if warnings is None else warnings, **{**OWN, **params})

    return run


@pytest.fixture
def cloudwatch(aws: Sandbox) -> t.Any:
    return aws.client("cloudwatch")


def found(cloudwatch: t.Any) -> dict[str, dict[str, t.Any]]:
    answer = cloudwatch.describe_alarms(
        AlarmNamePrefix="hello-dev-failover-alarm-", AlarmTypes=["MetricAlarm", "CompositeAlarm"]
    )
    return {alarm["AlarmName"]: alarm for alarm in answer["MetricAlarms"] + answer["CompositeAlarms"]}


def test_a_first_run_makes_everything_and_a_second_nothing(watch: Run, cloudwatch: t.Any, aws: Sandbox) -> None:
    planned = watch(check_mode=True)
    assert found(cloudwatch) == {}
    made = watch()
    assert [item[:2] for item in changes(made)] == [item[:2] for item in changes(planned)]
    assert set(found(cloudwatch)) == NAMES
    assert {tuple(alarm["AlarmActions"]) for alarm in found(cloudwatch).values()} == {(TOPIC,)}
    mark = aws.requests.mark()
    again = watch()
    assert not again["changed"]
    assert {alarm["name"] for alarm in again["alarms"]} == NAMES
    assert aws.requests.writes(mark) == []
    assert len(aws.requests.since(mark)) == 7


DRIFT: dict[str, tuple[t.Callable[[t.Any], object], str, str]] = {
    "rule": (
        lambda cloudwatch: cloudwatch.put_composite_alarm(**told(cloudwatch), AlarmRule="FALSE"),
        "composite_alarm/no-standby",
        "differs in rule",
    ),
    "disabled": (
        lambda cloudwatch: cloudwatch.disable_alarm_actions(AlarmNames=["hello-dev-failover-alarm-no-standby"]),
        "composite_alarm/no-standby",
        "differs in actions_enabled",
    ),
    "described otherwise": (
        lambda cloudwatch: cloudwatch.put_composite_alarm(
            **{**told(cloudwatch), "AlarmDescription": "x " + told(cloudwatch)["AlarmDescription"]},
            AlarmRule=found(cloudwatch)["hello-dev-failover-alarm-no-standby"]["AlarmRule"],
        ),
        "composite_alarm/no-standby",
        "differs in description",
    ),
    "tells nobody": (
        lambda cloudwatch: cloudwatch.put_composite_alarm(
            **{**told(cloudwatch), "AlarmActions": [], "OKActions": [], "InsufficientDataActions": [TOPIC]},
            AlarmRule=found(cloudwatch)["hello-dev-failover-alarm-no-standby"]["AlarmRule"],
        ),
        "composite_alarm/no-standby",
        "differs in alarm_actions, insufficient_data_actions, ok_actions",
    ),
    "composite alarm deleted": (
        lambda cloudwatch: cloudwatch.delete_alarms(AlarmNames=["hello-dev-failover-alarm-no-standby"]),
        "composite_alarm/no-standby",
        "missing",
    ),
    "tags": (
        lambda cloudwatch: cloudwatch.tag_resource(
            ResourceARN=found(cloudwatch)["hello-dev-failover-alarm-no-standby"]["AlarmArn"],
            Tags=[{"Key": "Stack", "Value": "x"}],
        ),
        "composite_alarm/no-standby",
        "differs in tags",
    ),
    "alarm deleted": (
        lambda cloudwatch: cloudwatch.delete_alarms(AlarmNames=["hello-dev-failover-alarm-us-west-1-checkers"]),
        "metric_alarm/us-west-1-checkers",
        "missing",
    ),
}


def told(cloudwatch: t.Any) -> dict[str, t.Any]:
    alarm = found(cloudwatch)["hello-dev-failover-alarm-no-standby"]
    return {key: alarm[key] for key in ("AlarmName", "AlarmActions", "OKActions", "AlarmDescription")}


@pytest.mark.parametrize("drift", DRIFT)
def test_drift_is_named_and_put_right_alone(watch: Run, cloudwatch: t.Any, drift: str) -> None:
    change, address, reason = DRIFT[drift]
    watch()
    change(cloudwatch)
    assert [item[1:] for item in changes(watch())] == [(address, reason)]
    assert not watch()["changed"]


def test_a_region_that_leaves_takes_its_alarms_with_it(watch: Run, cloudwatch: t.Any) -> None:
    watch()
    watch(failover_regions=REGIONS[:1])
    assert set(found(cloudwatch)) == {name for name in NAMES if "us-east-1" in name}


def test_the_region_s_own_alarms_are_apart(stack: Stack, deploy: Run, watch: Run, destroy: Run) -> None:
    deploy()
    watch()
    assert not deploy()["changed"]
    destroy(scope="environment")
    assert not deploy()["changed"]
    watch()
    destroy()
    assert not watch()["changed"]
    assert stack.topics == [TOPIC]


def test_a_composite_alarm_of_others_is_an_error_and_stays(watch: Run, cloudwatch: t.Any, destroy: Run) -> None:
    cloudwatch.put_composite_alarm(AlarmName="hello-dev-failover-alarm-no-standby", AlarmRule="FALSE")
    with pytest.raises(ConflictError, match="exists in us-east-1"):
        watch()
    destroy(scope="environment")
    assert set(found(cloudwatch)) == {"hello-dev-failover-alarm-no-standby"}


BOARD: dict[str, t.Any] = {"dashboard": True, "services": {"web": 2}}
BOARD_NAME = "hello-dev-failover"


@pytest.fixture
def everywhere(aws: Sandbox) -> None:
    for region in ("us-east-1", "us-west-1"):
        make_service(aws, region=region)


def board(cloudwatch: t.Any) -> dict[str, t.Any] | None:
    try:
        body = cloudwatch.get_dashboard(DashboardName=BOARD_NAME)["DashboardBody"]
    except cloudwatch.exceptions.ClientError:
        return None
    shown: dict[str, t.Any] = json.loads(body)
    return shown


@pytest.mark.usefixtures("everywhere")
def test_a_dashboard_is_made_put_right_and_taken_away(watch: Run, cloudwatch: t.Any) -> None:
    assert ("create", "dashboard/main", "missing") in changes(watch(check_mode=True, **BOARD))
    assert board(cloudwatch) is None
    watch(**BOARD)
    made = board(cloudwatch)
    assert not watch(**BOARD)["changed"]
    ours = {"widgets": made["widgets"][:1]} if made else {}
    cloudwatch.put_dashboard(DashboardName=BOARD_NAME, DashboardBody=json.dumps(ours))
    assert changes(watch(**BOARD)) == [("update", "dashboard/main", "differs in body")]
    assert board(cloudwatch) == made
    assert changes(watch()) == [("delete", "dashboard/main", "dashboard is false")]
    assert board(cloudwatch) is None


@pytest.mark.usefixtures("everywhere")
def test_a_dashboard_of_others_is_an_error_and_stays(watch: Run, destroy: Run, cloudwatch: t.Any) -> None:
    foreign = {"widgets": [{"type": "text", "properties": {"markdown": "# mine"}}]}
    cloudwatch.put_dashboard(DashboardName=BOARD_NAME, DashboardBody=json.dumps(foreign))
    with pytest.raises(ConflictError, match="hello-dev-failover exists"):
        watch(**BOARD)
    watch()
    destroy(scope="environment")
    assert board(cloudwatch) == foreign


@pytest.mark.usefixtures("everywhere")
def test_a_region_that_is_cut_off_leaves_the_dashboard_as_it_is(watch: Run, aws: Sandbox, cloudwatch: t.Any) -> None:
    watch(**BOARD)
    made = board(cloudwatch)
    aws.break_region("us-west-1")
    warnings: list[str] = []
    assert not watch(warnings=warnings, **BOARD)["changed"]
    assert any("The dashboard stays as it is" in warning for warning in warnings)
    assert board(cloudwatch) == made


@pytest.mark.usefixtures("everywhere")
def test_the_policies_of_the_guide_are_enough(aws: Sandbox, watch: Run, destroy: Run, cloudwatch: t.Any) -> None:
    aws.restrict("dev", *map(_policy, ("read", "site", "alarms")))
    watch()
    watch(thresholds={"route53_checkers": 50}, failover_regions=REGIONS[::-1], **BOARD)
    aws.restrict("dev", *map(_policy, ("read", "destroy")))
    destroy(scope="environment")
    assert (found(cloudwatch), board(cloudwatch)) == ({}, None)


@pytest.mark.usefixtures("everywhere")
@pytest.mark.parametrize("nth", first_and_last([1, 3, 6, 7, 8]))
def test_a_run_that_was_killed_is_finished_by_the_next(watch: Run, aws: Sandbox, cloudwatch: t.Any, nth: int) -> None:
    kill.kill_after(aws, nth, lambda: watch(**BOARD))
    watch(**BOARD)
    assert set(found(cloudwatch)) == NAMES
    assert not watch(**BOARD)["changed"]
    assert board(cloudwatch) is not None
