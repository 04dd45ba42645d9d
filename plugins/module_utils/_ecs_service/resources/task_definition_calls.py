# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Task definitions in ECS: reads and writes."""

from __future__ import annotations

import functools
import typing as t

from ..._aws.changes import Repair
from ..._aws.owner import Owner
from ..._engine.aws_errors import REFUSALS, ClientError, error_code, unless
from ..._engine.context import Context
from ..._engine.errors import AwsError
from ..._engine.gather import gather
from ..._engine.known import Known
from ..._engine.plan import Change
from ..._engine.resource import Calls
from ..._engine.retry import create_once, retry
from ..._resources.role import RoleSpec
from ..._resources.role_calls import was_made
from . import task_definition_document as document
from .ecs_calls import ecs_tags, tags_of
from .roles import EXECUTION_ROLE, TASK_ROLE
from .task_definition import ADDRESS, KIND, Revision, TaskDefinition

# Passing a role that IAM has not propagated yet is denied.
_PASS_SECONDS: t.Final = 30.0
# DeleteTaskDefinitions accepts ten.
_DELETE_MOST: t.Final = 10


def find_definition(ctx: Context, name: str) -> TaskDefinition | None:
    """A revision by its ARN, or a family's latest active one; None if there is none."""
    ecs = ctx.client("ecs")
    # ECS has no more specific code for this than ClientException.
    answer = unless({"ClientException"}, lambda: ecs.describe_task_definition(taskDefinition=name, include=["TAGS"]))
    if answer is None:
        return None
    found = answer["taskDefinition"]
    return TaskDefinition(
        arn=found["taskDefinitionArn"],
        status=found.get("status", ""),
        document=document.canonical(found),
        tags=tags_of(answer),
        request=document.request_of(found),
    )


def find_revisions(ctx: Context, family: str, owner: Owner) -> tuple[TaskDefinition, ...]:
    """The owner's revisions that are not deleted yet."""
    paginator = ctx.client("ecs").get_paginator("list_task_definitions")
    arns = [
        arn
        for status in ("ACTIVE", "INACTIVE")
        for page in paginator.paginate(familyPrefix=family, status=status)
        for arn in page.get("taskDefinitionArns", ())
        if arn.rpartition("/")[2].rpartition(":")[0] == family
    ]
    found = gather({arn: functools.partial(find_definition, ctx, arn) for arn in arns})
    return tuple(item for item in found.values() if item is not None and owner.owns(item.tags))


def create(ctx: Context, change: Change, known: Known) -> None:
    """Register a revision; repeated while IAM propagates a new role."""
    data: Revision = change.data
    spec = data.spec
    request = document.request(
        spec,
        execution_role_arn=_role_arn(spec.wanted.roles.execution, EXECUTION_ROLE, known),
        task_role_arn=_role_arn(spec.wanted.roles.task, TASK_ROLE, known),
    )
    new = was_made(known, EXECUTION_ROLE) or was_made(known, TASK_ROLE)
    arn = register(ctx, spec.owner, request, spec.owner.tags(ADDRESS), new_role=new)
    known.put(change.address, id=arn)


def register(
    ctx: Context, owner: Owner, request: t.Mapping[str, t.Any], tags: t.Mapping[str, str], *, new_role: bool = False
) -> str:
    """Register a revision, and no second one if the answer is lost. Returns its ARN.

    :param request: RegisterTaskDefinition's parameters, without tags.
    :param new_role: whether the run has created one of its roles, which IAM may not have propagated yet.
    """
    ecs = ctx.client("ecs", retry=False)

    def call() -> t.Any:
        return retry(
            ctx,
            lambda: ecs.register_task_definition(**request, tags=ecs_tags(tags)),
            codes={"ClientException", "InvalidParameterException"},
            containing="ole is not valid",
        )

    def make() -> str:
        codes = REFUSALS if new_role else frozenset[str]()
        answer = retry(ctx, call, codes=codes, containing="iam:PassRole", timeout=_PASS_SECONDS)
        return str(answer["taskDefinition"]["taskDefinitionArn"])

    def find() -> str | None:
        latest = find_definition(ctx, request["family"])
        if latest is None or not owner.owns(latest.tags) or latest.document != document.canonical(request):
            return None
        return latest.arn

    return create_once(ctx, make, find)


def update(ctx: Context, change: Change, known: Known) -> None:
    """Register a new revision, or set tags."""
    if isinstance(change.data, Revision):
        create(ctx, change, known)
    else:
        data: Repair = change.data
        ctx.client("ecs").tag_resource(resourceArn=data.found.arn, tags=ecs_tags(data.tags))


def delete(ctx: Context, change: Change, _known: Known) -> None:
    """Deregister and delete these revisions."""
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


def _deregister(ctx: Context, arn: str) -> None:
    try:
        ctx.client("ecs").deregister_task_definition(taskDefinition=arn)
    except ClientError as error:
        if error_code(error) != "ClientException" or _status(ctx, arn) == "ACTIVE":
            raise


def _status(ctx: Context, arn: str) -> str:
    found = find_definition(ctx, arn)
    return found.status if found else ""


def _role_arn(role: RoleSpec | str, address: str, known: Known) -> str:
    return role if isinstance(role, str) else known.get(address, "arn")


CALLS: t.Final = Calls(kind=KIND, create=create, update=update, delete=delete)
