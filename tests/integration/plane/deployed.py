# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A deployed stack, what can happen to it, and what its users see."""

from __future__ import annotations

import dataclasses
import typing as t

from sandbox import Sandbox
from tests.integration.plane.visitor import Visitor

NAME = "dev.example.com"
_SERVICE = "hello-dev-hello"
FAULTS = ("stop_tasks", "block_alb", "unhealthy_app", "cut", "slow", "error")
# What AWS's own API can do; the rest is the sandbox's.
_HOW = ("cut", "slow", "error")


@dataclasses.dataclass
class Deployed:
    """The stack `hello` of the environment `dev`."""

    aws: Sandbox
    visitor: Visitor
    _taken: dict[str, t.Any] = dataclasses.field(default_factory=dict)

    def serves(self, region: str) -> bool:
        """Whether a user gets the page from there."""
        return self.visitor.visit(NAME).region == region

    def answers(self, region: str) -> bool:
        """Whether DNS leads there, be it well or not."""
        names = self.visitor.names
        return names.values(NAME) == names.values(f"{region}.{NAME}")

    def breaks(self, region: str, fault: str) -> None:
        """Let it happen."""
        if fault in _HOW:
            self.aws.break_region(region, fault)
        elif fault == "stop_tasks":
            self._scale(region, 0)
        elif fault == "block_alb":
            self._block(region)
        else:
            self._probe(region, "/nothing")

    def heals(self, region: str, fault: str) -> None:
        """Take it back."""
        if fault in _HOW:
            self.aws.heal_region(region)
        elif fault == "stop_tasks":
            self._scale(region, 2)
        elif fault == "block_alb":
            group_id, permissions = self._taken.pop(region)
            ec2 = self.aws.client("ec2", region=region)
            ec2.authorize_security_group_ingress(GroupId=group_id, IpPermissions=permissions)
        else:
            self._probe(region, "/")

    def evict(self, region: str, seat: str, value: float) -> None:
        """Publish the data point by which the region `seat` evicts another, or lets it back."""
        dimensions = {"Stack": "hello", "Environment": "dev", "Region": region}
        point = {
            "MetricName": "Evict",
            "Dimensions": [{"Name": name, "Value": of} for name, of in dimensions.items()],
            "Value": value,
        }
        cloudwatch = self.aws.client("cloudwatch", region=seat)
        cloudwatch.put_metric_data(Namespace="everlook.failover/hello-dev", MetricData=[point])

    def _scale(self, region: str, tasks: int) -> None:
        ecs = self.aws.client("ecs", region=region)
        ecs.update_service(cluster=_SERVICE, service=_SERVICE, desiredCount=tasks)

    def _block(self, region: str) -> None:
        ec2 = self.aws.client("ec2", region=region)
        (balancer,) = self.aws.client("elbv2", region=region).describe_load_balancers()["LoadBalancers"]
        (group_id,) = balancer["SecurityGroups"]
        (group,) = ec2.describe_security_groups(GroupIds=[group_id])["SecurityGroups"]
        self._taken[region] = (group_id, group["IpPermissions"])
        ec2.revoke_security_group_ingress(GroupId=group_id, IpPermissions=group["IpPermissions"])

    def _probe(self, region: str, path: str) -> None:
        elb = self.aws.client("elbv2", region=region)
        (group,) = elb.describe_target_groups()["TargetGroups"]
        elb.modify_target_group(TargetGroupArn=group["TargetGroupArn"], HealthCheckPath=path)
