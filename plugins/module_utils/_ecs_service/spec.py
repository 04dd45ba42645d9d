# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The layer's options, and the typed desired state from them, with the limits AWS sets."""

from __future__ import annotations

import dataclasses
import math
import re
import typing as t

from .._aws.owner import Owner, parse_owner
from .._engine.errors import FailoverError, SpecError
from .._engine.unknown import is_unknown
from .._resources.log_group import LogGroupSpec
from .._resources.security_group import ALL_PROTOCOLS, GroupSpec, Rule, group, group_name_for, network
from .spec_roles import EXECUTION, TASK, Roles, parse_roles, role_name
from .spec_task import Task, parse_task

GROUP: t.Final = "service"
LOGS: t.Final = "main"
# What a new service starts with: one task may be lost without the region leaving DNS.
DEFAULT_COUNT: t.Final = 2


_IDS: t.Final = {
    "vpc_id": re.compile(r"vpc-[0-9a-f]+"),
    "subnet_ids": re.compile(r"subnet-[0-9a-f]+"),
    "alb_security_group_id": re.compile(r"sg-[0-9a-f]+"),
    "target_group_arn": re.compile(r"arn:[\w-]+:elasticloadbalancing:[\w-]+:\d{12}:targetgroup/[\w-]+/\w+"),
    # Not an alias: CloudWatch Logs answers with the key's own ARN.
    "log_kms_key_arn": re.compile(r"arn:[\w-]+:kms:[\w-]+:\d{12}:key/.+"),
    "platform_version": re.compile(r"LATEST|\d+\.\d+\.\d+"),
}
# ECS API, AwsVpcConfiguration.
_SUBNETS_MOST: t.Final = 16
_GRACE_MOST: t.Final = 2_147_483_647


@dataclasses.dataclass(frozen=True, kw_only=True)
class Names:
    """What AWS knows our things by. All unique in the region, the roles in the account."""

    cluster: str
    service: str
    family: str
    log_group: str
    security_group: str
    execution_role: str
    task_role: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class Service:
    """How the tasks are kept running. Percentages of the desired count, seconds.

    :param desired_count: None leaves it to whoever scales the service.
    :param propagate_tags: ECS's term (``SERVICE``).
    """

    subnet_ids: tuple[str, ...]
    target_group_arn: str
    container_name: str
    container_port: int
    desired_count: int | None
    minimum_healthy_percent: int
    maximum_percent: int
    circuit_breaker: bool
    rollback: bool
    health_check_grace_period: int
    execute_command: bool
    platform_version: str
    propagate_tags: str
    managed_tags: bool
    availability_zone_rebalancing: bool


@dataclasses.dataclass(frozen=True, kw_only=True)
class Desired:
    """All that should be there."""

    task: Task
    roles: Roles
    service: Service
    group: GroupSpec
    container_insights: str
    log_group: LogGroupSpec


@dataclasses.dataclass(frozen=True, kw_only=True)
class Spec:
    """The layer as it should be.

    :param desired: None when everything of ours should go.
    :param wait_timeout: seconds.
    """

    owner: Owner
    region: str
    names: Names
    desired: Desired | None
    wait_timeout: float

    @property
    def wanted(self) -> Desired:
        """What should be there, for steps that only a spec with a desired state has. Raises FailoverError otherwise."""
        if self.desired is None:
            raise FailoverError(f"{self.names.service} in {self.region} should go, but a step was to make something.")
        return self.desired


def names_of(owner: Owner, region: str) -> Names:
    """The names of everything in a region."""
    return Names(
        cluster=owner.prefix,
        service=owner.prefix,
        family=owner.prefix,
        log_group=f"/ecs/{owner.prefix}",
        security_group=group_name_for(owner, GROUP),
        execution_role=role_name(owner, region, EXECUTION),
        task_role=role_name(owner, region, TASK),
    )


def parse(params: t.Mapping[str, t.Any], region: str) -> Spec:
    """The spec from a module's parameters. Raises SpecError."""
    owner = parse_owner(params)
    names = names_of(owner, region)
    return Spec(
        owner=owner,
        region=region,
        names=names,
        desired=_desired(params, region, owner, names) if params["state"] == "present" else None,
        wait_timeout=float(params["wait_timeout"]),
    )


def _desired(params: t.Mapping[str, t.Any], region: str, owner: Owner, names: Names) -> Desired:
    _check_ids(params)
    task = parse_task(params)
    service = _service(params, task)
    _check_percentages(service)
    return Desired(
        task=task,
        service=service,
        roles=parse_roles(
            params, owner, region, task, log_group=names.log_group, execute_command=service.execute_command
        ),
        group=_group(params, owner, names, service.container_port),
        container_insights=params["container_insights"],
        log_group=LogGroupSpec(
            owner=owner,
            name=LOGS,
            log_group_name=names.log_group,
            retention_days=params["log_retention_days"],
            kms_key_arn=params["log_kms_key_arn"],
        ),
    )


def _service(params: t.Mapping[str, t.Any], task: Task) -> Service:
    name, port = _load_balanced(params, task)
    count, grace = params["desired_count"], params["health_check_grace_period"]
    if count is not None and count < 0:
        raise SpecError("desired_count", "cannot be negative.", "Leave it out to leave it to whoever scales.")
    if not 0 <= grace <= _GRACE_MOST:
        raise SpecError("health_check_grace_period", f"has to be 0 to {_GRACE_MOST} seconds.")
    same = (
        "minimum_healthy_percent",
        "maximum_percent",
        "circuit_breaker",
        "rollback",
        "health_check_grace_period",
        "execute_command",
        "platform_version",
        "managed_tags",
        "availability_zone_rebalancing",
    )
    return Service(
        subnet_ids=tuple(sorted(params["subnet_ids"])),
        target_group_arn=params["target_group_arn"],
        container_name=name,
        container_port=port,
        desired_count=count,
        propagate_tags=params["propagate_tags"].upper(),
        **{option: params[option] for option in same},
    )


def _load_balanced(params: t.Mapping[str, t.Any], task: Task) -> tuple[str, int]:
    """The container and port the load balancer sends to; where there is only one, it need not be said."""
    name, number = params["container_name"], params["container_port"]
    found = [
        (container.name, port.number)
        for container in task.containers
        for port in container.ports
        if port.protocol == "tcp" and name in (None, container.name) and number in (None, port.number)
    ]
    if name is not None and task.container(name) is None:
        raise SpecError("container_name", f"{name!r} is not among the containers.")
    if not found:
        raise SpecError(
            "container_port",
            f"no container maps TCP port {number}." if number else "no container maps a TCP port.",
            "Add it to the container's port_mappings.",
        )
    if len(found) > 1:
        raise SpecError("container_port", "several ports are mapped.", "Set container_name and container_port.")
    return found[0]


def _check_ids(params: t.Mapping[str, t.Any]) -> None:
    for option, pattern in _IDS.items():
        values = params[option] if isinstance(params[option], list) else [params[option]]
        for value in values:
            if value is not None and not is_unknown(value) and not pattern.fullmatch(value):
                raise SpecError(option, f"{value!r} is not of the form AWS gives it.")
    subnets = params["subnet_ids"]
    if not 1 <= len(subnets) <= _SUBNETS_MOST or len(set(subnets)) < len(subnets):
        raise SpecError("subnet_ids", f"has to name 1 to {_SUBNETS_MOST} subnets, each once.")


def _check_percentages(service: Service) -> None:
    """ECS API, DeploymentConfiguration: rounding must leave room to start or to stop a task."""
    least, most = service.minimum_healthy_percent, service.maximum_percent
    if not 0 <= least <= 100:
        raise SpecError("minimum_healthy_percent", f"{least} is out of range.", "Use 0 to 100.")
    if not 100 <= most <= 200:
        raise SpecError("maximum_percent", f"{most} is out of range.", "Use 100 to 200.")
    if service.availability_zone_rebalancing and most == 100:
        raise SpecError("maximum_percent", "has to be over 100 for availability_zone_rebalancing.")
    count = service.desired_count or 0
    keep, may = math.ceil(count * least / 100), math.floor(count * most / 100)
    if most == least or (count and keep >= count and may <= count):
        raise SpecError(
            "maximum_percent",
            f"a rollout could neither start nor stop a task: of {count or 'all'} tasks, {keep or 'all'} have to stay "
            f"healthy and at most {may or 'as many'} may run.",
            "Raise maximum_percent or lower minimum_healthy_percent.",
        )


def _group(params: t.Mapping[str, t.Any], owner: Owner, names: Names, port: int) -> GroupSpec:
    ingress = Rule(
        direction="ingress",
        protocol="tcp",
        from_port=port,
        to_port=port,
        peer=group(params["alb_security_group_id"]),
        description="From the load balancer",
    )
    egress = Rule(
        direction="egress", protocol=ALL_PROTOCOLS, peer=network("0.0.0.0/0"), description="Images, logs, secrets"
    )
    return GroupSpec(
        owner=owner,
        name=GROUP,
        group_name=names.security_group,
        description=f"Tasks of {owner.prefix}: only the load balancer may connect",
        vpc_id=params["vpc_id"],
        rules=frozenset({ingress, egress}),
    )
