# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""EventBridge: what ECS says of deployments reaches those who are to be told, and only if the topic lets it."""

from __future__ import annotations

import json
import queue
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.overlay.eventbridge import message
from sandbox.plane.certificates import self_signed
from tests.sandbox.overlay.conftest import Local
from tests.sandbox.overlay.ecs_helpers import NAME, Platform
from tests.sandbox.overlay.test_sns import endpoint

_SECONDS = 30
_PATTERN: dict[str, Any] = {"source": ["aws.ecs"], "detail-type": ["ECS Deployment State Change"]}
_FAILED = {"detail": {"eventName": ["SERVICE_DEPLOYMENT_FAILED"]}}
_EVENT = {"resources": ["arn:of-it"], "detail": {"reason": 'it is "broken"', "count": 3}}


@pytest.fixture
def told(local: Local, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, queue.Queue[Any]]]:
    """A topic that admits EventBridge, and what an endpoint gets of it over HTTPS."""
    certificate, key = self_signed("localhost")
    both = tmp_path / "both.pem"
    both.write_bytes(certificate + key)
    monkeypatch.setenv("SSL_CERT_FILE", str(both))
    sns = local.client("sns")
    topic = str(sns.create_topic(Name="alarms")["TopicArn"])
    admit(local, topic)
    with endpoint(both) as (url, got):
        sns.subscribe(TopicArn=topic, Protocol="https", Endpoint=url)
        urllib.request.urlopen(got.get(timeout=_SECONDS)["SubscribeURL"], timeout=_SECONDS).close()
        yield topic, got


def admit(local: Local, topic: str, rule: str = "*") -> None:
    """Let the rule publish."""
    source = f"arn:aws:events:us-west-1:222222222222:rule/{rule}"
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sns:Publish",
        "Resource": topic,
        "Condition": {"StringEquals": {"aws:SourceAccount": "222222222222"}, "ArnLike": {"aws:SourceArn": source}},
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    local.client("sns").set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=document)


def put(local: Local, name: str, topic: str, pattern: dict[str, Any] | None = None, state: str = "ENABLED") -> None:
    """A rule whose target is the topic."""
    events = local.client("events")
    events.put_rule(Name=name, EventPattern=json.dumps(_PATTERN | (pattern or {})), State=state)
    events.put_targets(Rule=name, Targets=[{"Id": "topic", "Arn": topic}])


def test_a_deployment_is_told_of_from_its_beginning_to_the_end_of_its_rollback(
    local: Local, platform: Platform, told: tuple[str, queue.Queue[Any]]
) -> None:
    topic, got = told
    first = platform.create()["deployments"][0]["id"]
    platform.time_passes(2)
    put(local, "all", topic)
    second = platform.update(taskDefinition=platform.register("hello:broken"))["deployments"][0]["id"]
    platform.time_passes(5)
    events = [json.loads(got.get(timeout=_SECONDS)["Message"]) for _ in range(4)]
    # Each is on its way by itself.
    details = [event["detail"] for event in events]
    found = {(detail["deploymentId"], detail["eventType"], detail["eventName"]) for detail in details}
    assert found == {
        (second, "INFO", "SERVICE_DEPLOYMENT_IN_PROGRESS"),
        (second, "ERROR", "SERVICE_DEPLOYMENT_FAILED"),
        (first, "INFO", "SERVICE_DEPLOYMENT_IN_PROGRESS"),
        (first, "INFO", "SERVICE_DEPLOYMENT_COMPLETED"),
    }
    (failed,) = [event for event in events if event["detail"]["eventType"] == "ERROR"]
    assert failed["detail"]["reason"] == "ECS deployment circuit breaker: tasks failed to start."
    assert failed["resources"] == [f"arn:aws:ecs:us-west-1:222222222222:service/{NAME}/{NAME}"]
    assert (failed["account"], failed["region"], failed["source"]) == ("222222222222", "us-west-1", "aws.ecs")
    assert got.empty()


def test_only_rules_that_match_and_topics_that_admit_them_are_told(
    local: Local, platform: Platform, told: tuple[str, queue.Queue[Any]]
) -> None:
    topic, got = told
    admit(local, topic, "admitted")
    other = {"resources": ["arn:aws:ecs:us-west-1:222222222222:service/other/other"]}
    put(local, "refused", topic, _FAILED)
    put(local, "admitted", topic, _FAILED | other)
    platform.create("hello:broken")
    platform.time_passes(5)
    put(local, "admitted", topic, _FAILED, "DISABLED")
    definition = platform.register("hello:broken")
    platform.update(taskDefinition=definition, forceNewDeployment=True)
    platform.time_passes(5)
    put(local, "admitted", topic, _FAILED)
    third = platform.update(taskDefinition=definition, forceNewDeployment=True)["deployments"][0]["id"]
    platform.time_passes(5)
    assert json.loads(got.get(timeout=_SECONDS)["Message"])["detail"]["deploymentId"] == third
    assert got.empty()


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ({}, json.dumps(_EVENT)),
        ({"Input": '"always"'}, '"always"'),
        ({"InputPath": "$.detail"}, json.dumps(_EVENT["detail"])),
        (
            {
                "InputTransformer": {
                    "InputPathsMap": {"why": "$.detail.reason", "which": "$.resources[0]", "no": "$.detail.no[3]"},
                    "InputTemplate": '"<which>: <why><no>, <other>"',
                }
            },
            '"arn:of-it: it is \\"broken\\", <other>"',
        ),
        (
            {
                "InputTransformer": {
                    "InputPathsMap": {"why": "$.detail.reason", "all": "$.detail", "count": "$.detail.count"},
                    "InputTemplate": '{"why": <why>, "all": <all>, "count": <count>, "text": "<count> times"}',
                }
            },
            '{"why": "it is \\"broken\\"", "all": ' + json.dumps(_EVENT["detail"]) + ', "count": 3, "text": "3 times"}',
        ),
    ],
)
def test_what_a_target_gets(target: dict[str, Any], expected: str) -> None:
    assert message(target, _EVENT) == expected
