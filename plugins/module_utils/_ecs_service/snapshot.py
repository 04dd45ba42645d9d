# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What there is, frozen."""

from __future__ import annotations

import dataclasses
import datetime
import typing as t

from .._resources.log_group import LogGroup
from .._resources.role import Role
from .._resources.security_group import SecurityGroup
from .resources.cluster import Cluster
from .resources.listener_rule import ListenerRule
from .resources.scalable_target import ScalableTarget
from .resources.scaling_policy import ScalingPolicy
from .resources.scheduled_action import ScheduledAction
from .resources.service import Service
from .resources.target_group import TargetGroup
from .resources.task_definition import TaskDefinition


@dataclasses.dataclass(frozen=True, kw_only=True)
class Snapshot:
    """Everything the plan looks at.

    :param current: the revision the service is set to, if there is a service.
    :param latest: the family's latest active revision.
    :param revisions: all revisions of the family that belong to the service; only read when everything should go.
    :param group: the service's security group in the VPC.
    :param groups: those with the name of its security group, in any VPC; only read when everything should go.
    :param guests: what others run in its cluster, for people; only read when everything should go.
    :param rules: those that belong to the service, and those that are in their way.
    :param rule_arn: ARN of the one on the listener that belongs to the service; empty if there is none.
    :param digests: of images, where they are pinned and nobody had asked before; empty where a registry did not answer.
    :param alternate_group: the second target group; only read where there is one, or should be, like the next.
    :param shift_role: by which ECS shifts requests between the two.
    :param scalable_target: only read where scaling is on, was on, or everything should go.
    :param scaling_policies: all of that target; only read where scaling is on, like the next.
    :param now: when this was observed; None where no schedule is compared with it.
    """

    log_group: LogGroup | None = None
    cluster: Cluster | None = None
    current: TaskDefinition | None = None
    latest: TaskDefinition | None = None
    revisions: tuple[TaskDefinition, ...] = ()
    service: Service | None = None
    group: SecurityGroup | None = None
    groups: tuple[SecurityGroup, ...] = ()
    execution_role: Role | None = None
    task_role: Role | None = None
    target_group: TargetGroup | None = None
    alternate_group: TargetGroup | None = None
    shift_role: Role | None = None
    rules: tuple[ListenerRule, ...] = ()
    rule_arn: str = ""
    guests: tuple[str, ...] = ()
    digests: t.Mapping[str, str] = dataclasses.field(default_factory=dict)
    scalable_target: ScalableTarget | None = None
    scaling_policies: tuple[ScalingPolicy, ...] = ()
    scheduled_actions: tuple[ScheduledAction, ...] = ()
    now: datetime.datetime | None = None
