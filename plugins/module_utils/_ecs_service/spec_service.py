# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How ECS keeps the tasks running, from the options, with AWS's limits. Pure."""

from __future__ import annotations

import dataclasses
import math
import typing as t

from .._engine.errors import SpecError
from .spec_scaling import Scaling
from .spec_shift import Shift, parse_shift
from .spec_spot import Spot, parse_spot
from .spec_task import Task

# The number of tasks of a new service: one may fail without the region leaving DNS.
DEFAULT_COUNT: t.Final = 2

_GRACE_MOST: t.Final = 2_147_483_647
# Options that have no effect on a worker.
_OF_A_PORT: t.Final = ("container_name", "hosts", "paths", "rule_priority")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Service:
    """How ECS keeps the tasks running. Percentages are of the desired count, times in seconds.

    :param container_name: the container that receives the load balancer's requests; empty for a worker.
    :param container_port: None for a worker.
    :param desired_count: None leaves it to whatever scales the service.
    :param first_count: the number of tasks of a new service.
    :param spot: None if all tasks are on demand.
    :param shift: None if releases are rolling.
    :param propagate_tags: ECS's term (``SERVICE``).
    """

    subnet_ids: tuple[str, ...]
    container_name: str
    container_port: int | None
    desired_count: int | None
    first_count: int
    spot: Spot | None
    shift: Shift | None
    minimum_healthy_percent: int
    maximum_percent: int
    circuit_breaker: bool
    rollback: bool
    rollback_on_alarms: bool
    health_check_grace_period: int
    execute_command: bool
    platform_version: str
    propagate_tags: str
    managed_tags: bool
    availability_zone_rebalancing: bool


# Options that become fields unchanged.
_SAME: t.Final = (
    "container_port",
    "minimum_healthy_percent",
    "maximum_percent",
    "circuit_breaker",
    "rollback",
    "rollback_on_alarms",
    "execute_command",
    "platform_version",
    "managed_tags",
    "availability_zone_rebalancing",
)


def parse_service(params: t.Mapping[str, t.Any], task: Task, scaling: Scaling | None) -> Service:
    """The service from a module's parameters; with scaling, ``desired_count`` is None. Raises SpecError."""
    count, grace = params["desired_count"], params["health_check_grace_period"]
    if count is not None and count < 0:
        raise SpecError("desired_count", "cannot be negative.", "Leave it out to leave it to what scales the service.")
    if not 0 <= grace <= _GRACE_MOST:
        raise SpecError("health_check_grace_period", f"has to be 0 to {_GRACE_MOST} seconds.")
    port = params["container_port"]
    if port is None:
        _check_worker(params)
    first = DEFAULT_COUNT if count is None else count
    service = Service(
        desired_count=None if scaling else count,
        first_count=scaling.within(first) if scaling else first,
        subnet_ids=tuple(sorted(params["subnet_ids"])),
        container_name="" if port is None else _container_of(port, params["container_name"], task),
        spot=parse_spot(params),
        shift=parse_shift(params, scaling),
        propagate_tags=params["propagate_tags"].upper(),
        # ECS refuses a grace period without a load balancer.
        health_check_grace_period=0 if port is None else grace,
        **{option: params[option] for option in _SAME},
    )
    _check_percentages(service, scaling.minimum if scaling else count or 0)
    return service


def _check_worker(params: t.Mapping[str, t.Any]) -> None:
    for option in _OF_A_PORT:
        if params[option]:
            raise SpecError(
                option, "has no effect without container_port.", "Set container_port, or leave it out for a worker."
            )


def _container_of(port: int, name: str | None, task: Task) -> str:
    """The container that receives the load balancer's requests: the named one, or the one that maps the port."""
    if name is not None and task.container(name) is None:
        raise SpecError("container_name", f"{name!r} is not among the containers.")
    found = [
        container.name
        for container in task.containers
        if name in (None, container.name)
        and any((mapped.number, mapped.protocol) == (port, "tcp") for mapped in container.ports)
    ]
    if not found:
        raise SpecError(
            "container_port", f"no container maps TCP port {port}.", "Add it to the container's port_mappings."
        )
    return found[0]


def _check_percentages(service: Service, count: int) -> None:
    """ECS API, DeploymentConfiguration: rounding must leave room to start or to stop one of that many tasks."""
    least, most = service.minimum_healthy_percent, service.maximum_percent
    if not 0 <= least <= 100:
        raise SpecError("minimum_healthy_percent", f"{least} is out of range.", "Use 0 to 100.")
    if not 100 <= most <= 200:
        raise SpecError("maximum_percent", f"{most} is out of range.", "Use 100 to 200.")
    if service.availability_zone_rebalancing and most == 100:
        raise SpecError("maximum_percent", "has to be over 100 for availability_zone_rebalancing.")
    keep, may = math.ceil(count * least / 100), math.floor(count * most / 100)
    if most == least or (count and keep >= count and may <= count):
        raise SpecError(
            "maximum_percent",
            f"a rollout could neither start nor stop a task: of {count or 'all'} tasks, {keep or 'all'} have to stay "
            f"healthy and at most {may or 'as many'} may run.",
            "Raise maximum_percent or lower minimum_healthy_percent.",
        )
