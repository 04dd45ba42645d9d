# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The only reads: a dozen calls, side by side."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import typing as t

from .._aws.owner import parse_owner, tags_from
from .._engine.aws_errors import error_code
from .._engine.context import Context
from .._engine.gather import gather
from .._resources.log_group_calls import find_log_group
from .._resources.role_calls import find_role
from .._resources.security_group import SecurityGroup, own_group
from .._resources.security_group_calls import find_groups
from . import cluster_configuration, definition, fields
from .snapshot import Cluster, Deployment, Service, Snapshot, TaskDefinition
from .spec import Names, Spec, names_of

with contextlib.suppress(ImportError):  # see clients.py
    import botocore.exceptions as botocore_errors

Result = t.TypeVar("Result")


def observe(ctx: Context, spec: Spec) -> Snapshot:
    """What there is of this service, ours or not. Raises ConflictError for a foreign security group of our name."""
    readers: dict[str, t.Callable[[], t.Any]] = {"named": lambda: _read_named(ctx, spec.names)}
    if spec.desired is None:
        readers["revisions"] = lambda: _revisions(ctx, spec)
    found = gather(readers)
    named: Named = found.pop("named")
    return Snapshot(
        **found,
        **named.parts,
        current=named.current,
        group=own_group(spec.desired.group, named.groups) if spec.desired else None,
        groups=() if spec.desired else tuple(item for item in named.groups if spec.owner.owns(item.tags)),
    )


@dataclasses.dataclass(frozen=True, kw_only=True)
class Named:
    """What has one of the names.

    :param parts: the fields of the same names in Snapshot.
    :param current: the revision that the service runs.
    """

    parts: t.Mapping[str, t.Any]
    current: TaskDefinition | None
    groups: tuple[SecurityGroup, ...]


def read_early(ctx: Context) -> None:
    """All of it depends on names alone, and they on options that are known from the start."""
    _read_named(ctx, names_of(parse_owner({**ctx.params, "tags": {}}), ctx.region))


def _read_named(ctx: Context, names: Names) -> Named:
    return ctx.read(names, lambda: _read(ctx, names))


def _read(ctx: Context, names: Names) -> Named:
    found: dict[str, t.Any] = gather(
        {
            "log_group": lambda: find_log_group(ctx, names.log_group),
            "cluster": lambda: read_cluster(ctx, names.cluster),
            "service": lambda: read_service(ctx, names.cluster, names.service),
            "latest": lambda: read_definition(ctx, names.family),
            "groups": lambda: find_groups(ctx, [names.security_group]),
            # Ours are looked for also where an option names another role: that one takes their place.
            "execution_role": lambda: find_role(ctx, names.execution_role),
            "task_role": lambda: find_role(ctx, names.task_role),
        }
    )
    groups = found.pop("groups")
    return Named(parts=found, current=_current(ctx, found["service"], found["latest"]), groups=groups)


def read_cluster(ctx: Context, name: str) -> Cluster | None:
    """The cluster, or None. A deleted one stays discoverable for a while."""
    answer = ctx.client("ecs").describe_clusters(clusters=[name], include=["CONFIGURATIONS", "SETTINGS", "TAGS"])
    found = next((item for item in answer["clusters"] if item["status"] != "INACTIVE"), None)
    if found is None:
        return None
    settings = {item["name"]: item["value"] for item in found.get("settings") or ()}
    return Cluster(
        name=name,
        arn=found["clusterArn"],
        container_insights=settings.get("containerInsights", "disabled"),
        configuration=cluster_configuration.read(found),
        service_connect=(found.get("serviceConnectDefaults") or {}).get("namespace") or "",
        tags=_tags(found.get("tags")),
    )


def describe_service(ctx: Context, cluster: str, service: str) -> dict[str, t.Any] | None:
    """DescribeServices' answer for one service that is not INACTIVE, or None."""
    answer = _or_none(
        lambda: ctx.client("ecs").describe_services(cluster=cluster, services=[service], include=["TAGS"]),
        "ClusterNotFoundException",
    )
    services = answer["services"] if answer else []
    return next((item for item in services if item["status"] != "INACTIVE"), None)


def read_service(ctx: Context, cluster: str, service: str) -> Service | None:
    """The service, or None."""
    found = describe_service(ctx, cluster, service)
    if found is None:
        return None
    return Service(
        arn=found["serviceArn"],
        draining=found["status"] == "DRAINING",
        task_definition_arn=found.get("taskDefinition", ""),
        desired_count=found["desiredCount"],
        running_count=found["runningCount"],
        deployment=_deployment(found),
        fields=fields.read(found),
        tags=_tags(found.get("tags")),
    )


def read_definition(ctx: Context, name: str) -> TaskDefinition | None:
    """A revision by its ARN, or a family's latest active one; None if there is none."""
    # ECS says ClientException for this, and nothing more specific.
    answer = _or_none(
        lambda: ctx.client("ecs").describe_task_definition(taskDefinition=name, include=["TAGS"]), "ClientException"
    )
    if answer is None:
        return None
    found = answer["taskDefinition"]
    return TaskDefinition(
        arn=found["taskDefinitionArn"],
        status=found.get("status", ""),
        document=definition.canonical(found),
        tags=_tags(answer.get("tags")),
    )


def _current(ctx: Context, service: Service | None, latest: TaskDefinition | None) -> TaskDefinition | None:
    if service is None or not service.task_definition_arn:
        return None
    if latest is not None and latest.arn == service.task_definition_arn:
        return latest
    return read_definition(ctx, service.task_definition_arn)


def _deployment(service: t.Mapping[str, t.Any]) -> Deployment | None:
    found = fields.primary(service)
    if not found:
        return None
    return Deployment(
        task_definition_arn=found.get("taskDefinition", ""),
        rollout=found.get("rolloutState") or "",
        reason=found.get("rolloutStateReason") or "",
    )


def _revisions(ctx: Context, spec: Spec) -> tuple[TaskDefinition, ...]:
    """Revisions of ours that are not deleted yet."""
    paginator = ctx.client("ecs").get_paginator("list_task_definitions")
    arns = [
        arn
        for status in ("ACTIVE", "INACTIVE")
        for page in paginator.paginate(familyPrefix=spec.names.family, status=status)
        for arn in page["taskDefinitionArns"]
        if arn.rpartition("/")[2].rpartition(":")[0] == spec.names.family
    ]
    found = gather({arn: functools.partial(read_definition, ctx, arn) for arn in arns})
    return tuple(item for item in found.values() if item is not None and spec.owner.owns(item.tags))


def _tags(items: t.Iterable[t.Mapping[str, str]] | None) -> dict[str, str]:
    return tags_from(items, key="key", value="value")


def _or_none(call: t.Callable[[], Result], code: str) -> Result | None:
    try:
        return call()
    except botocore_errors.ClientError as error:
        if error_code(error) != code:
            raise
        return None
