# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The life of a Fargate task: an interface, a start, targets, a stop."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass, field
from typing import Any

from moto.core.utils import utcnow
from moto.ecr.models import ecr_backends

from sandbox.accounts import ACCOUNTS
from sandbox.overlay.base import World
from sandbox.overlay.ecs import capacity, egress
from sandbox.overlay.ecs.common import ec2_of, elb_of
from sandbox.overlay.ecs.model import Task
from sandbox.overlay.elbv2 import targets
from sandbox.overlay.interfaces import create_interface, delete_interface, public_address


@dataclass(frozen=True, slots=True)
class Order:
    """The settings with which a task starts."""

    cluster: Any
    definition: Any
    network: dict[str, Any]
    group: str
    started_by: str | None = None
    number: int = 0
    options: dict[str, Any] = field(default_factory=dict)


def is_broken(definition: Any) -> bool:
    """Whether a container never becomes healthy: its image's tag is `broken`."""
    return any(image.rpartition("/")[2].partition(":")[2] == "broken" for image in _images(definition))


# github.com/distribution/reference: [host[:port]/]path[:tag][@digest], the path in lower case.
_IMAGE = re.compile(
    r"(?:[A-Za-z0-9.-]+(?::[0-9]+)?/)?[a-z0-9]+(?:[._/-]+[a-z0-9]+)*(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?"
    r"(?:@[A-Za-z0-9+.-]+:[0-9a-fA-F]+)?"
)


# ECR's, by account, region, repository, tag and digest
_ECR = re.compile(
    r"(\d{12})\.dkr[.-]ecr(?:-fips)?\.([a-z0-9-]+)\.(?:amazonaws|on)\.[a-z.]+/([^:@]+)(?::([^@]+))?(?:@(.+))?"
)


def unpullable(definition: Any) -> str:
    """ECS's error for the first invalid image; empty if all are valid."""
    wrong = next((image for image in _images(definition) if not _IMAGE.fullmatch(image)), None)
    if wrong is None:
        return ""
    return f"CannotPullContainerError: failed to normalize image reference {wrong}: invalid reference format"


def missing(definition: Any) -> str:
    """ECS's error for the first image that is not in an ECR of the sandbox's accounts. Every other image exists.

    Amazon ECS Developer Guide, "CannotPullContainer task errors"; the text, as Fargate writes it, is in issue 2687 of
    github.com/aws/containers-roadmap.
    """
    gone = next((image for image in _images(definition) if not _exists(image)), None)
    if gone is None:
        return ""
    return (
        "CannotPullContainerError: pull image manifest has been retried 1 time(s): "
        f"failed to resolve ref {gone}: not found"
    )


def _images(definition: Any) -> list[str]:
    return [container.get("image", "") for container in definition.container_definitions]


def _exists(image: str) -> bool:
    match = _ECR.fullmatch(image)
    if match is None or match[1] not in ACCOUNTS.values():
        return True
    account, region, name, tag, digest = match.groups()
    registry = ecr_backends[account]
    repository = registry[region].repositories.get(name) if region in registry else None
    return any(
        known.get_image_digest() == digest if digest else (tag or "latest") in known.image_tags
        for known in (repository.images if repository else ())
    )


def launch(world: World, ecs: Any, order: Order) -> Task:
    """Start a task: PENDING now, RUNNING later. Raises AWS's error for a missing subnet or too many vCPUs."""
    capacity.keep(world, ecs, order.definition)
    number, attachment = uuid.uuid4().hex, str(uuid.uuid4())
    prefix = f"arn:aws:ecs:{ecs.region_name}:{ecs.account_id}"
    subnets = order.network["subnets"]
    subnet_id, groups = subnets[order.number % len(subnets)], order.network.get("securityGroups") or []
    description = f"{prefix}:attachment/{attachment}"
    interface = create_interface(world, ec2_of(ecs), subnet_id, groups, "amazon-ecs", description)
    public = order.network.get("assignPublicIp") == "ENABLED"
    if public:
        interface.public_ip = public_address(world)
    task = Task(
        ecs=ecs,
        id=number,
        task_arn=f"{prefix}:task/{order.cluster.name}/{number}",
        cluster_name=order.cluster.name,
        cluster_arn=order.cluster.arn,
        definition=order.definition,
        group=order.group,
        started_by=order.started_by,
        broken=is_broken(order.definition),
        unpullable=unpullable(order.definition)
        or egress.problem(ecs, subnet_id, public=public, definition=order.definition)
        or missing(order.definition),
        interface=interface,
        attachment_id=attachment,
        **order.options,
    )
    ecs.tasks.setdefault(order.cluster.name, {})[task.task_arn] = task
    if task.unpullable:
        world.schedule("task_start", lambda: not_pulled(world, task))
    elif world.addresses is None:
        if task.broken:
            targets.broken(world, ecs.account_id, ecs.region_name).add(task.address)
        world.schedule("task_start", lambda: start(world, task))
    return task


def start(world: World, task: Task) -> None:
    """Set a task to RUNNING and register it with its load balancers, when its containers run."""
    if not task.wanted:
        return
    task.started_at = utcnow()
    if task.broken and not task.targets:
        exited(world, task, 1)
        return
    task.last_status = "RUNNING"
    for group, port in _groups(task):
        targets.register(world, group, task.address, port)


def not_pulled(world: World, task: Task) -> None:
    """The task stops before it has started (ECS Developer Guide, "CannotPullContainer task errors")."""
    if task.wanted:
        _end(task, "TaskFailedToStart", task.unpullable)
        _stopped(world, task)


def exited(world: World, task: Task, code: int) -> None:
    """Stop the task after an essential container has ended with that exit code."""
    if not task.wanted:
        return
    task.exit_code = code
    _end(task, "EssentialContainerExited", "Essential container in task exited")
    for group, port in _groups(task):
        targets.deregister(world, group, task.address, port)
    _stopped(world, task)


def stop(world: World, task: Task, code: str, reason: str) -> None:
    """Stop a task: out of the load balancer first, gone once it is drained."""
    if not task.wanted:
        return
    _end(task, code, reason)
    running = task.last_status == "RUNNING"
    groups = _groups(task)
    for group, port in groups:
        targets.deregister(world, group, task.address, port)
    if running and groups:
        task.last_status = "DEACTIVATING"
        world.at(world.moment() + targets.draining_seconds(world), lambda: _stopped(world, task))
    else:
        _stopped(world, task)


def _end(task: Task, code: str, reason: str) -> None:
    task.desired_status, task.stop_code, task.stopped_reason = "STOPPED", code, reason
    task.stopping_at = utcnow()


def _stopped(world: World, task: Task) -> None:
    task.last_status, task.stopped_at = "STOPPED", utcnow()
    if task.exit_code is None and task.started_at is not None:
        task.exit_code = 0
    delete_interface(ec2_of(task.ecs), task.interface)
    targets.broken(world, task.ecs.account_id, task.ecs.region_name).discard(task.address)


def _groups(task: Task) -> list[tuple[Any, int]]:
    known = elb_of(task.ecs).target_groups
    return [(known[arn], port) for arn, port in task.targets if arn in known]


def age(task: Task) -> float:
    """Seconds since its containers have been running."""
    return (utcnow() - task.started_at).total_seconds() if task.started_at else 0.0


def condition(world: World, task: Task) -> str:
    """`starting`, `healthy`, or the reason why the load balancer finds it unhealthy."""
    if task.last_status != "RUNNING":
        return "starting"
    elb = elb_of(task.ecs)
    for group, port in _groups(task):
        target = targets.registered(world, group.arn).get((task.address, port))
        found = targets.health(world, elb, group, target) if target else None
        if found is None or found.state in ("initial", "unused", "draining"):
            return "starting"
        if found.state == "unhealthy":
            return found.description
    return "healthy"
