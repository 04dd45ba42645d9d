# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Clusters in ECS: reads and writes."""

from __future__ import annotations

import typing as t

from ..._aws import stack_names
from ..._aws.changes import Creation, Repair
from ..._engine.aws_errors import unless
from ..._engine.context import Context
from ..._engine.field import read, write
from ..._engine.known import Known
from ..._engine.plan import Change
from ..._engine.resource import Calls
from ..._engine.retry import retry
from .cluster import FIELDS, KIND, PROVIDERS, Cluster
from .ecs_calls import ecs_tags, tags_of

_BUSY: t.Final = frozenset(
    {"ClusterContainsServicesException", "ClusterContainsTasksException", "UpdateInProgressException"}
)
_DESCRIBED_A_CALL: t.Final = 100


def find_cluster(ctx: Context, name: str) -> Cluster | None:
    """The cluster, or None. A deleted one stays visible for a while."""
    answer = ctx.client("ecs").describe_clusters(clusters=[name], include=["CONFIGURATIONS", "SETTINGS", "TAGS"])
    found = next((item for item in answer.get("clusters", ()) if item.get("status") != "INACTIVE"), None)
    if found is None:
        return None
    return Cluster(
        name=name,
        arn=found["clusterArn"],
        values=read((*FIELDS, PROVIDERS), found),
        tags=tags_of(found),
        default_strategy=tuple(found.get("defaultCapacityProviderStrategy") or ()),
    )


def find_guests(ctx: Context, name: str) -> tuple[str, ...]:
    """Others' services in the cluster, and tasks that no service has started, for messages."""
    return unless({"ClusterNotFoundException"}, lambda: _find_guests(ctx, name)) or ()


def _find_guests(ctx: Context, name: str) -> tuple[str, ...]:
    ecs = ctx.client("ecs")
    pages = ecs.get_paginator("list_services").paginate(cluster=name)
    services = sorted(arn.rpartition("/")[2] for page in pages for arn in page["serviceArns"])
    pages = ecs.get_paginator("list_tasks").paginate(cluster=name)
    arns = [arn for page in pages for arn in page["taskArns"]]
    tasks: list[str] = []
    for start in range(0, len(arns), _DESCRIBED_A_CALL):
        found = ecs.describe_tasks(cluster=name, tasks=arns[start : start + _DESCRIBED_A_CALL])["tasks"]
        # A service's tasks are in a group with its name (ECS API, Task).
        tasks += [item["taskArn"] for item in found if not item.get("group", "").startswith("service:")]
    return (
        *(f"service {service}" for service in services if service != name),
        *(f"task {arn.rpartition('/')[2]}" for arn in sorted(tasks)),
    )


def create(ctx: Context, change: Change, known: Known) -> None:
    """Create the cluster. CreateCluster returns an existing cluster of the same name."""
    data: Creation = change.data
    name = stack_names.service(data.owner)
    request = {"clusterName": name, "tags": ecs_tags(data.tags), **write((*FIELDS, PROVIDERS), data.values)}
    answer = ctx.client("ecs").create_cluster(**request)
    known.put(change.address, id=answer["cluster"]["clusterArn"])


def update(ctx: Context, change: Change, _known: Known) -> None:
    """Set fields, tags and capacity providers."""
    data: Repair = change.data
    ecs, arn = ctx.client("ecs"), data.found.arn
    if data.tags:
        ecs.tag_resource(resourceArn=arn, tags=ecs_tags(data.tags))
    if values := write(FIELDS, data.values):
        ecs.update_cluster(cluster=arn, **values)
    if values := write([PROVIDERS], data.values):
        default = list(data.found.default_strategy)
        ecs.put_cluster_capacity_providers(cluster=arn, defaultCapacityProviderStrategy=default, **values)


def delete(ctx: Context, change: Change, _known: Known) -> None:
    """Delete the cluster, once ECS has noticed that its service and tasks are gone."""

    def call() -> object:
        return ctx.client("ecs").delete_cluster(cluster=change.data.name)

    timeout = ctx.params["wait_timeout"]
    unless({"ClusterNotFoundException"}, lambda: retry(ctx, call, codes=_BUSY, timeout=timeout))


CALLS: t.Final = Calls(kind=KIND, create=create, update=update, delete=delete)
