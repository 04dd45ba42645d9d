# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Amazon ECS: clusters, services and task definitions by name and by tags."""

from __future__ import annotations

from collections.abc import Iterator

from moto.core.exceptions import ServiceException
from moto.ecs.models import ecs_backends

from sandbox.rights.call import ApiCall, Right


def rights(call: ApiCall) -> Iterator[Right]:
    """The permissions that a call to ECS needs. Raises NotImplementedError for an unknown call."""
    action = f"ecs:{call.operation}"
    if call.reads:
        yield Right(action, None)
    elif call.operation == "DeregisterTaskDefinition":
        # Listed without a resource type.
        yield Right(action)
    elif made := _made(call):
        yield Right(action, made, requested=call.tags)
        if call.tags:
            keys = {"ecs:CreateAction": (call.operation,)}
            yield Right("ecs:TagResource", made, requested=call.tags, keys=keys)
    else:
        requested = call.tags if call.operation == "TagResource" else {}
        for arn in _changed(call):
            yield Right(action, arn, tags=_tags(call, arn), requested=requested)


def _made(call: ApiCall) -> str | None:
    if call.operation == "CreateCluster":
        return call.arn("ecs", f"cluster/{call.params.get('clusterName') or 'default'}")
    if call.operation == "CreateService":
        return call.arn("ecs", f"service/{_cluster(call)}/{call.params.get('serviceName')}")
    if call.operation == "RegisterTaskDefinition":
        return call.arn("ecs", f"task-definition/{call.params.get('family')}:*")
    return None


def _changed(call: ApiCall) -> list[str]:
    if call.operation in ("UpdateService", "DeleteService"):
        name = str(call.params.get("service")).rpartition("/")[2]
        return [call.arn("ecs", f"service/{_cluster(call)}/{name}")]
    if call.operation in ("UpdateCluster", "PutClusterCapacityProviders", "DeleteCluster"):
        return [call.arn("ecs", f"cluster/{_cluster(call)}")]
    if call.operation == "DeleteTaskDefinitions":
        return call.values("taskDefinitions")
    if call.operation == "StopServiceDeployment":
        return call.values("serviceDeploymentArn")
    if call.operation in ("TagResource", "UntagResource"):
        return call.values("resourceArn")
    raise call.unknown()


def _cluster(call: ApiCall) -> str:
    return str(call.params.get("cluster") or "default").rpartition("/")[2]


def _tags(call: ApiCall, arn: str) -> dict[str, str]:
    """The tags of an existing resource; none otherwise."""
    try:
        found = ecs_backends[call.account][call.region].list_tags_for_resource(arn)
    except ServiceException:
        return {}
    return {tag["key"]: tag.get("value", "") for tag in found or []}
