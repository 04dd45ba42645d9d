# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Clusters in ECS: the reads and the writes."""

from __future__ import annotations

import contextlib
import typing as t

from ..._engine.aws_errors import error_code
from ..._engine.context import Context
from ..._engine.field import read, write
from ..._engine.known import Known
from ..._engine.plan import Change
from ..._engine.resource import Calls
from ..._engine.retry import retry
from .cluster import FIELDS, KIND, Cluster, ClusterCreation
from .ecs_calls import ecs_tags, tags_of
from .repair import Repair

with contextlib.suppress(ImportError):  # see clients.py
    import botocore.exceptions as botocore_errors


def find_cluster(ctx: Context, name: str) -> Cluster | None:
    """The cluster, or None. A deleted one stays discoverable for a while."""
    answer = ctx.client("ecs").describe_clusters(clusters=[name], include=["CONFIGURATIONS", "SETTINGS", "TAGS"])
    found = next((item for item in answer.get("clusters", ()) if item.get("status") != "INACTIVE"), None)
    if found is None:
        return None
    return Cluster(name=name, arn=found["clusterArn"], values=read(FIELDS, found), tags=tags_of(found))


def create(ctx: Context, change: Change, known: Known) -> None:
    """Create the cluster. CreateCluster gives back a cluster of the same name that is there already."""
    data: ClusterCreation = change.data
    answer = ctx.client("ecs").create_cluster(
        clusterName=data.name, tags=ecs_tags(data.tags), **write(FIELDS, data.values)
    )
    known.put(change.address, id=answer["cluster"]["clusterArn"])


def update(ctx: Context, change: Change, _known: Known) -> None:
    """Repair Container Insights and tags, and take back what others have set."""
    data: Repair = change.data
    ecs = ctx.client("ecs")
    if data.tags:
        ecs.tag_resource(resourceArn=data.arn, tags=ecs_tags(data.tags))
    if data.values:
        ecs.update_cluster(cluster=data.arn, **write(FIELDS, data.values))


def delete(ctx: Context, change: Change, known: Known) -> None:
    """Delete the cluster, once ECS has taken notice that its service and tasks are gone."""
    ecs = ctx.client("ecs")
    busy = {"ClusterContainsServicesException", "ClusterContainsTasksException", "UpdateInProgressException"}
    try:
        retry(ctx, lambda: ecs.delete_cluster(cluster=change.data), codes=busy, timeout=ctx.params["wait_timeout"])
    except botocore_errors.ClientError as error:
        if error_code(error) != "ClusterNotFoundException":
            raise
    known.forget(change.address)


CALLS: t.Final = Calls(kind=KIND, create=create, update=update, delete=delete)
