# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A load balancer with a service's target group, and what boto3 sees of the layer cloudwatch_alarms."""

from __future__ import annotations

import dataclasses
import typing as t

from sandbox import Sandbox
from tests.integration.alb.world import make_network

NAME = "hello-dev-alarms"
RULE = "hello-dev-rollout-failed"
TOPIC = f"arn:aws:sns:us-east-1:111111111111:{NAME}"
OWN: dict[str, t.Any] = {
    "notify": {"email": ["ops@example.com"]},
    "services": {"web": 2},
    "certificate_arns": ["arn:aws:acm:us-east-1:111111111111:certificate/01234567-89ab-cdef-0123-456789abcdef"],
}
ALARMS = {
    f"hello-dev-alarm-{what}"
    for what in (
        *("certificate", "entrance-errors", "web-healthy-hosts", "web-latency", "web-running-tasks"),
        *("web-target-errors", "web-unhealthy-hosts"),
    )
}


def make_service(aws: Sandbox, name: str = "hello-dev", region: str = "us-east-1") -> None:
    """The load balancer and the target group of the service web, as other layers would have made them."""
    network, elb = make_network(aws, zones="ab", region=region), aws.client("elbv2", region=region)
    elb.create_load_balancer(Name=name, Subnets=list(network.subnet_ids))
    elb.create_target_group(Name=f"{name}-web", Protocol="HTTP", Port=80, VpcId=network.vpc_id, TargetType="ip")


class Run(t.Protocol):
    def __call__(
        self, *, check_mode: bool = False, warnings: list[str] | None = None, **params: t.Any
    ) -> dict[str, t.Any]: ...


@dataclasses.dataclass(frozen=True)
class Stack:
    """What boto3 sees of the layer, by the names it has."""

    aws: Sandbox

    @property
    def sns(self) -> t.Any:
        return self.aws.client("sns")

    @property
    def events(self) -> t.Any:
        return self.aws.client("events")

    @property
    def cloudwatch(self) -> t.Any:
        return self.aws.client("cloudwatch")

    @property
    def alarms(self) -> dict[str, dict[str, t.Any]]:
        found = self.cloudwatch.describe_alarms(AlarmNamePrefix="hello-dev-alarm-")["MetricAlarms"]
        return {alarm["AlarmName"]: alarm for alarm in found}

    @property
    def topics(self) -> list[str]:
        return [topic["TopicArn"] for topic in self.sns.list_topics()["Topics"]]

    @property
    def endpoints(self) -> set[str]:
        return {each["Endpoint"] for each in self.sns.list_subscriptions_by_topic(TopicArn=TOPIC)["Subscriptions"]}

    @property
    def targets(self) -> list[dict[str, t.Any]]:
        return list(self.events.list_targets_by_rule(Rule=RULE)["Targets"])


def changes(result: t.Mapping[str, t.Any]) -> list[tuple[str, str, str]]:
    """(action, address, reason) of each."""
    return [(item["action"], f"{item['kind']}/{item['name']}", item["reason"]) for item in result["changes"]]
