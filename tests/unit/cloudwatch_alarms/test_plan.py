# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan of the layer cloudwatch_alarms: what alarms look at, what they say, and who may know what."""

from __future__ import annotations

import dataclasses
import json
import typing as t

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.everlook.failover.plugins.module_utils._cloudwatch_alarms.alarms import AlarmSpec, alarms
from ansible_collections.everlook.failover.plugins.module_utils._cloudwatch_alarms.layer import LAYER
from ansible_collections.everlook.failover.plugins.module_utils._cloudwatch_alarms.plan import plan
from ansible_collections.everlook.failover.plugins.module_utils._cloudwatch_alarms.resources import subscription
from ansible_collections.everlook.failover.plugins.module_utils._cloudwatch_alarms.resources.deployment_alarms import (
    Deployments,
)
from ansible_collections.everlook.failover.plugins.module_utils._cloudwatch_alarms.resources.metric_alarm import Alarm
from ansible_collections.everlook.failover.plugins.module_utils._cloudwatch_alarms.resources.subscription import (
    Subscription,
)
from ansible_collections.everlook.failover.plugins.module_utils._cloudwatch_alarms.snapshot import Snapshot
from ansible_collections.everlook.failover.plugins.module_utils._cloudwatch_alarms.spec import Spec, parse
from ansible_collections.everlook.failover.plugins.module_utils._engine.errors import SpecError
from ansible_collections.everlook.failover.plugins.module_utils._engine.plan import Change
from ansible_collections.everlook.failover.plugins.module_utils._engine.unknown import unknown

ACCOUNT = "111111111111"
BALANCER = f"arn:aws:elasticloadbalancing:us-east-1:{ACCOUNT}:loadbalancer/app/hello-dev/0123456789abcdef"
GROUP = f"arn:aws:elasticloadbalancing:us-east-1:{ACCOUNT}:targetgroup/hello-dev-web/fedcba9876543210"
DIMENSIONS = {
    "LoadBalancer": "app/hello-dev/0123456789abcdef",
    "TargetGroup": "targetgroup/hello-dev-web/fedcba9876543210",
}
WEBHOOK = "https://events.example.com/integration/0123456789secret/enqueue"


def spec(**params: t.Any) -> Spec:
    options = {
        "stack": "hello",
        "environment": "dev",
        "account_id": ACCOUNT,
        "notify": {"email": ["ops@example.com"]},
        "services": {"web": 2, "mail": 1},
        "workers": ["mail"],
    }
    validated = ArgumentSpecValidator(LAYER.job.argument_spec).validate({**options, **params})
    assert not validated.error_messages
    return parse(validated.validated_parameters, "us-east-1")


def found(**params: t.Any) -> dict[str, AlarmSpec]:
    return {alarm.what: alarm for alarm in alarms(spec(**params), BALANCER, {"web": GROUP})}


EMPTY = Snapshot(account=ACCOUNT, load_balancer=BALANCER, target_groups={"web": GROUP})


def test_a_worker_has_the_alarm_that_needs_no_target() -> None:
    assert set(found()) == {
        *("entrance-errors", "mail-running-tasks", "web-healthy-hosts", "web-latency", "web-running-tasks"),
        *("web-target-errors", "web-unhealthy-hosts"),
    }


def test_metrics_have_the_dimensions_that_aws_publishes_them_with() -> None:
    by_name = found()
    (tasks,) = by_name["mail-running-tasks"].metrics
    assert (tasks["namespace"], tasks["metric_name"], tasks["statistic"]) == (
        "AWS/ECS",
        "CPUUtilization",
        "SampleCount",
    )
    assert tasks["dimensions"] == {"ClusterName": "hello-dev-mail", "ServiceName": "hello-dev-mail"}
    (hosts,) = by_name["web-healthy-hosts"].metrics
    assert (hosts["namespace"], hosts["dimensions"]) == ("AWS/ApplicationELB", DIMENSIONS)
    errors = by_name["entrance-errors"].metrics[0]
    assert errors["dimensions"] == {"LoadBalancer": DIMENSIONS["LoadBalancer"]}


CERTIFICATES = [f"arn:aws:acm:us-east-1:{ACCOUNT}:certificate/{name}" for name in ("one", "two")]


def _planned_certificates(snapshot: Snapshot, **params: t.Any) -> list[tuple[str, str]]:
    changes = plan(spec(**params), snapshot).changes
    return [(str(change.action.value), change.name) for change in changes if change.name.startswith("certificate")]


def test_each_certificate_has_an_alarm_that_rings_on_when_there_is_no_data_any_more() -> None:
    wanted = plan(spec(certificate_arns=CERTIFICATES), EMPTY).changes
    made = {change.name: change for change in wanted if change.name.startswith("certificate")}
    assert set(made) == {"certificate", "certificate-2"}
    after = made["certificate-2"].after
    (days,) = after["metrics"]
    assert (days["metric_name"], days["dimensions"]) == ("DaysToExpiry", {"CertificateArn": CERTIFICATES[1]})
    assert (days["period"], after["evaluation_periods"], after["treat_missing_data"]) == (86400, 1, "ignore")
    assert _planned_certificates(EMPTY, certificate_arns=CERTIFICATES, thresholds={"certificate_days": 0}) == []


@pytest.mark.parametrize(
    ("arns", "planned"),
    [(None, []), ([], [("delete", "certificate")]), (CERTIFICATES[:1], [("update", "certificate")])],
)
def test_a_run_that_knows_no_certificate_leaves_its_alarm_alone(
    arns: list[str] | None, planned: list[tuple[str, str]]
) -> None:
    values = {"description": "", "actions_enabled": True}
    alarm = Alarm(name="hello-dev-alarm-certificate", arn="arn", what="certificate", owned=True, values=values)
    snapshot = dataclasses.replace(EMPTY, alarms=(alarm,))
    params = {} if arns is None else {"certificate_arns": arns}
    assert _planned_certificates(snapshot, **params) == planned


@pytest.mark.parametrize("arn", ["x", CERTIFICATES[0].replace("us-east-1", "us-west-1")])
def test_a_certificate_is_one_of_the_region(arn: str) -> None:
    with pytest.raises(SpecError, match="certificate"):
        spec(certificate_arns=[arn])


@pytest.mark.parametrize("what", ["healthy-hosts", "running-tasks"])
def test_no_data_about_what_should_be_there_is_bad_news(what: str) -> None:
    assert found()[f"web-{what}"].missing == "breaching"


@pytest.mark.parametrize("what", ["web-unhealthy-hosts", "web-target-errors", "web-latency", "entrance-errors"])
def test_no_data_about_requests_is_none(what: str) -> None:
    assert found()[what].missing == "notBreaching"


@pytest.mark.parametrize(
    ("threshold", "gone"),
    [
        ({"unhealthy_hosts": 0}, {"web-unhealthy-hosts"}),
        ({"healthy_hosts": False}, {"web-healthy-hosts"}),
        ({"running_tasks": False}, {"mail-running-tasks", "web-running-tasks"}),
        ({"target_errors": 0}, {"web-target-errors"}),
        ({"load_balancer_errors": 0}, {"entrance-errors"}),
        ({"latency": 0}, {"web-latency"}),
    ],
)
def test_each_can_be_left_out(threshold: dict[str, t.Any], gone: set[str]) -> None:
    assert set(found()) - set(found(thresholds=threshold)) == gone


def test_nobody_is_told_of_the_number_of_a_service_without_one() -> None:
    assert {"web-healthy-hosts", "web-running-tasks"}.isdisjoint(found(services={"web": 0}, workers=[]))


def test_every_message_says_what_to_do_and_names_the_runbook() -> None:
    for change in plan(spec(), EMPTY).changes:
        if change.kind == "metric_alarm":
            text = change.after["description"]
            assert text.startswith("hello in dev, us-east-1: ")
            assert "Runbook: When an alarm rings, " in text
            assert len(text) <= 1024


def test_what_does_not_exist_yet_has_a_placeholder() -> None:
    dry = dataclasses.replace(EMPTY, load_balancer=unknown("us-east-1", "load_balancer/main"))
    (change,) = (each for each in plan(spec(), dry).changes if each.address == "metric_alarm/web-latency")
    assert "(known after apply: us-east-1/load_balancer/main)" in json.dumps(change.after)


def test_a_url_is_shown_without_what_may_be_a_secret() -> None:
    (change,) = (each for each in plan(spec(notify={"urls": [WEBHOOK]}), EMPTY).changes if each.kind == "subscription")
    assert change.data == ("https", WEBHOOK)
    assert "secret" not in f"{change.address} {change.after}"
    assert change.name == "https events.example.com 1"


def test_what_chat_has_subscribed_itself_stays() -> None:
    chat = Subscription(protocol="https", endpoint="https://global.sns-api.chatbot.amazonaws.com", arn="arn:aws:sns:1")
    other = Subscription(protocol="https", endpoint=WEBHOOK, arn="arn:aws:sns:2")
    changes = subscription.plan(spec(), dataclasses.replace(EMPTY, subscriptions=(chat, other)))
    assert [(change.action.value, change.data) for change in changes] == [
        ("create", ("email", "ops@example.com")),
        ("delete", other),
    ]


@pytest.mark.parametrize(
    ("option", "params"),
    [
        ("notify.email", {"notify": {"email": ["ops"]}}),
        ("notify.urls", {"notify": {"urls": ["ops.example.com"]}}),
        ("notify.topic_arns", {"notify": {"topic_arns": ["chat"]}}),
        ("notify.topic_arns", {"notify": {"topic_arns": [f"arn:aws:sns:us-west-1:{ACCOUNT}:chat"]}}),
        ("notify.topic_arns", {"notify": {"topic_arns": ["arn:aws:sns:us-east-1:222222222222:chat"]}}),
        ("notify.topic_arns", {"notify": {"topic_arns": [f"arn:aws:sns:us-east-1:{ACCOUNT}:{n}" for n in "abcde"]}}),
        ("services.web", {"services": {"web": "many"}, "workers": []}),
        ("services", {"services": {"-": 1}, "workers": []}),
        ("workers", {"workers": ["others"]}),
        ("thresholds.target_errors", {"thresholds": {"target_errors": 101}}),
        ("thresholds.latency", {"thresholds": {"latency": -1}}),
        ("kms_key_arn", {"kms_key_arn": "alias/aws/sns"}),
        ("services", {"services": None}),
    ],
)
def test_what_cannot_work_is_refused_by_its_name(option: str, params: dict[str, t.Any]) -> None:
    with pytest.raises(SpecError) as raised:
        spec(**params)
    assert raised.value.option == option


def test_a_refusal_does_not_repeat_a_url() -> None:
    with pytest.raises(SpecError) as raised:
        spec(notify={"urls": ["htps://events.example.com/secret"]})
    assert "secret" not in str(raised.value)


NAMES = ["hello-dev-alarm-web-latency", "hello-dev-alarm-web-target-errors"]
ROLLING: dict[str, t.Any] = {"alarms": NAMES, "rollback": True}
WATCHED: dict[str, t.Any] = {"rollback_on_alarms": True, "thresholds": {"unhealthy_hosts": 0}}


def in_ecs(*names: str, owned: bool = True) -> Snapshot:
    alarms = {"alarmNames": list(names), "enable": bool(names), "rollback": bool(names)}
    found = Deployments(name="hello-dev-web", owned=owned, configuration={"maximumPercent": 150, "alarms": alarms})
    return dataclasses.replace(EMPTY, services={"web": found})


def rollbacks(snapshot: Snapshot, **params: t.Any) -> list[Change]:
    return [change for change in plan(spec(**params), snapshot).changes if change.kind == "deployment_alarms"]


def test_ecs_watches_the_alarms_of_a_services_targets_once_they_are_there() -> None:
    (change,) = rollbacks(in_ecs(), **WATCHED)
    assert (change.name, change.after) == ("web", ROLLING)
    assert change.needs == {"metric_alarm/web-latency", "metric_alarm/web-target-errors"}
    assert change.data.configuration["maximumPercent"] == 150
    (first,) = rollbacks(EMPTY, **WATCHED)
    assert (str(first.action.value), first.after) == ("update", ROLLING)
    assert rollbacks(in_ecs(*NAMES), **WATCHED) == []
    assert rollbacks(in_ecs(), thresholds={}) == []
    assert rollbacks(in_ecs(owned=False), **WATCHED) == []


def test_ecs_forgets_an_alarm_before_it_goes() -> None:
    snapshot = dataclasses.replace(
        in_ecs(*NAMES),
        alarms=(Alarm(name="hello-dev-alarm-web-latency", arn="arn", what="web-latency", owned=True, values={}),),
    )
    found = plan(spec(rollback_on_alarms=True, notify={}), snapshot)
    assert [step.address for step in found.in_order()] == ["deployment_alarms/web", "metric_alarm/web-latency"]
    (change,) = [each for each in found.changes if each.kind == "deployment_alarms"]
    assert change.after == {"alarms": [], "rollback": False}
