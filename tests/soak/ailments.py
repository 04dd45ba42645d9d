# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ways to break a region and to heal it again, through AWS's API where it has one."""

from __future__ import annotations

import dataclasses
import random
import typing as t

from sandbox import Sandbox

SWITCH = {"Namespace": "everlook.failover/hello-dev", "MetricName": "Evict"}


@dataclasses.dataclass
class Region:
    """A deployed region, and what ails it.

    :param seat: another region, from which this one can be evicted.
    """

    aws: Sandbox
    name: str
    seat: str
    group_arn: str
    security_group_id: str
    cluster: str
    service: str
    desired: int
    ailments: set[str] = dataclasses.field(default_factory=set)

    def client(self, service: str) -> t.Any:
        return self.aws.client(service, region=self.name)

    def toggle(self, ailment: str) -> None:
        """Break the region in this way, or heal it of it."""
        sick = ailment not in self.ailments
        getattr(self, f"_{ailment}")(sick)
        (self.ailments.add if sick else self.ailments.discard)(ailment)

    def possible(self, cut_off: t.Container[str]) -> list[str]:
        """What can be done now: nothing goes through the API of a region that is cut off."""
        switch = [] if self.seat in cut_off else ["evicted"]
        if "cut" in self.ailments:
            return ["cut", *switch]
        # A region is either cut off or answers errors: the second would replace the first.
        outage = [] if "failing" in self.ailments else ["cut"]
        return ["failing", "closed", "lost", "stopped", *outage, *switch]

    def disturb(self, choice: random.Random) -> None:
        """Stop one of its tasks, which is no ailment: another one carries on."""
        if self.ailments:
            return
        ecs = self.client("ecs")
        running = ecs.list_tasks(cluster=self.cluster, serviceName=self.service)["taskArns"]
        if len(running) >= self.desired > 1:
            ecs.stop_task(cluster=self.cluster, task=choice.choice(sorted(running)), reason="soak")

    def _cut(self, sick: bool) -> None:
        self._outage("cut", sick)

    def _failing(self, sick: bool) -> None:
        self._outage("error", sick)

    def _outage(self, how: str, sick: bool) -> None:
        if sick:
            self.aws.break_region(self.name, how)
        else:
            self.aws.heal_region(self.name)

    def _closed(self, sick: bool) -> None:
        """The load balancer admits nobody."""
        ec2 = self.client("ec2")
        permission = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
        change = ec2.revoke_security_group_ingress if sick else ec2.authorize_security_group_ingress
        change(GroupId=self.security_group_id, IpPermissions=[permission])

    def _lost(self, sick: bool) -> None:
        """Health checks ask for a page that is not there."""
        path = "/nowhere/to/be/found" if sick else "/health"
        self.client("elbv2").modify_target_group(TargetGroupArn=self.group_arn, HealthCheckPath=path)

    def _stopped(self, sick: bool) -> None:
        count = 0 if sick else self.desired
        self.client("ecs").update_service(cluster=self.cluster, service=self.service, desiredCount=count)

    def _evicted(self, sick: bool) -> None:
        """By a data point in another region, as failover_switch sets it."""
        dimensions = [
            {"Name": "Stack", "Value": "hello"},
            {"Name": "Environment", "Value": "dev"},
            {"Name": "Region", "Value": self.name},
        ]
        datum = {"MetricName": SWITCH["MetricName"], "Dimensions": dimensions, "Value": float(sick)}
        self.aws.client("cloudwatch", region=self.seat).put_metric_data(
            Namespace=SWITCH["Namespace"], MetricData=[datum]
        )
