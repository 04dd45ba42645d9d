# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What others do to the alarms: tags that are taken off come back, and actions stay theirs."""

from __future__ import annotations

import collections
import typing as t

import pytest

from .fake_aws import FakeAws
from .fake_route53 import refuse
from .test_runs import EAST, WEST, converge

REGIONS = (EAST, WEST, "us-west-2", "eu-west-1", "eu-west-2", "eu-west-3")
FOUR = REGIONS[:4]
NAME = f"hello-dev-switch-{EAST}"
ADDRESS = f"metric_alarm/{EAST}-switch-{WEST}"
ARN = f"arn:{WEST}:{NAME}"
OURS = ("ManagedBy", "Stack", "Environment", "Component", "Resource", "Name")


@pytest.fixture
def aws() -> FakeAws:
    aws = FakeAws()
    for region in REGIONS:
        aws.deploy(region)
    return aws


def reasons(result: dict[str, t.Any]) -> dict[str, str]:
    return {f"{change['kind']}/{change['name']}": change["reason"] for change in result["changes"]}


def reads(aws: FakeAws, *regions: str) -> collections.Counter[str]:
    """The calls that a run with nothing to do makes for tags of alarms."""
    start = len(aws.reads)
    assert not converge(aws, *regions)["changed"]
    return collections.Counter(
        name for name in aws.reads[start:] if name in ("list_tags_for_resource", "get_resources")
    )


@pytest.mark.parametrize("regions", [FOUR[:2], FOUR[:3], FOUR])
@pytest.mark.parametrize("key", OURS)
def test_a_tag_that_was_taken_off_is_put_back_alone(aws: FakeAws, key: str, regions: tuple[str, ...]) -> None:
    converge(aws, *regions)
    before = dict(aws.alarm_tags[ARN])
    aws.alarm_tags[ARN] = {"Cost": "42", **{name: value for name, value in before.items() if name != key}}
    start = len(aws.writes)
    assert reasons(converge(aws, *regions, check_mode=True)) == {ADDRESS: "differs in tags"}
    assert reasons(converge(aws, *regions)) == {ADDRESS: "differs in tags"}
    assert aws.writes[start:] == ["TagResource"], "the alarm itself is right"
    assert aws.alarm_tags[ARN] == {**before, "Cost": "42"}
    assert not converge(aws, *regions)["changed"]


def test_a_tag_with_another_value_is_set_right(aws: FakeAws) -> None:
    converge(aws, EAST, WEST)
    aws.alarm_tags[ARN]["Stack"] = "another"
    assert reasons(converge(aws, EAST, WEST)) == {ADDRESS: "differs in tags"}
    assert aws.alarm_tags[ARN]["Stack"] == "hello"


def test_new_tags_are_no_reason_to_write_the_alarm_again(aws: FakeAws) -> None:
    converge(aws, EAST, WEST)
    start = len(aws.writes)
    result = converge(aws, EAST, WEST, tags={"Team": "blue"})
    assert reasons(result)[ADDRESS] == "differs in tags"
    assert "PutMetricAlarm" not in aws.writes[start:]
    assert aws.alarm_tags[ARN]["Team"] == "blue"


def test_what_differs_besides_tags_is_repaired_with_them(aws: FakeAws) -> None:
    converge(aws, EAST, WEST)
    aws.alarm_tags[ARN].clear()
    aws.alarms[WEST, NAME]["Threshold"] = 5.0
    assert reasons(converge(aws, EAST, WEST)) == {ADDRESS: "differs in tags, threshold"}
    assert not converge(aws, EAST, WEST)["changed"]


@pytest.mark.parametrize(
    ("count", "calls"),
    [
        (2, {"list_tags_for_resource": 2}),
        (3, {"list_tags_for_resource": 6}),
        (4, {"get_resources": 4}),
        (6, {"get_resources": 6}),
    ],
)
def test_calls_for_tags_grow_with_the_regions_and_not_with_their_pairs(
    aws: FakeAws, count: int, calls: dict[str, int]
) -> None:
    converge(aws, *REGIONS[:count])
    assert reads(aws, *REGIONS[:count]) == calls


def test_tags_are_not_asked_for_to_remove_an_alarm(aws: FakeAws) -> None:
    converge(aws, *FOUR)
    start = len(aws.reads)
    converge(aws, state="absent")
    assert not aws.alarms
    assert not {"list_tags_for_resource", "get_resources"} & set(aws.reads[start:])


def test_what_is_shown_late_is_no_drift(aws: FakeAws) -> None:
    converge(aws, *FOUR)
    aws.shown_tags = {arn: dict(tags) for arn, tags in aws.alarm_tags.items()}
    del aws.shown_tags[ARN]
    aws.shown_tags[f"arn:{EAST}:hello-dev-switch-{WEST}"]["Name"] = "of yesterday"
    assert reads(aws, *FOUR) == {"get_resources": 4, "list_tags_for_resource": 2}


@pytest.mark.parametrize("code", ["AccessDeniedException", "InvalidParameterException", "ThrottlingException"])
def test_each_alarm_is_asked_where_tags_are_not_shown(aws: FakeAws, code: str) -> None:
    converge(aws, *FOUR)
    aws.untold = code
    assert reads(aws, *FOUR) == {"get_resources": 4, "list_tags_for_resource": 12}
    del aws.alarm_tags[ARN]["Name"]
    assert reasons(converge(aws, *FOUR)) == {ADDRESS: "differs in tags"}


def test_an_alarm_that_goes_between_two_looks_is_made_again(aws: FakeAws) -> None:
    converge(aws, EAST, WEST)
    del aws.alarm_tags[ARN]
    assert reasons(converge(aws, EAST, WEST)) == {ADDRESS: "missing"}


def test_a_region_that_does_not_tell_tags_is_not_ready(aws: FakeAws, monkeypatch: pytest.MonkeyPatch) -> None:
    converge(aws, EAST, WEST)
    code = "AccessDenied"

    def denied(*_arguments: t.Any, **_request: t.Any) -> t.NoReturn:
        raise refuse(code, "not allowed", "ListTagsForResource")

    monkeypatch.setattr("tests.unit.route53_failover.fake_aws.FakeCloudWatch.list_tags_for_resource", denied)
    result = converge(aws, EAST, WEST)
    assert [item["region"] for item in result["not_ready"]] == [EAST, WEST]
    assert "docs/iam.md" in result["not_ready"][0]["reason"]
    assert not result["changed"]


TOPIC = f"arn:aws:sns:{WEST}:111111111111:tell-me"
ATTACHED = {"ActionsEnabled": False, "AlarmActions": [TOPIC], "OKActions": [TOPIC], "InsufficientDataActions": [TOPIC]}


def attach(aws: FakeAws, **actions: t.Any) -> None:
    """An alarm as CloudWatch answers it, with these actions."""
    plain = {"ActionsEnabled": True, "AlarmActions": [], "OKActions": [], "InsufficientDataActions": []}
    aws.alarms[WEST, NAME] |= {**plain, **actions}


@pytest.mark.parametrize("check_mode", [True, False])
@pytest.mark.parametrize("name", ATTACHED)
def test_actions_of_others_are_told_and_left_alone(aws: FakeAws, name: str, check_mode: bool) -> None:
    converge(aws, EAST, WEST)
    attach(aws, **{name: ATTACHED[name]})
    warnings: list[str] = []
    assert not converge(aws, EAST, WEST, check_mode=check_mode, warnings=warnings)["changed"]
    (warning,) = warnings
    value = "False" if name == "ActionsEnabled" else TOPIC
    assert f"{WEST} " in warning
    assert f"{ADDRESS} ({name}: {value})" in warning
    assert warning.endswith("They are left alone.")


def test_a_repair_keeps_actions_of_others(aws: FakeAws) -> None:
    converge(aws, EAST, WEST)
    attach(aws, **ATTACHED, Threshold=5.0)
    assert reasons(converge(aws, EAST, WEST)) == {ADDRESS: "differs in threshold"}
    assert aws.alarms[WEST, NAME].items() >= {**ATTACHED, "Threshold": 1.0}.items()


def test_alarms_without_actions_are_no_news(aws: FakeAws) -> None:
    converge(aws, EAST, WEST)
    attach(aws)
    warnings: list[str] = []
    converge(aws, EAST, WEST, warnings=warnings)
    assert warnings == []


def test_alarms_of_others_and_alarms_that_go_are_no_news(aws: FakeAws) -> None:
    converge(aws, EAST, WEST)
    other = f"{NAME}-other"
    aws.alarms[WEST, other] = {**aws.alarms[WEST, NAME], **ATTACHED, "AlarmName": other, "AlarmArn": f"arn:{other}"}
    aws.alarm_tags[f"arn:{other}"] = {}
    warnings: list[str] = []
    converge(aws, EAST, WEST, warnings=warnings)
    attach(aws, **ATTACHED)
    converge(aws, state="absent", warnings=warnings)
    assert warnings == []
