# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reads of the service behind a region's load balancer, and of its tasks."""

from __future__ import annotations

import dataclasses
import functools
import typing as t

from .._aws import stack_names
from .._aws.owner import Owner
from .._engine.context import Context, Unread
from .._engine.gather import gather
from .._engine.unread import guarded
from .capacity_calls import try_most, with_alternates
from .dependencies import dependencies_of
from .limit_calls import read_limits
from .tasks import Tasks, tasks_of

_DESCRIBED_A_CALL: t.Final = 100
# With a blank, which no name of a service has
_MOST: t.Final = "the most"


def read_tasks(ctx: Context, region: str, owner: Owner, services: t.Iterable[str], *, images: bool) -> Tasks:
    """DescribeServices for each of the services. Raises nothing.

    :param images: whether to call ListTasks, DescribeTasks and DescribeTaskDefinition as well, DescribeScalableTargets
        for services that scale, and GetMetricData for the most tasks.
    """
    services = tuple(services)
    names = [stack_names.service(owner.of(service)) for service in services]
    readers: dict[str, t.Callable[[], t.Any]] = {
        name: functools.partial(_read_service, ctx, region, name, images=images) for name in names
    }
    if images:
        readers[_MOST] = lambda: Tasks(most=try_most(ctx, region, owner, services))
    found = guarded(ctx, region, lambda: gather(readers))
    if isinstance(found, Unread):
        return Tasks(problem=found.reason)
    tasks = sum(found.values(), Tasks())
    if not images:
        return tasks
    return dataclasses.replace(tasks, most=with_alternates(ctx, region, tasks.most, tasks.balanced))


def _read_service(ctx: Context, region: str, name: str, *, images: bool) -> Tasks:
    client = ctx.client("ecs", region=region)
    clusters = client.describe_clusters(clusters=[name])["clusters"]
    if not any(cluster["status"] == "ACTIVE" for cluster in clusters):
        return Tasks(missing=f"there is no cluster {name} in {region}")
    services = client.describe_services(cluster=name, services=[name], include=["TAGS"])["services"]
    service = next((item for item in services if item["status"] == "ACTIVE"), None)
    if service is None:
        return Tasks(missing=f"there is no service {name} in {region}")
    if not images:
        return tasks_of(service, ())
    definition = client.describe_task_definition(taskDefinition=service["taskDefinition"])["taskDefinition"]
    limits = read_limits(ctx, region, service)
    # Only tasks on Fargate need CPU units; elsewhere they may be left to the containers.
    cpu = int(definition.get("cpu") or 0)
    return tasks_of(service, _running(client, name), dependencies_of(definition, region), limits, cpu)


def _running(client: t.Any, name: str) -> list[dict[str, t.Any]]:
    pages = client.get_paginator("list_tasks").paginate(cluster=name, serviceName=name, desiredStatus="RUNNING")
    arns = [arn for page in pages for arn in page["taskArns"]]
    found: list[dict[str, t.Any]] = []
    for start in range(0, len(arns), _DESCRIBED_A_CALL):
        found += client.describe_tasks(cluster=name, tasks=arns[start : start + _DESCRIBED_A_CALL])["tasks"]
    return found
