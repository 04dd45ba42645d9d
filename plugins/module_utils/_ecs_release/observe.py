# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reads."""

from __future__ import annotations

import typing as t

from .._aws import untagged
from .._aws.limits import ECR_IMAGE
from .._ecs_service.resources import service
from .._ecs_service.resources.service_calls import find_service
from .._ecs_service.resources.service_deployments_calls import SUCCESSFUL, list_deployments
from .._ecs_service.resources.task_definition import TaskDefinition
from .._ecs_service.resources.task_definition_calls import find_definition
from .._engine.context import Context
from .._engine.errors import NotReady
from .._engine.gather import gather
from .._images.digests import look_for, look_up
from .plan import number
from .snapshot import Snapshot
from .spec import Spec

# DescribeServiceRevisions accepts 20.
_REVISIONS: t.Final = 20
# Deployments to check. ECS lists those of the last 90 days, which are many more for a service that restarts every hour.
_MOST: t.Final = 100


def observe(ctx: Context, spec: Spec) -> Snapshot:
    """The service, and the revisions that it could run.

    Raises NotReady if there is no service yet, ConflictError if it belongs to someone else.
    """
    readers: dict[str, t.Callable[[], t.Any]] = {
        "service": lambda: find_service(ctx, spec.name),
        "latest": lambda: find_definition(ctx, spec.name),
    }
    if asked := spec.unknown_images:
        readers["digests"] = lambda: look_up(ctx, asked)
    found = gather(readers)
    own, latest = found["service"], found["latest"]
    if own is None or own.draining:
        raise NotReady(
            f"{spec.owner.title} has no service {spec.name} in {spec.region} yet. Nothing was changed. "
            "Deploy it with site.yml first."
        )
    if not spec.owner.owns(own.tags):
        what = f"the service {spec.name} exists in {spec.region} ({own.arn})"
        raise untagged.conflict(spec.owner, service.ADDRESS, what)
    same = latest is not None and latest.arn == own.task_definition_arn
    current = latest if same else find_definition(ctx, own.task_definition_arn)
    if current is None:
        raise NotReady(f"the task definition {own.task_definition_arn} is gone. Deploy the service with site.yml.")
    previous = _previous(ctx, spec, current) if spec.previous else None
    gone, digests = _gone(ctx, spec, previous) if previous else (), found.get("digests") or {}
    return Snapshot(service=own, current=current, latest=latest, previous=previous, gone=gone, digests=digests)


def _previous(ctx: Context, spec: Spec, current: TaskDefinition) -> TaskDefinition | None:
    """The newest revision before the current one that was rolled out successfully and can run again."""
    for arn in sorted(rolled_out(ctx, spec.name, number(current.arn)), key=number, reverse=True):
        if number(arn) < number(current.arn):
            found = find_definition(ctx, arn)
            if found is not None and found.active and spec.owner.owns(found.tags):
                return found
    return None


def rolled_out(ctx: Context, name: str, before: int) -> set[str]:
    """The ARNs of the task definitions that ECS has deployed successfully, as far as it lists them.

    :param before: number of a revision. More than the newest hundred deployments are checked only to find an older one.
    """
    deployments = [item for item in list_deployments(ctx, name) if item.status == SUCCESSFUL]
    revisions = list(dict.fromkeys(item.revision_arn for item in deployments if item.revision_arn))
    found: set[str] = set()
    for start in range(0, len(revisions), _REVISIONS):
        if start >= _MOST and any(number(arn) < before for arn in found):
            break
        answer = ctx.client("ecs").describe_service_revisions(serviceRevisionArns=revisions[start:][:_REVISIONS])
        found |= {item["taskDefinition"] for item in answer.get("serviceRevisions") or () if item.get("taskDefinition")}
    return found


def _gone(ctx: Context, spec: Spec, revision: TaskDefinition) -> tuple[str, ...]:
    """The images of a revision that are missing: of those in ECR, and of all if images are pinned."""
    images = [image for image in revision.images.values() if spec.pins or ECR_IMAGE.match(image)]
    found = look_for(ctx, images)
    for image, answer in found.items():
        if answer.unanswered:
            ctx.warn(f"It is not known whether {image} still exists, because {answer.unanswered}.")
    return tuple(image for image, answer in found.items() if answer.missing)
