# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may make which call. Keys must exist, sessions of roles have their role's policies.

The user of an account may do everything, unless the control API gave it policies.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from moto.core.responses import BaseResponse
from moto.iam.models import iam_backends

from sandbox.identity import JSON_SERVICES, Identity, identity_of
from sandbox.overlay.base import AwsError
from sandbox.policies import Request, allowed
from sandbox.requestlog import tags_of

_PREFIXES = {"elbv2": "elasticloadbalancing", "resourcegroupstaggingapi": "tag", "service-quotas": "servicequotas"}
# What creating with tags needs besides the creating action (Service Authorization Reference).
_TAGGING = {
    "ec2": "ec2:CreateTags",
    "ecs": "ecs:TagResource",
    "elbv2": "elasticloadbalancing:AddTags",
    "iam": "iam:TagRole",
    "logs": "logs:TagResource",
    "cloudwatch": "cloudwatch:TagResource",
}
# Parameters that hand a role to a service.
_PASSED = {
    "taskRoleArn": "ecs-tasks.amazonaws.com",
    "executionRoleArn": "ecs-tasks.amazonaws.com",
    "DeliverLogsPermissionArn": "vpc-flow-logs.amazonaws.com",
}
_ROUTE53_KEYS = "route53:changeresourcerecordsets"
_KNOWN_KEYS = (
    "aws:requestedregion", "aws:principalaccount", "aws:principalarn", "aws:requesttag/", "aws:tagkeys",
    "iam:passedtoservice", _ROUTE53_KEYS + "normalizedrecordnames", _ROUTE53_KEYS + "recordtypes",
    _ROUTE53_KEYS + "actions", "ec2:createaction", "cloudwatch:namespace",
)  # fmt: skip


@dataclass(slots=True)
class Authorizer:
    """Refuses calls as AWS does."""

    # Documents by account; an account that is not in here has an all-powerful user.
    user_policies: dict[str, list[Any]] = field(default_factory=dict)

    def refusal(self, response: BaseResponse, operation: str, params: Mapping[str, Any]) -> AwsError | None:
        """Why the call must not be made, None when it may."""
        service = response.service_name or ""
        identity = identity_of(response.get_access_key())
        if identity is None:
            return AwsError(_unknown_key_code(service), "The security token included in the request is invalid.")
        documents = identity.policies() if identity.role else self.user_policies.get(identity.account)
        # Nobody needs the right to ask who they are, and whom a role trusts its own policy says.
        free = operation == "GetCallerIdentity" or (operation == "AssumeRole" and identity.role)
        if documents is None or free:
            return None
        call = _Call(identity, service, operation, str(response.region), params)
        denied = next((request for request in call.requests() if not allowed(documents, request)), None)
        return _access_denied(service, identity, denied) if denied else None


def _unknown_key_code(service: str) -> str:
    if service == "ec2":
        return "AuthFailure"
    return "UnrecognizedClientException" if service in JSON_SERVICES else "InvalidClientTokenId"


def _access_denied(service: str, identity: Identity, request: Request) -> AwsError:
    words = f"User: {identity.arn} is not authorized to perform: {request.action}"
    place = f" on resource: {request.resource}" if request.resource else ""
    message = f"{words}{place} because no identity-based policy allows the {request.action} action"
    if service == "ec2":
        return AwsError("UnauthorizedOperation", f"You are not authorized to perform this operation. {message}")
    return AwsError("AccessDeniedException" if service in JSON_SERVICES else "AccessDenied", message)


@dataclass(frozen=True, slots=True)
class _Call:
    identity: Identity
    service: str
    operation: str
    region: str
    params: Mapping[str, Any]

    def requests(self) -> Iterator[Request]:
        """Everything that must be allowed for this call."""
        main = Request(
            action=f"{_PREFIXES.get(self.service, self.service)}:{self.operation}",
            resource=self._resource(),
            principal=self.identity.principal,
            account=self.identity.account,
            context=self._context(),
            known_keys=_KNOWN_KEYS,
        )
        yield main
        creates = self.operation.startswith(("Create", "Allocate", "Register", "Put"))
        if creates and tags_of(self.params) and self.service in _TAGGING:
            context = {**main.context, "ec2:createaction": (self.operation,)}
            yield replace(main, action=_TAGGING[self.service], context=context)
        for name, service in _PASSED.items():
            if self.params.get(name):
                context = {**main.context, "iam:passedtoservice": (service,)}
                yield replace(main, action="iam:PassRole", resource=str(self.params[name]), context=context)

    def _context(self) -> dict[str, tuple[str, ...]]:
        tags = tags_of(self.params)
        context: dict[str, tuple[str, ...]] = {
            "aws:requestedregion": (self.region,),
            "aws:principalaccount": (self.identity.account,),
            "aws:principalarn": (self.identity.principal,),
        }
        context |= {f"aws:requesttag/{key.lower()}": (value,) for key, value in tags.items()}
        if tags:
            context["aws:tagkeys"] = tuple(tags)
        if self.operation == "PutMetricData":
            context["cloudwatch:namespace"] = (str(self.params.get("Namespace")),)
        return context | self._record_keys()

    def _record_keys(self) -> dict[str, tuple[str, ...]]:
        batch = self.params.get("ChangeBatch") or {}
        changes = batch.get("Changes", [])
        if not changes:
            return {}
        records = [change["ResourceRecordSet"] for change in changes]
        return {
            _ROUTE53_KEYS + "normalizedrecordnames": tuple(item["Name"].lower().rstrip(".") for item in records),
            _ROUTE53_KEYS + "recordtypes": tuple(item["Type"] for item in records),
            _ROUTE53_KEYS + "actions": tuple(change["Action"] for change in changes),
        }

    def _resource(self) -> str | None:
        """The ARN the call is about: `*` when it is about none, None when it is not worked out here."""
        params = self.params
        if self.service == "route53":
            return _route53_resource(self.operation, params)
        if self.service == "iam" and params.get("RoleName"):
            return self._role_arn(str(params["RoleName"]))
        if self.service == "sts":
            return str(params.get("RoleArn") or "*")
        return "*" if self.operation.startswith(("Describe", "List")) and self.service in ("ec2", "elbv2") else None

    def _role_arn(self, name: str) -> str:
        roles = iam_backends[self.identity.account]["aws"].roles.values()
        known = next((role.arn for role in roles if role.name == name), None)
        path = self.params.get("Path") or "/"
        return str(known or f"arn:aws:iam::{self.identity.account}:role{path}{name}")


def _route53_resource(operation: str, params: Mapping[str, Any]) -> str:
    if params.get("HealthCheckId"):
        return f"arn:aws:route53:::healthcheck/{params['HealthCheckId']}"
    if params.get("ResourceType"):
        identifier = params.get("ResourceId") or (params.get("ResourceIds") or ["*"])[0]
        return f"arn:aws:route53:::{params['ResourceType']}/{identifier}"
    if operation == "GetChange":
        return f"arn:aws:route53:::change/{str(params.get('Id')).removeprefix('/change/')}"
    zone = None if operation.startswith("List") and operation.endswith("ByName") else params.get("HostedZoneId")
    zone = zone or params.get("Id")
    return f"arn:aws:route53:::hostedzone/{str(zone).removeprefix('/hostedzone/')}" if zone else "*"
