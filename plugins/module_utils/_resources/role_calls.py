# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""IAM roles in AWS: the reads and the writes."""

from __future__ import annotations

import dataclasses
import functools
import json
import typing as t

from .._aws.owner import tag_list, tags_from
from .._engine.aws_errors import unless
from .._engine.context import Context
from .._engine.errors import ConflictError
from .._engine.gather import gather
from .._engine.known import Known
from .._engine.plan import Change
from .._engine.resource import Calls
from .._engine.retry import retry, until_found
from .role import (
    DEFAULT_SESSION_SECONDS,
    KIND,
    TRIM_KIND,
    Role,
    RoleChange,
    RoleSpec,
    Settings,
    require_own,
    wanted,
)
from .role_policy import Document, account_of, canonical

_NONE: t.Final = frozenset({"NoSuchEntity"})
# IAM serialises changes to a role, including its recent deletion, and is eventually consistent.
_BUSY: t.Final = frozenset({"ConcurrentModification", "EntityTemporarilyUnmodifiable"})
_AGAIN: t.Final = _BUSY | _NONE
_AGAIN_SECONDS: t.Final = 30.0
# An attribute of a role that this run has created: other services may not know it for some seconds.
_MADE: t.Final = "made"


def find_role(ctx: Context, role_name: str) -> Role | None:
    """The role with its settings, or None: three calls, and one for each inline policy."""
    iam = ctx.client("iam")
    readers: dict[str, t.Callable[[], t.Any]] = {
        "role": lambda: unless(_NONE, lambda: iam.get_role(RoleName=role_name)["Role"]),
        "inline": lambda: unless(_NONE, lambda: _inline_names(iam, role_name)) or [],
        "attached": lambda: unless(_NONE, lambda: _attached_arns(iam, role_name)) or [],
    }
    answers = gather(readers)
    found = answers["role"]
    if found is None:
        return None
    documents = gather({name: functools.partial(_document, iam, role_name, name) for name in answers["inline"]})
    return Role(
        role_name=role_name,
        arn=found["Arn"],
        settings=Settings(
            description=found.get("Description") or "",
            trust=_parsed(found["AssumeRolePolicyDocument"]),
            policies={name: document for name, document in documents.items() if document is not None},
            attached=frozenset(answers["attached"]),
            boundary=(found.get("PermissionsBoundary") or {}).get("PermissionsBoundaryArn"),
            session_seconds=found.get("MaxSessionDuration", DEFAULT_SESSION_SECONDS),
        ),
        tags=tags_from(found.get("Tags")),
    )


def create_role(ctx: Context, change: Change, known: Known) -> None:
    """Create the role with its tags, then its policies. The next run completes an interrupted one."""
    spec: RoleSpec = change.data.spec
    account = str(ctx.client("sts").get_caller_identity()["Account"])
    target = wanted(spec, account)
    arn = _create(ctx, spec, target)
    current = dataclasses.replace(target, policies={}, attached=frozenset())
    _converge(ctx, spec.role_name, current, target)
    known.put(change.address, id=spec.role_name, arn=arn, **{_MADE: "now"})


def was_made(known: Known, address: str) -> bool:
    """True if this run has created the role at ``address``."""
    return known.describe(address, _MADE) == "now"


def update_role(ctx: Context, change: Change, _known: Known) -> None:
    """Repair tags, settings and policies."""
    data: RoleChange = change.data
    if data.tags:
        ctx.client("iam").tag_role(RoleName=data.spec.role_name, Tags=tag_list(data.tags))
    if data.current is not None and data.target is not None:
        _converge(ctx, data.spec.role_name, data.current, data.target)


def delete_role(ctx: Context, change: Change, _known: Known) -> None:
    """Delete the role after its policies."""
    iam, role_name = ctx.client("iam"), change.data
    for arn in unless(_NONE, lambda: _attached_arns(iam, role_name)) or ():
        unless(_NONE, functools.partial(iam.detach_role_policy, RoleName=role_name, PolicyArn=arn))
    for name in unless(_NONE, lambda: _inline_names(iam, role_name)) or ():
        unless(_NONE, functools.partial(iam.delete_role_policy, RoleName=role_name, PolicyName=name))
    unless(_NONE, lambda: retry(ctx, lambda: iam.delete_role(RoleName=role_name), codes=_BUSY | {"DeleteConflict"}))


def _create(ctx: Context, spec: RoleSpec, target: Settings) -> str:
    request: dict[str, t.Any] = {
        "RoleName": spec.role_name,
        "AssumeRolePolicyDocument": json.dumps(target.trust),
        "Description": target.description,
        "MaxSessionDuration": target.session_seconds,
        "Tags": tag_list(spec.tags),
    }
    if target.boundary:
        request["PermissionsBoundary"] = target.boundary
    arn = until_found(ctx, lambda: _create_or_complete(ctx, spec, request), timeout=_AGAIN_SECONDS)
    if arn is None:
        raise ConflictError(f"{spec.address}: the IAM role {spec.role_name!r} is being deleted; run this again.")
    return arn


def _create_or_complete(ctx: Context, spec: RoleSpec, request: t.Mapping[str, t.Any]) -> str | None:
    """The role's ARN; None if its name is taken by a role that is not visible (deleted, or too new)."""
    create = functools.partial(ctx.client("iam").create_role, **request)
    made = unless({"EntityAlreadyExists"}, lambda: retry(ctx, create, codes=_BUSY, timeout=_AGAIN_SECONDS))
    if made is not None:
        return str(made["Role"]["Arn"])
    # The answer to a first attempt was lost, or another run was faster.
    there = find_role(ctx, spec.role_name)
    if there is None:
        return None
    require_own(spec, there)
    _converge(ctx, spec.role_name, there.settings, wanted(spec, account_of(there.arn)))
    return there.arn


def _converge(ctx: Context, role_name: str, current: Settings, target: Settings) -> None:
    """Turn the current settings into the target. Permissions are added before others are removed."""
    iam = ctx.client("iam")
    calls: list[t.Callable[[], object]] = []
    if current.trust != target.trust:
        trust = json.dumps(target.trust)
        calls.append(lambda: iam.update_assume_role_policy(RoleName=role_name, PolicyDocument=trust))
    if (current.description, current.session_seconds) != (target.description, target.session_seconds):
        calls.append(
            lambda: iam.update_role(
                RoleName=role_name, Description=target.description, MaxSessionDuration=target.session_seconds
            )
        )
    if current.boundary != target.boundary:
        calls.append(lambda: _set_boundary(iam, role_name, target.boundary))
    calls += _policy_calls(iam, role_name, current, target)
    for call in calls:
        retry(ctx, call, codes=_AGAIN, timeout=_AGAIN_SECONDS)


def _policy_calls(iam: t.Any, role_name: str, current: Settings, target: Settings) -> list[t.Callable[[], object]]:
    changed = {name: document for name, document in target.policies.items() if current.policies.get(name) != document}
    calls: list[tuple[t.Callable[..., object], dict[str, str]]] = [
        *((iam.put_role_policy, {"PolicyName": name, "PolicyDocument": json.dumps(changed[name])}) for name in changed),
        *((iam.attach_role_policy, {"PolicyArn": arn}) for arn in sorted(target.attached - current.attached)),
        *(
            (iam.delete_role_policy, {"PolicyName": name})
            for name in sorted(current.policies.keys() - target.policies.keys())
        ),
        *((iam.detach_role_policy, {"PolicyArn": arn}) for arn in sorted(current.attached - target.attached)),
    ]
    return [functools.partial(call, RoleName=role_name, **arguments) for call, arguments in calls]


def _set_boundary(iam: t.Any, role_name: str, boundary: str | None) -> None:
    if boundary:
        iam.put_role_permissions_boundary(RoleName=role_name, PermissionsBoundary=boundary)
    else:
        iam.delete_role_permissions_boundary(RoleName=role_name)


def _inline_names(iam: t.Any, role_name: str) -> list[str]:
    pages = iam.get_paginator("list_role_policies").paginate(RoleName=role_name)
    return [name for page in pages for name in page["PolicyNames"]]


def _attached_arns(iam: t.Any, role_name: str) -> list[str]:
    pages = iam.get_paginator("list_attached_role_policies").paginate(RoleName=role_name)
    return [item["PolicyArn"] for page in pages for item in page["AttachedPolicies"]]


def _document(iam: t.Any, role_name: str, name: str) -> Document | None:
    answer = unless(_NONE, lambda: iam.get_role_policy(RoleName=role_name, PolicyName=name))
    return _parsed(answer["PolicyDocument"]) if answer else None


def _parsed(document: str | Document) -> Document:
    """The canonical document. botocore decodes policy documents unless they are invalid JSON."""
    return canonical(json.loads(document) if isinstance(document, str) else document)


CALLS: t.Final = Calls(kind=KIND, create=create_role, update=update_role, delete=delete_role)
TRIM_CALLS: t.Final = Calls(kind=TRIM_KIND, update=update_role)
