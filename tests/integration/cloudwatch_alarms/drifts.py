# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What somebody may do to the alarms of a region, their topic and their rule: what it is, and what a run says of it."""

from __future__ import annotations

import json
import typing as t

from .world import RULE, TOPIC, Stack


def about_another_certificate(stack: Stack) -> None:
    alarm = stack.alarms["hello-dev-alarm-certificate"]
    alarm["Metrics"][0]["MetricStat"]["Metric"]["Dimensions"][0]["Value"] += "0"
    put(stack, alarm)


def tell_of_missing_data(stack: Stack) -> None:
    put(stack, {**stack.alarms["hello-dev-alarm-web-latency"], "InsufficientDataActions": [TOPIC]})


def put(stack: Stack, alarm: t.Mapping[str, t.Any]) -> None:
    taken = stack.cloudwatch.meta.service_model.operation_model("PutMetricAlarm").input_shape.members
    stack.cloudwatch.put_metric_alarm(**{key: value for key, value in alarm.items() if key in taken})


DRIFT: dict[str, tuple[t.Callable[[Stack], object], str, str]] = {
    "alarm disabled": (
        lambda stack: stack.cloudwatch.disable_alarm_actions(AlarmNames=["hello-dev-alarm-web-latency"]),
        "metric_alarm/web-latency",
        "differs in actions_enabled",
    ),
    "alarm deleted": (
        lambda stack: stack.cloudwatch.delete_alarms(AlarmNames=["hello-dev-alarm-web-latency"]),
        "metric_alarm/web-latency",
        "missing",
    ),
    "alarm tags": (
        lambda stack: stack.cloudwatch.tag_resource(
            ResourceARN=stack.alarms["hello-dev-alarm-web-latency"]["AlarmArn"], Tags=[{"Key": "Stack", "Value": "x"}]
        ),
        "metric_alarm/web-latency",
        "differs in tags",
    ),
    "alarm about another certificate": (
        about_another_certificate,
        "metric_alarm/certificate",
        "differs in metrics",
    ),
    "topic policy": (
        lambda stack: stack.sns.set_topic_attributes(
            TopicArn=TOPIC,
            AttributeName="Policy",
            AttributeValue=json.dumps({"Version": "2012-10-17", "Statement": []}),
        ),
        "topic/main",
        "differs in policy",
    ),
    "topic key": (
        lambda stack: stack.sns.set_topic_attributes(
            TopicArn=TOPIC, AttributeName="KmsMasterKeyId", AttributeValue="alias/aws/sns"
        ),
        "topic/main",
        "differs in kms_key_arn",
    ),
    "topic tags": (
        lambda stack: stack.sns.tag_resource(ResourceArn=TOPIC, Tags=[{"Key": "Name", "Value": "x"}]),
        "topic/main",
        "differs in tags",
    ),
    "rule disabled": (
        lambda stack: stack.events.disable_rule(Name=RULE),
        "event_rule/rollout-failed",
        "differs in state",
    ),
    "alarm tells of missing data": (
        tell_of_missing_data,
        "metric_alarm/web-latency",
        "differs in insufficient_data_actions",
    ),
    "rule by the clock": (
        lambda stack: stack.events.put_rule(
            Name=RULE,
            ScheduleExpression="rate(1 minute)",
            **{
                key: value
                for key, value in stack.events.describe_rule(Name=RULE).items()
                if key in ("EventPattern", "State", "Description")
            },
        ),
        "event_rule/rollout-failed",
        "differs in schedule",
    ),
    "rule pattern": (
        lambda stack: stack.events.put_rule(Name=RULE, EventPattern='{"source": ["aws.s3"]}', State="ENABLED"),
        "event_rule/rollout-failed",
        "differs in description, pattern",
    ),
    "target input": (
        lambda stack: stack.events.put_targets(
            Rule=RULE, Targets=[{"Id": stack.targets[0]["Id"], "Arn": stack.targets[0]["Arn"], "Input": "{}"}]
        ),
        "event_rule/rollout-failed",
        "differs in targets",
    ),
    "rule without targets": (
        lambda stack: stack.events.remove_targets(Rule=RULE, Ids=[stack.targets[0]["Id"]]),
        "event_rule/rollout-failed",
        "differs in targets",
    ),
    "rule tags": (
        lambda stack: stack.events.tag_resource(
            ResourceARN=stack.events.describe_rule(Name=RULE)["Arn"], Tags=[{"Key": "Name", "Value": "x"}]
        ),
        "event_rule/rollout-failed",
        "differs in tags",
    ),
}
