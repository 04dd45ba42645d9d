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
    """An ECS service. ``rollout`` as in the API (``COMPLETED``), empty if ECS does not say, and so ``balanced``."""

    arn: str
    cluster: str
    name: str
    desired_count: int
    rollout: str
    tags: t.Mapping[str, str]
    balanced: tuple[t.Mapping[str, t.Any], ...] = ()

    @property
    def scales(self) -> bool:
        """Whether a run of ecs_service has given it a scalable target."""
        return is_scaled(self.tags)


@dataclasses.dataclass(frozen=True, kw_only=True)
class TargetGroup:
    """A target group's health check, as far as a fault changes it."""

    arn: str
    path: str
    matcher: str
    tags: t.Mapping[str, str]

    @property
    def name(self) -> str:
        """ELB's name of it, which its ARN contains."""
        return self.arn.split("/")[-2]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Alarm:
    """The alarm behind a switch, with the metric that it watches and the health check that follows it.

    :param region: the region it is in.
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

    :param services: by the names of the services that decide the failover, as ``target_groups``; None for those that
        were not found.
    :param security_groups: those of the load balancer.
    :param most: how many tasks the services ran at most in the last 24 hours, and who says so.
    :param alarm: None if it was not found, or not looked for.
    """

    services: t.Mapping[str, Service | None] = dataclasses.field(default_factory=dict)
    security_groups: tuple[SecurityGroup, ...] = ()
    target_groups: t.Mapping[str, TargetGroup | None] = dataclasses.field(default_factory=dict)
    alarm: Alarm | None = None
    most: Most = dataclasses.field(default_factory=Most)

    @property
    def desired_count(self) -> int:
        """How many tasks the services are to run together."""
        return sum(service.desired_count for service in self.services.values() if service)

    @property
    def tags(self) -> tuple[t.Mapping[str, str], ...]:
        """The tags of everything that was found."""
        found = itertools.chain(
            self.services.values(), self.target_groups.values(), self.security_groups, (self.alarm,)
        )
        return tuple(item.tags for item in found if item is not None)
