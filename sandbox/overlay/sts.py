# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Corrections of moto's STS: roles that exist, trust policies and external ids that count."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from moto.core.exceptions import ServiceException
from moto.iam.models import iam_backends
from moto.sts.responses import TokenResponse

from sandbox.identity import Identity, identity_of
from sandbox.overlay.base import AwsError, Call, World, corrects
from sandbox.overlay.iam import role_known
from sandbox.policies import Request, allowed

_SESSION_NAME = re.compile(r"[\w+=,.@-]{2,64}", re.ASCII)
_ROLE_ARN = re.compile(r"arn:aws:iam::(\d{12}):role/(?:.+/)?([^/]+)")
_SHORTEST_SESSION = 900
_LONGEST_CHAINED_SESSION = 3600


def _caller(call: Call) -> Identity:
    caller = identity_of(call.response.get_access_key())
    if caller is None:
        raise AwsError("InvalidClientTokenId", "The security token included in the request is invalid.")
    return caller


@corrects(TokenResponse, "GetCallerIdentity")
def _get_caller_identity(call: Call) -> Any:
    caller = _caller(call)
    return {"UserId": caller.user_id, "Account": caller.account, "Arn": caller.arn}


@corrects(TokenResponse, "AssumeRole")
def _assume_role(call: Call) -> Any:
    caller, arn = _caller(call), call.get("RoleArn")
    session = call.get("RoleSessionName") or ""
    if not _SESSION_NAME.fullmatch(session):
        raise AwsError(
            "ValidationError",
            f"1 validation error detected: Value '{session}' at 'roleSessionName' failed to satisfy constraint: "
            "Member must satisfy regular expression pattern: [\\w+=,.@-]*",
        )
    role = _role(call.world, arn)
    if role is None or not _trusted(role, caller, call.params):
        # AWS does not say which it is: the role may not even exist.
        raise AwsError(
            "AccessDenied",
            f"User: {caller.arn} is not authorized to perform: sts:AssumeRole on resource: {arn}",
        )
    _refuse_duration(role, caller, int(call.get("DurationSeconds") or _LONGEST_CHAINED_SESSION))
    return call.proceed()


def _role(world: World, arn: str) -> Any:
    parts = _ROLE_ARN.fullmatch(arn or "")
    if parts is None:
        raise AwsError("ValidationError", f"{arn} is invalid")
    account, name = parts.groups()
    if not role_known(world, account, name):
        return None
    try:
        role = iam_backends[account]["aws"].get_role(name)
    except ServiceException:
        return None
    return role if role.arn == arn else None


def _trusted(role: Any, caller: Identity, params: Mapping[str, Any]) -> bool:
    context = {
        "sts:rolesessionname": (str(params["RoleSessionName"]),),
        "aws:principalarn": (caller.principal,),
        "aws:principalaccount": (caller.account,),
    }
    if params.get("ExternalId"):
        context["sts:externalid"] = (str(params["ExternalId"]),)
    request = Request(
        action="sts:AssumeRole",
        principal=caller.principal,
        account=caller.account,
        context=context,
    )
    return allowed([role.assume_role_policy_document], request)


def _refuse_duration(role: Any, caller: Identity, seconds: int) -> None:
    longest = int(role.max_session_duration or _LONGEST_CHAINED_SESSION)
    if caller.role and seconds > _LONGEST_CHAINED_SESSION:
        raise AwsError(
            "ValidationError",
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining",
        )
    if not _SHORTEST_SESSION <= seconds <= longest:
        raise AwsError(
            "ValidationError",
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
            if seconds > longest
            else f"DurationSeconds must be at least {_SHORTEST_SESSION}",
        )
