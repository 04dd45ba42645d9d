# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What there is, frozen."""

from __future__ import annotations

import dataclasses
import typing as t

from .._resources.log_group import LogGroup
from .._resources.role import Role
from .._resources.security_group import SecurityGroup


@dataclasses.dataclass(frozen=True, kw_only=True)
class Cluster:
    """A cluster that is not being deleted. ``container_insights`` as in the API (``enabled``).

    :param configuration: what is not AWS's default in its ClusterConfiguration; we set none of it.
    :param service_connect: the namespace that its services would join by default; empty if there is none.
    """

    name: str
    arn: str
    container_insights: str
    configuration: t.Mapping[str, t.Any] = dataclasses.field(default_factory=dict)
    service_connect: str = ""
    tags: t.Mapping[str, str]


@dataclasses.dataclass(frozen=True, kw_only=True)
class TaskDefinition:
    """A revision. ``status`` as in the API (``ACTIVE``), ``document`` canonical (definition.py)."""

    arn: str
    status: str
    document: t.Mapping[str, t.Any] = dataclasses.field(repr=False)
    tags: t.Mapping[str, str]

    @property
    def active(self) -> bool:
        """True if tasks can be started of it."""
        return self.status == "ACTIVE"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Deployment:
    """The service's PRIMARY deployment: what it is, or is on the way to.

    :param rollout: ``IN_PROGRESS``, ``COMPLETED``, ``FAILED``, or empty if ECS does not say.
    """

    task_definition_arn: str
    rollout: str
    reason: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class Service:
    """A service that is ACTIVE or DRAINING.

    :param fields: what UpdateService can change, comparable, by the names in fields.py.
    """

    arn: str
    draining: bool
    task_definition_arn: str
    desired_count: int
    running_count: int
    deployment: Deployment | None
    fields: t.Mapping[str, t.Any]
    tags: t.Mapping[str, str]

    @property
    def settled(self) -> bool:
        """True if no rollout is under way and all tasks run."""
        done = self.deployment is None or self.deployment.rollout in ("COMPLETED", "")
        return done and self.running_count == self.desired_count


@dataclasses.dataclass(frozen=True, kw_only=True)
class Snapshot:
    """Everything the plan looks at.

    :param current: the revision the service is set to, if there is a service.
    :param latest: the family's latest active revision.
    :param revisions: all revisions of the family that are ours; only read when everything should go.
    :param group: our security group in the VPC.
    :param groups: our security groups in any VPC; only read when everything should go.
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
