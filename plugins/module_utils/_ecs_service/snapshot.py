# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What exists, as observed."""

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
    """Everything the plan needs.

    :param current: the revision that the service is set to, if there is a service.
    :param latest: the family's latest active revision.
    :param revisions: all revisions of the family that belong to the service; only read if state is absent.
    :param group: the service's security group in the VPC.
    :param groups: those with the name of its security group, in any VPC; only read if state is absent.
    :param guests: what others run in its cluster, for messages; only read if state is absent.
    :param rules: the service's rules, and those that conflict with them.
    :param rule_arn: ARN of the service's rule on the listener; empty if there is none.
    :param digests: of pinned images that were not resolved before; empty if a registry did not answer.
    :param alternate_group: the second target group; like ``shift_role``, only read if there is or should be one.
    :param shift_role: the role that ECS assumes to shift requests between the two.
    :param scalable_target: only read if scaling is or was on, or state is absent.
    :param scaling_policies: all of that target; like ``scheduled_actions``, only read if scaling is on.
    :param now: when this was observed; None if no schedule is compared with it.
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
