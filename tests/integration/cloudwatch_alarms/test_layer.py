# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Alarms, topic, subscriptions and rule: made, changed, put right, taken away, and nobody else's touched."""

from __future__ import annotations

import json
import pathlib
import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._cloudwatch_alarms.layer import JOB
from ansible_collections.everlook.failover.plugins.module_utils._engine.errors import (
    ConflictError,
    FailoverError,
    SpecError,
)
from sandbox import Sandbox
from tests.integration import kill
from tests.integration.conftest import RunJob
from tests.sampling import every_third

from .drifts import DRIFT
from .world import ALARMS, NAME, OWN, RULE, TOPIC, Run, Stack, changes

ROOT = pathlib.Path(__file__).resolve().parents[3]
pytestmark = pytest.mark.once


def test_a_first_run_makes_everything_and_a_second_nothing(aws: Sandbox, stack: Stack, deploy: Run) -> None:
    warnings: list[str] = []
    planned = deploy(check_mode=True)
    assert aws.client("sns").list_topics()["Topics"] == []
    made = deploy(warnings=warnings)
    assert [item[:2] for item in changes(made)] == [item[:2] for item in changes(planned)]
    assert set(stack.alarms) == ALARMS
    assert {tuple(alarm["AlarmActions"]) for alarm in stack.alarms.values()} == {(TOPIC,)}
    assert stack.topics == [TOPIC]
    assert stack.endpoints == {"ops@example.com"}
    assert [target["Arn"] for target in stack.targets] == [TOPIC]
    assert made["unconfirmed"] == ["ops@example.com"]
    assert len(warnings) == 1
    assert "ops@example.com" in warnings[0]
    mark = aws.requests.mark()
    again = deploy()
    assert not again["changed"]
    assert {alarm["name"] for alarm in again["alarms"]} == ALARMS
    assert aws.requests.writes(mark) == []
    # One for all alarms, one for their tags.
    calls = [record.operation for record in aws.requests.since(mark)]
    assert calls.count("DescribeAlarms") == 1
    assert len(calls) == 11


def test_a_dry_run_on_an_empty_account_has_the_whole_plan(run_job: RunJob) -> None:
    planned = run_job(JOB, check_mode=True, **OWN)
    assert len([item for item in changes(planned) if item[1].startswith("metric_alarm/")]) == len(ALARMS)


def test_without_a_load_balancer_nothing_is_made(run_job: RunJob, aws: Sandbox) -> None:
    with pytest.raises(SpecError, match="web has no target group in us-east-1"):
        run_job(JOB, **OWN)
    assert aws.client("cloudwatch").describe_alarms(AlarmNamePrefix="hello-dev-alarm-")["MetricAlarms"] == []


def test_nobody_to_tell_is_nothing_made_and_all_taken_away(stack: Stack, deploy: Run) -> None:
    deploy()
    gone = deploy(notify={})
    assert {reason for _action, _address, reason in changes(gone)} == {"notify names no recipients"}
    assert (stack.alarms, stack.topics) == ({}, [])
    assert stack.events.list_rules()["Rules"] == []
    assert not deploy(notify={})["changed"]


def test_a_confirmed_subscription_is_nobody_s_warning(stack: Stack, deploy: Run, aws: Sandbox) -> None:
    deploy()
    (token,) = aws.api.get("subscriptions")["pending"]
    stack.sns.confirm_subscription(TopicArn=TOPIC, Token=token)
    warnings: list[str] = []
    assert deploy(warnings=warnings)["unconfirmed"] == []
    assert warnings == []
    # Who is not named any more is told no more; who subscribed another way is.
    stack.sns.subscribe(TopicArn=TOPIC, Protocol="sqs", Endpoint="arn:aws:sqs:us-east-1:111111111111:q")
    result = deploy(notify={"email": ["others@example.com"]})
    assert {item[1] for item in changes(result)} == {
        "subscription/email ops@example.com",
        "subscription/email others@example.com",
    }
    assert stack.endpoints == {"others@example.com", "arn:aws:sqs:us-east-1:111111111111:q"}


def test_topics_of_others_need_none_of_the_stack(stack: Stack, deploy: Run) -> None:
    deploy()
    chat = stack.sns.create_topic(Name="chat")["TopicArn"]
    deploy(notify={"topic_arns": [chat]})
    assert stack.topics == [chat]
    assert {tuple(alarm["OKActions"]) for alarm in stack.alarms.values()} == {(chat,)}
    (target,) = stack.targets
    # Chats show events that they know, and nothing else.
    assert (target["Arn"], target.get("InputTransformer")) == (chat, None)


@pytest.mark.parametrize("drift", every_third(DRIFT))
def test_drift_is_named_and_put_right_alone(stack: Stack, deploy: Run, drift: str) -> None:
    change, address, reason = DRIFT[drift]
    deploy()
    change(stack)
    assert [item[1:] for item in changes(deploy())] == [(address, reason)]
    assert not deploy()["changed"]


OPTIONS: dict[str, tuple[dict[str, t.Any], set[str]]] = {
    "certificate_arns": ({"certificate_arns": []}, {"metric_alarm/certificate"}),
    "thresholds.certificate_days": ({"thresholds": {"certificate_days": 14}}, {"metric_alarm/certificate"}),
    "thresholds.latency": ({"thresholds": {"latency": 0.5}}, {"metric_alarm/web-latency"}),
    "thresholds.target_errors off": ({"thresholds": {"target_errors": 0}}, {"metric_alarm/web-target-errors"}),
    "thresholds.rollout_failed": ({"thresholds": {"rollout_failed": False}}, {"event_rule/rollout-failed"}),
    "services": ({"services": {"web": 3}}, {"metric_alarm/web-healthy-hosts", "metric_alarm/web-running-tasks"}),
    "kms_key_arn": (
        {"kms_key_arn": "arn:aws:kms:us-east-1:111111111111:key/01234567-89ab-cdef-0123-456789abcdef"},
        {"topic/main"},
    ),
}


@pytest.mark.usefixtures("stack")
@pytest.mark.parametrize("option", every_third(OPTIONS))
def test_an_option_is_set_at_creation_and_changed_alone(deploy: Run, destroy: Run, option: str) -> None:
    params, addresses = OPTIONS[option]
    deploy()
    assert {item[1] for item in changes(deploy(**params))} == addresses
    destroy()
    deploy(**params)
    assert not deploy(**params)["changed"]


def test_a_removal_leaves_nothing_and_a_second_one_does_nothing(stack: Stack, deploy: Run, destroy: Run) -> None:
    deploy()
    # EventBridge deletes no rule that still has a target.
    stack.events.put_targets(Rule=RULE, Targets=[{"Id": "mine", "Arn": "arn:aws:sqs:us-east-1:111111111111:q"}])
    destroy()
    assert (stack.alarms, stack.topics, stack.events.list_rules()["Rules"]) == ({}, [], [])
    assert not destroy()["changed"]


def test_what_looks_alike_is_an_error_and_stays(stack: Stack, deploy: Run, destroy: Run) -> None:
    stack.sns.create_topic(Name=NAME)
    with pytest.raises(ConflictError, match=r"If it does, tag it again: .*Component=alarms, Resource=topic/main"):
        deploy()
    result = destroy()
    assert (result["changed"], [item["id"] for item in result["untagged"]]) == (False, [TOPIC])
    assert stack.topics == [TOPIC]
    assert stack.alarms == {}


LOST: dict[str, t.Callable[[Stack, list[str]], object]] = {
    "topic/main": lambda stack, keys: stack.sns.untag_resource(ResourceArn=TOPIC, TagKeys=keys),
    "event_rule/rollout-failed": lambda stack, keys: stack.events.untag_resource(
        ResourceARN=stack.events.describe_rule(Name=RULE)["Arn"], TagKeys=keys
    ),
}


@pytest.mark.parametrize("address", every_third(LOST))
def test_what_has_lost_its_tags_is_named_with_what_to_do(stack: Stack, deploy: Run, destroy: Run, address: str) -> None:
    deploy()
    LOST[address](stack, ["ManagedBy", "Stack", "Environment", "Component", "Resource"])
    with pytest.raises(ConflictError, match=rf"If it does, tag it again: .*Resource={address}. If it does not, "):
        deploy()
    warnings: list[str] = []
    left = [f"{item['kind']}/{item['name']}" for item in destroy(warnings=warnings)["untagged"]]
    assert left == [address]
    assert "was left, because its tags do not say" in "".join(warnings)


def test_a_url_that_sns_refuses_is_not_quoted(aws: Sandbox, stack: Stack, deploy: Run) -> None:
    url = "https://hooks.example.com/services/T0/hush?token=secret"
    message = f"Invalid parameter: Unreachable Endpoint {url}"
    with aws.fail("InvalidParameter", message, operation="Subscribe"), pytest.raises(FailoverError) as caught:
        deploy(notify={"urls": [url]})
    assert "Unreachable Endpoint hooks.example.com" in str(caught.value)
    assert not any(word in str(caught.value) for word in ("hush", "secret"))
    assert stack.endpoints == set()


def test_the_policies_of_the_guide_are_enough(aws: Sandbox, stack: Stack, deploy: Run, destroy: Run) -> None:
    aws.restrict("dev", *map(_policy, ("read", "site", "alarms")))
    deploy()
    deploy(thresholds={"latency": 1, "target_errors": 0}, notify={"email": ["others@example.com"]})
    aws.restrict("dev", *map(_policy, ("read", "destroy")))
    destroy()
    assert stack.alarms == {}


def _policy(name: str) -> dict[str, t.Any]:
    found: dict[str, t.Any] = json.loads((ROOT / "docs" / "iam" / f"{name}.json").read_text())
    return found


@pytest.mark.parametrize("nth", [1, 5])
def test_a_run_that_was_killed_is_finished_by_the_next(stack: Stack, deploy: Run, aws: Sandbox, nth: int) -> None:
    kill.kill_after(aws, nth, deploy)
    deploy()
    assert set(stack.alarms) == ALARMS
    assert (stack.topics, len(stack.targets)) == ([TOPIC], 1)
    assert not deploy()["changed"]
