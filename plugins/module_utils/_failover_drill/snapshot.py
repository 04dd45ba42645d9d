# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was observed of a region before a drill. Pure."""

from __future__ import annotations

import dataclasses
import itertools
import typing as t

from .._aws.scaled import is_scaled
from .._failover_chain.capacity import Most
from .._resources.security_group import SecurityGroup


@dataclasses.dataclass(frozen=True, kw_only=True)
class Service:
    """An ECS service.

    :param rollout: rolloutState of the primary deployment; empty if ECS does not return it.
    :param balanced: LoadBalancers of DescribeServices.
    """

    arn: str
    cluster: str
    name: str
    desired_count: int
    rollout: str
    tags: t.Mapping[str, str]
    balanced: tuple[t.Mapping[str, t.Any], ...] = ()

    @property
    def scales(self) -> bool:
        """Whether ecs_service gave it a scalable target."""
        return is_scaled(self.tags)


@dataclasses.dataclass(frozen=True, kw_only=True)
class TargetGroup:
    """A target group, with the part of its health check that a fault changes."""

    arn: str
    path: str
    matcher: str
    tags: t.Mapping[str, str]

    @property
    def name(self) -> str:
        """Its name, from the ARN."""
        return self.arn.split("/")[-2]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Alarm:
    """The alarm behind a switch, with its metric and the health check that follows it.

    :param region: the alarm's region.
    """

    arn: str
    region: str
    namespace: str
    metric: str
    dimensions: tuple[t.Mapping[str, str], ...]
    check_id: str
    tags: t.Mapping[str, str]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Snapshot:
    """What a drill could break in a region.

    :param services: by the names of the services that decide the failover, as ``target_groups``; None if not found.
    :param security_groups: of the load balancer.
    :param most: the most tasks that the services ran in the last 24 hours.
    :param standby_services: the same services in the region that takes over; empty if they cannot be read.
    :param alarm: None if it was not found or not needed.
    """

    services: t.Mapping[str, Service | None] = dataclasses.field(default_factory=dict)
    security_groups: tuple[SecurityGroup, ...] = ()
    target_groups: t.Mapping[str, TargetGroup | None] = dataclasses.field(default_factory=dict)
    alarm: Alarm | None = None
    most: Most = dataclasses.field(default_factory=Most)
    standby_services: t.Mapping[str, Service | None] = dataclasses.field(default_factory=dict)

    @property
    def desired_count(self) -> int:
        """The desired count of all services together."""
        return sum(service.desired_count for service in self.services.values() if service)

    @property
    def tags(self) -> tuple[t.Mapping[str, str], ...]:
        """The tags of all resources."""
        found = itertools.chain(
            self.services.values(), self.target_groups.values(), self.security_groups, (self.alarm,)
        )
        return tuple(item.tags for item in found if item is not None)
