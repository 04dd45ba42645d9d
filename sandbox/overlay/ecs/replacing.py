# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a service replaces tasks that its load balancers find unhealthy.

From the ECS Developer Guide, "How the circuit breaker works" and "Amazon ECS service scheduler": a task that fails is
replaced; if the maximum percent allows, the replacement starts first, and the task stops once that is healthy.
"""

from __future__ import annotations

from math import ceil

from sandbox.overlay.base import World
from sandbox.overlay.ecs import tasks
from sandbox.overlay.ecs.model import Rollout, Service, Task

_FEWEST_FAILURES = 3
_MOST_FAILURES = 200
_FINE = ("starting", "healthy")


def threshold(desired: int) -> int:
    """How many failed tasks trip the circuit breaker."""
    return min(max(ceil(desired / 2), _FEWEST_FAILURES), _MOST_FAILURES)


def has_failed(world: World, service: Service, rollout: Rollout) -> bool:
    """Whether the circuit breaker trips: after enough failed tasks, or without real tasks after a while."""
    if world.addresses:
        return rollout.failed >= threshold(service.desired)
    failing = 0.0 if rollout.failing_since is None else world.moment() - rollout.failing_since
    return failing >= world.timings.of("circuit_breaker")


def condition(world: World, service: Service, task: Task) -> str:
    """The condition by `tasks`, without the load balancer's verdict during the service's grace period."""
    found = tasks.condition(world, task)
    grace = float(service.settings.get("healthCheckGracePeriodSeconds") or 0) / world.timings.speed
    if world.addresses is None or found in _FINE or tasks.age(task) >= grace:
        return found
    return "starting"


def is_replaced(world: World, rollout: Rollout, task: Task) -> bool:
    """Whether an unhealthy task of a rollout is stopped at once.

    Without real tasks, only if it cannot recover: a state that was set for an address stays with it.
    """
    return task.broken if world.addresses is None else rollout.state == "IN_PROGRESS"


def unhealthy_tasks(world: World, service: Service) -> list[Task]:
    """Unhealthy tasks of a completed rollout, which are replaced before they are stopped."""
    primary = service.primary
    if world.addresses is None or primary.state != "COMPLETED":
        return []
    return [task for task in primary.wanted if condition(world, service, task) not in _FINE]


def surplus(unhealthy: int, healthy: int, starting: int, desired: int, room: int) -> int:
    """How many unhealthy tasks are stopped now.

    As many as healthy ones have taken the place of; when every replacement is unhealthy too, as many as there are
    too many; one where there is no `room` to start a replacement before, and none is starting.
    """
    if unhealthy and room <= 0 and not starting and healthy + unhealthy <= desired:
        return 1
    return min(max(unhealthy + healthy - desired, 0), unhealthy)
