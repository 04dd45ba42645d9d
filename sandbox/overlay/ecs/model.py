# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Services, their rollouts and tasks, as far as moto cannot store them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from moto.core.common_models import BaseModel
from moto.core.utils import utcnow

_MOST_EVENTS = 100


# Settings that belong to a revision: a change of one is a new deployment, a rollback restores them.
REVISION_SETTINGS = (
    "capacityProviderStrategy",
    "launchType",
    "loadBalancers",
    "networkConfiguration",
    "platformVersion",
    "serviceConnectConfiguration",
    "serviceRegistries",
    "volumeConfigurations",
)


@dataclass(eq=False)
class Task(BaseModel):
    """A Fargate task. Its names are moto's, whose code reads them."""

    ecs: Any = field(repr=False)
    id: str
    task_arn: str
    cluster_name: str
    cluster_arn: str
    definition: Any
    group: str
    started_by: str | None = None
    launch_type: str = "FARGATE"
    # Empty where the service has a launch type.
    capacity_provider: str = ""
    platform_version: str = "1.4.0"
    enable_execute_command: bool = False
    tags: list[dict[str, str]] = field(default_factory=list)
    overrides: dict[str, Any] = field(default_factory=dict)
    # Target group ARN and port of each load balancer it serves.
    targets: list[tuple[str, int]] = field(default_factory=list)
    broken: bool = False
    # Why its images cannot be pulled; empty if they can.
    unpullable: str = ""
    last_status: str = "PENDING"
    desired_status: str = "RUNNING"
    container_instance_arn: None = None
    interface: Any = None
    attachment_id: str = ""
    created_at: datetime = field(default_factory=utcnow)
    started_at: datetime | None = None
    stopping_at: datetime | None = None
    stopped_at: datetime | None = None
    stop_code: str | None = None
    stopped_reason: str | None = None
    exit_code: int | None = None

    @property
    def task_definition_arn(self) -> str:
        """The ARN of its definition."""
        return str(self.definition.arn)

    @property
    def address(self) -> str:
        """Its private address."""
        return str(self.interface.private_ip_address)

    @property
    def wanted(self) -> bool:
        """Whether it should run, and has not ended on its own."""
        return self.desired_status == "RUNNING"


@dataclass(frozen=True, slots=True)
class Revision:
    """A service revision: an immutable version of a service's workload."""

    arn: str
    definition: Any
    settings: dict[str, Any]
    # The target group that its tasks are in, by the one that the service names first: the same, or the alternate one.
    groups: dict[str, str]
    created_at: datetime = field(default_factory=utcnow)


@dataclass(slots=True, eq=False)
class ServiceDeployment:
    """A rollout in the API of service deployments: history, kept forever."""

    arn: str
    target: Revision
    sources: list[Revision]
    status: str = "IN_PROGRESS"
    reason: str = ""
    created_at: datetime = field(default_factory=utcnow)
    updated_at: datetime = field(default_factory=utcnow)
    finished_at: datetime | None = None
    stopped_at: datetime | None = None
    rollback: dict[str, Any] | None = None
    breaker: str = "DISABLED"
    alarms: dict[str, Any] = field(default_factory=dict)
    rollout: Rollout | None = None

    def move(self, status: str, reason: str = "", *, final: bool = False) -> None:
        """Change the status."""
        self.status, self.reason, self.updated_at = status, reason or self.reason, utcnow()
        if final:
            self.finished_at = self.updated_at
            if status == "STOPPED":
                self.stopped_at = self.updated_at


@dataclass(slots=True, eq=False)
class Shift:
    """How far a deployment is that shifts traffic from one target group to another.

    `steps` are stage, percent of the production traffic, and minutes until the next one.
    """

    steps: list[tuple[str, float, float]]
    stage: str = "SCALE_UP"
    share: float = 0.0
    # The moment at which the next step is due.
    until: float = 0.0


@dataclass(slots=True, eq=False)
class Rollout:
    """A deployment in DescribeServices, with the tasks it has started."""

    id: str
    revision: Revision
    history: ServiceDeployment
    started: float
    status: str = "PRIMARY"
    state: str = "IN_PROGRESS"
    reason: str = ""
    failed: int = 0
    failing_since: float | None = None
    settled_since: float | None = None
    completed: bool = False
    # The deployment that this one is rolling back.
    undoes: Rollout | None = None
    tasks: list[Task] = field(default_factory=list)
    counted: set[str] = field(default_factory=set)
    # None for a rolling one.
    shift: Shift | None = None
    # Alarms that ring and do not count.
    ringing: set[str] = field(default_factory=set)
    created_at: datetime = field(default_factory=utcnow)
    updated_at: datetime = field(default_factory=utcnow)

    def move(self, state: str, reason: str) -> None:
        """Change the rollout state."""
        self.state, self.reason, self.updated_at = state, reason, utcnow()

    @property
    def wanted(self) -> list[Task]:
        """The tasks that are meant to run."""
        return [task for task in self.tasks if task.wanted]

    @property
    def alive(self) -> list[Task]:
        """The tasks that are not stopped yet."""
        return [task for task in self.tasks if task.last_status != "STOPPED"]


@dataclass(slots=True, eq=False)
class Service:
    """A service beside moto's, with all requested settings."""

    ecs: Any = field(repr=False)
    moto: Any
    settings: dict[str, Any]
    desired: int
    rollouts: list[Rollout] = field(default_factory=list)
    history: list[ServiceDeployment] = field(default_factory=list)
    last_completed: Rollout | None = None
    events: list[dict[str, Any]] = field(default_factory=list)
    created_at: datetime = field(default_factory=utcnow)
    # The number of the latest check on the agenda; earlier ones are void.
    check: int = 0
    launched: int = 0
    # The most tasks that it was ever to run.
    most: int = 0
    steady: bool = False

    @property
    def name(self) -> str:
        """The service's name."""
        return str(self.moto.name)

    @property
    def primary(self) -> Rollout:
        """The newest deployment."""
        return self.rollouts[0]

    @property
    def tasks(self) -> list[Task]:
        """All tasks of all deployments that are shown."""
        return [task for rollout in self.rollouts for task in rollout.tasks]

    def say(self, message: str) -> None:
        """Add a service event."""
        identifier = f"{len(self.events):08x}-0000-4000-8000-{id(self) & 0xFFFFFFFFFFFF:012x}"
        self.events.insert(0, {"id": identifier, "createdAt": utcnow(), "message": f"(service {self.name}) {message}"})
        del self.events[_MOST_EVENTS:]
