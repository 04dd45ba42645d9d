# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes to the cluster and the task definitions."""

from __future__ import annotations

import contextlib
import typing as t

from .._engine.aws_errors import error_code
from .._engine.context import Context
from .._engine.errors import AwsError
from .._engine.known import Known
from .._engine.plan import Change
from .._engine.retry import create_once, retry
from .._resources.role import RoleSpec
from .._resources.role_calls import was_made
from . import cluster_configuration, definition
from .observe import read_definition
from .snapshot import TaskDefinition
from .spec import Spec
from .steps import DEFINITION, EXECUTION_ROLE, TASK_ROLE, Repair, Revision

with contextlib.suppress(ImportError):  # see clients.py
    import botocore.exceptions as botocore_errors

_PASS_SECONDS: t.Final = 30.0
# DeleteTaskDefinitions takes ten.
_DELETE_MOST: t.Final = 10


def create_cluster(ctx: Context, change: Change, known: Known) -> None:
    """Create the cluster. CreateCluster gives back a cluster of the same name that is there already."""
    spec: Spec = change.data
    answer = ctx.client("ecs").create_cluster(
        clusterName=spec.names.cluster,
        settings=_settings(spec.wanted.container_insights),
        tags=ecs_tags(spec.owner.tags(change.address)),
    )
    known.put(change.address, id=answer["cluster"]["clusterArn"])


def update_cluster(ctx: Context, change: Change, _known: Known) -> None:
    """Repair Container Insights and tags, and take back what others have set."""
    data: Repair = change.data
    ecs = ctx.client("ecs")
    if data.tags:
        ecs.tag_resource(resourceArn=data.arn, tags=ecs_tags(data.tags))
    if data.values:
        ecs.update_cluster(cluster=data.arn, **_cluster_update(data.values))


def _cluster_update(values: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """The parameters of UpdateCluster for what differs: an empty namespace takes Service Connect's default away."""
    update: dict[str, t.Any] = {}
    if "container_insights" in values:
        update["settings"] = _settings(values["container_insights"])
    if "service_connect" in values:
        update["serviceConnectDefaults"] = {"namespace": ""}
    parts = values.keys() - {"container_insights", "service_connect"}
    if parts:
        update["configuration"] = cluster_configuration.reset(parts)
    return update


def delete_cluster(ctx: Context, change: Change, known: Known) -> None:
    """Delete the cluster, once ECS has taken notice that its service and tasks are gone."""
    ecs = ctx.client("ecs")
    busy = {"ClusterContainsServicesException", "ClusterContainsTasksException", "UpdateInProgressException"}
    try:
        retry(ctx, lambda: ecs.delete_cluster(cluster=change.data), codes=busy, timeout=ctx.params["wait_timeout"])
    except botocore_errors.ClientError as error:
        if error_code(error) != "ClusterNotFoundException":
            raise
    known.forget(change.address)


def register_definition(ctx: Context, change: Change, known: Known) -> None:
    """Register a revision; repeated while IAM makes a new role known."""
    data: Revision = change.data
    spec = data.spec
    request = definition.request(
        spec,
        execution_role_arn=_role_arn(spec.wanted.roles.execution, EXECUTION_ROLE, known),
        task_role_arn=_role_arn(spec.wanted.roles.task, TASK_ROLE, known),
    )
    tags = ecs_tags(spec.owner.tags(DEFINITION))
    ecs = ctx.client("ecs", retry=False)

    def register() -> t.Any:
        return retry(
            ctx,
            lambda: ecs.register_task_definition(**request, tags=tags),
            codes={"ClientException", "InvalidParameterException"},
            containing="ole is not valid",
        )

    def create() -> str:
        new = was_made(known, EXECUTION_ROLE) or was_made(known, TASK_ROLE)
        # To pass a role that IAM has not made known yet is forbidden to everyone.
        codes = {"AccessDeniedException"} if new else frozenset[str]()
        answer = retry(ctx, register, codes=codes, containing="iam:PassRole", timeout=_PASS_SECONDS)
        return str(answer["taskDefinition"]["taskDefinitionArn"])

    def find() -> str | None:
        latest = read_definition(ctx, spec.names.family)
        if latest is None or not spec.owner.owns(latest.tags) or latest.document != definition.canonical(request):
            return None
        return latest.arn

    known.put(change.address, id=create_once(ctx, create, find))


def update_definition(ctx: Context, change: Change, known: Known) -> None:
    """A new revision where the document differs, else tags alone."""
    if isinstance(change.data, Revision):
        register_definition(ctx, change, known)
    else:
        data: Repair = change.data
        ctx.client("ecs").tag_resource(resourceArn=data.arn, tags=ecs_tags(data.tags))


def delete_definitions(ctx: Context, change: Change, known: Known) -> None:
    """Deregister and delete every revision of ours."""
    ecs = ctx.client("ecs")
    revisions: tuple[TaskDefinition, ...] = change.data
    for revision in revisions:
        if revision.active:
            _deregister(ctx, revision.arn)
    arns = [revision.arn for revision in revisions]
    for start in range(0, len(arns), _DELETE_MOST):
        answer = ecs.delete_task_definitions(taskDefinitions=arns[start : start + _DELETE_MOST])
        # The answer to a first attempt may have been lost, and what it deleted is a failure now.
        left = [item for item in answer.get("failures") or () if _status(ctx, item["arn"]) in ("ACTIVE", "INACTIVE")]
        if left:
            texts = ", ".join(f"{item['arn']}: {item.get('reason')}" for item in left)
            raise AwsError(f"DeleteTaskDefinitions in {ctx.region}: {texts}", operation="DeleteTaskDefinitions")
    known.forget(change.address)


def _deregister(ctx: Context, arn: str) -> None:
    try:
        ctx.client("ecs").deregister_task_definition(taskDefinition=arn)
    except botocore_errors.ClientError as error:
        if error_code(error) != "ClientException" or _status(ctx, arn) == "ACTIVE":
            raise


def _status(ctx: Context, arn: str) -> str:
    found = read_definition(ctx, arn)
    return found.status if found else ""


def ecs_tags(tags: t.Mapping[str, str]) -> list[dict[str, str]]:
    """Tags as ECS takes them."""
    return [{"key": key, "value": value} for key, value in tags.items()]


def _settings(container_insights: str) -> list[dict[str, str]]:
    return [{"name": "containerInsights", "value": container_insights}]


def _role_arn(role: RoleSpec | str, address: str, known: Known) -> str:
    return role if isinstance(role, str) else known.get(address, "arn")
