# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What holds switches: it is repaired as switch.yml has left it, and never moves traffic itself."""

from __future__ import annotations

import copy
import datetime
import json
import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._aws.owner import Owner
from ansible_collections.everlook.failover.plugins.module_utils._engine.errors import ConflictError
from ansible_collections.everlook.failover.plugins.module_utils._failover_chain import schedules, switches

from .fake_aws import FakeAws
from .fake_route53 import Json
from .test_runs import EAST, OREGON, WEST, converge

NAME, ROLE = "hello-dev-switch", "hello-dev-dns-switch"
NAMESPACE = "everlook.failover/hello-dev"
OWNER = Owner(stack="hello", environment="dev", component="dns")


@pytest.fixture
def aws() -> FakeAws:
    aws = FakeAws()
    for region in (EAST, WEST, OREGON):
        aws.deploy(region)
    return aws


def schedule(aws: FakeAws, region: str = WEST) -> tuple[str, list[str]]:
    """Its state, and what it publishes 1 for."""
    found = aws.schedules[region, NAME]
    request = json.loads(found["Target"]["Input"])
    assert request["Namespace"] == NAMESPACE
    assert {datum["Value"] for datum in request["MetricData"]} == {1.0}
    return found["State"], [datum["Dimensions"][2]["Value"] for datum in request["MetricData"]]


def pull(aws: FakeAws, *evicted: str, seat: str = WEST) -> None:
    """What switch.yml does, as Route 53 shows it."""
    found = aws.schedules[seat, NAME]
    found.update(State="ENABLED", Target={**found["Target"], "Input": schedules.input_of(OWNER, evicted)})
    show(aws, *evicted, seat=seat)


def show(aws: FakeAws, *evicted: str, seat: str = WEST) -> None:
    aws.route53.unhealthy |= {
        number
        for number, check in aws.route53.checks.items()
        if any(f"/{region}/switch-{seat}/" in check["CallerReference"] for region in evicted)
    }


def without_data(aws: FakeAws) -> dict[str, str]:
    """What the check of each switch says while its metric has no data."""
    return {
        "/".join(check["CallerReference"].split("/")[2:4]): check["HealthCheckConfig"]["InsufficientDataHealthStatus"]
        for check in aws.route53.checks.values()
        if check["HealthCheckConfig"]["Type"] == "CLOUDWATCH_METRIC"
    }


def reasons(result: Json) -> dict[str, str]:
    return {f"{change['kind']}/{change['name']}": change["reason"] for change in result["changes"]}


def test_a_deployment_makes_one_disabled_in_each_region_and_a_role_for_all(aws: FakeAws) -> None:
    converge(aws, EAST, WEST, OREGON)
    assert {region: schedule(aws, region) for region in (EAST, WEST, OREGON)} == {
        EAST: ("DISABLED", [WEST, OREGON]),
        WEST: ("DISABLED", [EAST]),
        OREGON: ("DISABLED", [EAST, WEST]),
    }
    made = aws.schedules[WEST, NAME]
    assert made["ScheduleExpression"] == "rate(1 minute)"
    assert made["FlexibleTimeWindow"] == {"Mode": "OFF"}
    assert made["Target"]["Arn"] == "arn:aws:scheduler:::aws-sdk:cloudwatch:putMetricData"
    assert made["Target"]["RoleArn"] == aws.roles[ROLE]["Arn"]
    (trust,) = aws.roles[ROLE]["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Condition"] == {
        "StringEquals": {"aws:SourceAccount": ["111111111111"]},
        "ArnLike": {"aws:SourceArn": ["arn:aws:scheduler:*:111111111111:schedule-group/default"]},
    }
    (rights,) = aws.roles[ROLE]["policies"]["switch"]["Statement"]
    assert rights["Condition"] == {"StringEquals": {"cloudwatch:namespace": [NAMESPACE]}}
    assert not converge(aws, EAST, WEST, OREGON)["changed"]


def test_one_region_has_nothing_to_hold(aws: FakeAws) -> None:
    converge(aws, EAST)
    assert not aws.schedules
    assert not aws.roles


def test_the_first_point_of_a_switch_is_a_zero_that_its_alarm_does_not_see(aws: FakeAws) -> None:
    converge(aws, EAST, WEST)
    now = datetime.datetime.now(datetime.UTC)
    assert sorted(region for region, _request in aws.published) == [EAST, WEST]
    for _region, request in aws.published:
        (datum,) = request["MetricData"]
        assert (request["Namespace"], datum["Value"]) == (NAMESPACE, 0.0)
        assert datetime.timedelta(minutes=50) < now - datum["Timestamp"] < datetime.timedelta(hours=3)


def _gone(aws: FakeAws) -> None:
    del aws.schedules[WEST, NAME]


def _disabled(aws: FakeAws) -> None:
    aws.schedules[WEST, NAME]["State"] = "DISABLED"


def _other_input(aws: FakeAws) -> None:
    aws.schedules[WEST, NAME]["Target"]["Input"] = '{"Namespace": "other"}'


def _other_value(aws: FakeAws) -> None:
    target = aws.schedules[WEST, NAME]["Target"]
    target["Input"] = target["Input"].replace("1.0", "0.0")


def _other_rate(aws: FakeAws) -> None:
    aws.schedules[WEST, NAME]["ScheduleExpression"] = "rate(1 hour)"


def _ends(aws: FakeAws) -> None:
    aws.schedules[WEST, NAME]["EndDate"] = datetime.datetime(2030, 1, 1, tzinfo=datetime.UTC)


def _other_role(aws: FakeAws) -> None:
    aws.schedules[WEST, NAME]["Target"]["RoleArn"] = "arn:aws:iam::111111111111:role/other"


DRIFTS: t.Final[dict[t.Callable[[FakeAws], None], str]] = {
    _gone: "missing",
    _disabled: "differs in state",
    _other_input: "differs in input",
    _other_value: "differs in input",
    _other_rate: "differs in expression",
    _ends: "differs in end_date",
    _other_role: "differs in role_arn",
}


@pytest.mark.parametrize("drift", DRIFTS)
def test_drift_of_a_held_switch_is_repaired_and_it_stays_held(aws: FakeAws, drift: t.Callable[[FakeAws], None]) -> None:
    converge(aws, EAST, WEST, OREGON)
    pull(aws, EAST)
    assert not converge(aws, EAST, WEST, OREGON)["changed"]
    kept = copy.deepcopy(aws.schedules[WEST, NAME])
    drift(aws)
    assert reasons(converge(aws, EAST, WEST, OREGON)) == {f"schedule/{WEST}-switch": DRIFTS[drift]}
    assert aws.schedules[WEST, NAME] == {**aws.schedules[WEST, NAME], **kept}
    assert schedule(aws) == ("ENABLED", [EAST])


@pytest.mark.parametrize("drift", [drift for drift in DRIFTS if drift is not _disabled])
def test_drift_of_one_that_holds_nothing_sets_no_switch(aws: FakeAws, drift: t.Callable[[FakeAws], None]) -> None:
    converge(aws, EAST, WEST)
    drift(aws)
    assert reasons(converge(aws, EAST, WEST)) == {f"schedule/{WEST}-switch": DRIFTS[drift]}
    assert schedule(aws) == ("DISABLED", [EAST])


def test_what_was_just_set_is_left_though_route_53_does_not_show_it_yet(aws: FakeAws) -> None:
    converge(aws, EAST, WEST)
    pull(aws, EAST)
    aws.route53.unhealthy.clear()
    assert not converge(aws, EAST, WEST)["changed"]


def test_what_a_switch_has_left_in_the_input_is_no_drift(aws: FakeAws) -> None:
    converge(aws, EAST, WEST, OREGON)
    pull(aws, EAST, seat=OREGON)
    aws.route53.unhealthy.clear()
    aws.schedules[OREGON, NAME]["State"] = "DISABLED"
    assert not converge(aws, EAST, WEST, OREGON)["changed"]


def test_a_switch_that_is_set_without_a_schedule_is_held_from_now_on(aws: FakeAws) -> None:
    """As one of release 0.3, or one for which the schedule could not be enabled."""
    converge(aws, EAST, WEST)
    show(aws, EAST)
    assert reasons(converge(aws, EAST, WEST)) == {f"schedule/{WEST}-switch": "differs in state"}
    assert schedule(aws) == ("ENABLED", [EAST])


def test_a_switch_in_the_namespace_of_before_moves_with_its_position(aws: FakeAws) -> None:
    converge(aws, EAST, WEST)
    show(aws, EAST)
    for alarm in aws.alarms.values():
        alarm["Namespace"] = "everlook.failover"
    aws.published.clear()
    converge(aws, EAST, WEST)
    values = {(region, request["MetricData"][0]["Value"]) for region, request in aws.published}
    assert values == {(WEST, switches.EVICT), (EAST, switches.RELEASE)}
    assert {alarm["Namespace"] for alarm in aws.alarms.values()} == {NAMESPACE}


def test_a_switch_whose_metric_has_no_data_yet_goes_on_evicting(aws: FakeAws) -> None:
    """Route 53 gets the first data point of another namespace a minute or two later."""
    converge(aws, EAST, WEST)
    show(aws, EAST)
    for check in aws.route53.checks.values():
        if "CloudWatchAlarmConfiguration" in check:
            check["CloudWatchAlarmConfiguration"]["Namespace"] = "everlook.failover"
    converge(aws, EAST, WEST)
    assert without_data(aws) == {f"{EAST}/switch-{WEST}": "Unhealthy", f"{WEST}/switch-{EAST}": "LastKnownStatus"}
    assert reasons(converge(aws, EAST, WEST)) == {
        f"health_check/{EAST}-switch-{WEST}": "differs in insufficient_data_health_status"
    }
    assert set(without_data(aws).values()) == {"LastKnownStatus"}


def test_the_role_is_repaired(aws: FakeAws) -> None:
    converge(aws, EAST, WEST)
    aws.roles[ROLE]["policies"]["switch"] = {"Version": "2012-10-17", "Statement": []}
    assert reasons(converge(aws, EAST, WEST)) == {"iam_role/switch": "differs in policy switch"}
    assert not converge(aws, EAST, WEST)["changed"]


def test_a_schedule_of_others_is_left_alone(aws: FakeAws) -> None:
    converge(aws, EAST, WEST)
    aws.schedules[WEST, NAME]["Description"] = "of somebody else"
    with pytest.raises(ConflictError, match=f"the schedule {NAME} in {WEST} is not this stack's"):
        converge(aws, EAST, WEST)
    converge(aws, state="absent")
    assert list(aws.schedules) == [(WEST, NAME)]


def test_a_region_that_goes_is_evicted_no_longer_and_takes_its_schedule_along(aws: FakeAws) -> None:
    converge(aws, EAST, WEST, OREGON)
    pull(aws, EAST, WEST, seat=OREGON)
    converge(aws, WEST, state="absent")
    assert {region for region, _name in aws.schedules} == {EAST, OREGON}
    assert schedule(aws, OREGON) == ("ENABLED", [EAST])
    assert not converge(aws, EAST, OREGON)["changed"]
    converge(aws, EAST, state="absent")
    assert not aws.schedules
    assert not aws.roles


def test_a_region_whose_schedule_cannot_be_read_keeps_what_leads_to_it(aws: FakeAws) -> None:
    converge(aws, EAST, WEST)
    aws.unreachable.add(WEST)
    converge_all = converge(aws, EAST, state="absent", fail_when_not_ready=False)
    assert converge_all["not_ready"]
    # Ansible prints all of it.
    assert set(converge_all) == {"changed", "changes", "diff", "failed", "msg", "not_ready"}
    assert (WEST, NAME) in aws.schedules
    assert ROLE in aws.roles
