# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Authorizes calls. Access keys must exist; a role's sessions have the role's policies.

The user of an account may do everything, unless the control API gave it policies.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from moto.core.responses import BaseResponse

from sandbox.identity import JSON_SERVICES, Identity, identity_of
from sandbox.overlay.base import AwsError
from sandbox.policies import Request, allowed
from sandbox.rights import dependents, ec2, ecs, iam, load_balancing, notices, others, registry, s3
from sandbox.rights.call import ApiCall, Right

_PREFIXES = {"resourcegroupstaggingapi": "tag", "service-quotas": "servicequotas"}
_RIGHTS: dict[str, Callable[[ApiCall], Iterator[Right]]] = {
    "acm": others.acm,
    "application-autoscaling": others.autoscaling,
    "cloudwatch": others.cloudwatch,
    "ec2": ec2.rights,
    "ecr": registry.rights,
    "ecs": ecs.rights,
    "elbv2": load_balancing.rights,
    "iam": iam.rights,
    "events": notices.events,
    "logs": others.logs,
    "route53": others.route53,
    "s3": s3.rights,
    "scheduler": others.scheduler,
    "ssm": others.ssm,
    "sns": notices.sns,
    "sts": others.sts,
    "wafv2": others.wafv2,
}


@dataclass(slots=True)
class Authorizer:
    """Refuses calls as AWS does."""

    # Documents by account; an account that is not in here has an all-powerful user.
    user_policies: dict[str, list[Any]] = field(default_factory=dict)

    def refusal(self, response: BaseResponse, operation: str, params: Mapping[str, Any]) -> AwsError | None:
        """Why the call is not allowed; None if it is."""
        service = response.service_name or ""
        identity = identity_of(response.get_access_key())
        if identity is None:
            return unknown_key(service)
        documents = identity.policies() if identity.role else self.user_policies.get(identity.account)
        # GetCallerIdentity needs no permission, and a role's trust policy decides who may assume it.
        free = operation == "GetCallerIdentity" or (operation == "AssumeRole" and identity.role)
        if documents is None or free:
            return None
        call = ApiCall(identity.account, str(response.region), operation, params)
        requests = (_request(identity, call, right) for right in _all_rights(service, call))
        denied = next((request for request in requests if not allowed(documents, request)), None)
        return _access_denied(service, identity, denied) if denied else None


def _all_rights(service: str, call: ApiCall) -> Iterator[Right]:
    rights = _RIGHTS.get(service) or functools.partial(others.reading, _PREFIXES.get(service, service))
    yield from rights(call)
    yield from dependents.rights(service, call)


def _request(identity: Identity, call: ApiCall, right: Right) -> Request:
    context = {
        "aws:requestedregion": (call.region,),
        "aws:principalaccount": (identity.account,),
        "aws:principalarn": (identity.principal,),
        **right.context(),
    }
    return Request(right.action, right.resource, identity.principal, identity.account, context)


def unknown_key(service: str) -> AwsError:
    """The refusal of credentials that a service does not know."""
    if service == "ec2":
        return AwsError("AuthFailure", "AWS was not able to validate the provided access credentials")
    code = "UnrecognizedClientException" if service in JSON_SERVICES else "InvalidClientTokenId"
    return AwsError(code, "The security token included in the request is invalid.")


def _access_denied(service: str, identity: Identity, request: Request) -> AwsError:
    words = f"User: {identity.arn} is not authorized to perform: {request.action}"
    place = f" on resource: {request.resource}" if request.resource else ""
    message = f"{words}{place} because no identity-based policy allows the {request.action} action"
    if service == "ec2":
        return AwsError("UnauthorizedOperation", f"You are not authorized to perform this operation. {message}")
    return AwsError("AccessDeniedException" if service in JSON_SERVICES else "AccessDenied", message)
