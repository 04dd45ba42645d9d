# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""IAM: roles by their ARNs, with the boundary that they have or get."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from moto.iam.models import iam_backends

from sandbox.policies import Values
from sandbox.rights.call import ApiCall, Right

# Listed with the condition key iam:PermissionsBoundary. For DeleteRole, UpdateRole and UpdateAssumeRolePolicy the
# reference lists it and the user guide of IAM does not: a policy that needs it there may fail, so here they have none.
_BOUNDED = (
    "AttachRolePolicy", "CreateRole", "DeleteRolePermissionsBoundary", "DeleteRolePolicy", "DetachRolePolicy",
    "PutRolePermissionsBoundary", "PutRolePolicy",
)  # fmt: skip
_SERVICE_LINKED = {
    "ecs.amazonaws.com": "AWSServiceRoleForECS",
    "ecs.application-autoscaling.amazonaws.com": "AWSServiceRoleForApplicationAutoScaling_ECSService",
    "elasticloadbalancing.amazonaws.com": "AWSServiceRoleForElasticLoadBalancing",
    "replication.ecr.amazonaws.com": "AWSServiceRoleForECRReplication",
}
# Parameters that hand a role to a service.
_PASSED = {
    "taskRoleArn": "ecs-tasks.amazonaws.com",
    "executionRoleArn": "ecs-tasks.amazonaws.com",
    "DeliverLogsPermissionArn": "vpc-flow-logs.amazonaws.com",
}


def rights(call: ApiCall) -> Iterator[Right]:
    """The permissions that a call to IAM needs. Raises NotImplementedError for a write that is not about a role."""
    action = f"iam:{call.operation}"
    if call.operation == "CreateServiceLinkedRole":
        yield service_linked_role(call, str(call.params.get("AWSServiceName")))
    elif call.params.get("RoleName"):
        arn = _arn(call)
        requested = call.tags if call.operation in ("CreateRole", "TagRole") else {}
        yield Right(action, arn, requested=requested, keys=_keys(call))
        if call.operation == "CreateRole" and call.tags:
            yield Right("iam:TagRole", arn, requested=call.tags)
    elif call.reads:
        yield Right(action, None)
    else:
        raise call.unknown()


def service_linked_role(call: ApiCall, service: str) -> Right:
    """The permission to create a service-linked role."""
    name = _SERVICE_LINKED.get(service, "AWSServiceRole")
    arn = f"arn:aws:iam::{call.account}:role/aws-service-role/{service}/{name}"
    return Right("iam:CreateServiceLinkedRole", arn, keys={"iam:AWSServiceName": (service,)})


def has_service_linked_role(call: ApiCall, service: str) -> bool:
    """Whether the account has that role already."""
    return any(role.name == _SERVICE_LINKED[service] for role in _roles(call))


def passing(call: ApiCall) -> Iterator[Right]:
    """The right to pass each role that a call hands to a service."""
    for name, service in _PASSED.items():
        for arn in call.values(name):
            yield Right("iam:PassRole", arn, keys={"iam:PassedToService": (service,)})
    # Roles by which ECS shifts traffic (ECS API, AdvancedConfiguration).
    for balancer in call.params.get("loadBalancers") or []:
        if passed := (balancer.get("advancedConfiguration") or {}).get("roleArn"):
            yield Right("iam:PassRole", str(passed), keys={"iam:PassedToService": ("ecs.amazonaws.com",)})


def _roles(call: ApiCall) -> list[Any]:
    return list(iam_backends[call.account]["aws"].roles.values())


def _arn(call: ApiCall) -> str:
    name = str(call.params["RoleName"])
    known = next((role.arn for role in _roles(call) if role.name == name), None)
    return str(known or f"arn:aws:iam::{call.account}:role{call.params.get('Path') or '/'}{name}")


def _keys(call: ApiCall) -> dict[str, Values]:
    keys: dict[str, Values] = {}
    if call.operation in _BOUNDED:
        name = call.params["RoleName"]
        has = next((role.permissions_boundary_arn for role in _roles(call) if role.name == name), None)
        boundary = call.params.get("PermissionsBoundary") or has
        keys |= {"iam:PermissionsBoundary": (str(boundary),)} if boundary else {}
    if call.operation in ("AttachRolePolicy", "DetachRolePolicy"):
        keys["iam:PolicyARN"] = (str(call.params.get("PolicyArn")),)
    return keys
