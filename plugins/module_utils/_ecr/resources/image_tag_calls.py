# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tags of images in ECR, and deployed images in ECS: the reads and the writes."""

from __future__ import annotations

import functools
import itertools
import typing as t

from ..._aws import stack_names
from ..._aws.owner import Owner
from ..._engine.aws_errors import unless
from ..._engine.context import Context
from ..._engine.errors import AwsError
from ..._engine.gather import gather
from ..._engine.known import Known
from ..._engine.plan import Change
from ..._engine.resource import Calls
from ..._images.reference import MANIFEST_TYPES
from ..images import Image, images_in
from .image_tag import KIND, Tag

# Revisions to read: a running or newest one, and those before it to which it could be rolled back.
_REVISIONS: t.Final = 5
_NO_CLUSTER: t.Final = frozenset({"ClusterNotFoundException"})
# DescribeTaskDefinition, for a deleted revision.
_NO_REVISION: t.Final = frozenset({"ClientException"})
_IMAGE_GONE: t.Final = "ImageNotFound"


def find_deployed(ctx: Context, owner: Owner, services: t.Iterable[str]) -> frozenset[Image]:
    """The images of the services' running task definitions, and of the revisions before these and the newest."""
    readers = {
        service: functools.partial(_of_service, ctx, stack_names.service(owner.of(service))) for service in services
    }
    return frozenset(itertools.chain.from_iterable(gather(readers).values()))


def _of_service(ctx: Context, name: str) -> frozenset[Image]:
    ecs = ctx.client("ecs")
    found: dict[str, t.Any] = gather(
        {
            "service": lambda: unless(_NO_CLUSTER, lambda: ecs.describe_services(cluster=name, services=[name])),
            "revisions": lambda: ecs.list_task_definitions(familyPrefix=name, status="ACTIVE", sort="DESC"),
        }
    )
    listed = [arn for arn in found["revisions"]["taskDefinitionArns"] if _family(arn) == name]
    running = {arn for service in (found["service"] or {}).get("services", ()) for arn in _revisions(service)}
    wanted = set(running)
    for anchor in (*running, *listed[:1]):
        before = [arn for arn in listed if _number(arn) <= _number(anchor)]
        wanted.update(before[:_REVISIONS])
    documents = gather({arn: functools.partial(_containers, ctx, arn) for arn in sorted(wanted)})
    return images_in(text for texts in documents.values() for text in texts)


def _revisions(service: t.Mapping[str, t.Any]) -> t.Iterator[str]:
    for each in (service, *service.get("deployments", ())):
        if each.get("taskDefinition"):
            yield each["taskDefinition"]


def _containers(ctx: Context, arn: str) -> list[str]:
    answer = unless(_NO_REVISION, lambda: ctx.client("ecs").describe_task_definition(taskDefinition=arn))
    found = answer["taskDefinition"].get("containerDefinitions", ()) if answer else ()
    return [str(container.get("image", "")) for container in found]


def _family(arn: str) -> str:
    return arn.rpartition("/")[2].rpartition(":")[0]


def _number(arn: str) -> int:
    return int(arn.rpartition(":")[2])


def create(ctx: Context, change: Change, _known: Known) -> None:
    """Add the tag: PutImage with the image's own manifest."""
    data: Tag = change.data
    ecr = ctx.client("ecr")
    # It returns no manifest of a type that is not accepted.
    answer = ecr.batch_get_image(
        repositoryName=data.repository,
        imageIds=[{"imageDigest": data.digest}],
        acceptedMediaTypes=list(MANIFEST_TYPES),
    )
    if not answer["images"]:
        raise AwsError(_failure("BatchGetImage", ctx.region, answer), operation="BatchGetImage")
    image = answer["images"][0]
    media = image.get("imageManifestMediaType")
    # A second attempt finds the tag.
    unless(
        {"ImageAlreadyExistsException"},
        lambda: ecr.put_image(
            repositoryName=data.repository,
            imageManifest=image["imageManifest"],
            imageTag=data.tag,
            imageDigest=data.digest,
            **({"imageManifestMediaType": media} if media else {}),
        ),
    )


def delete(ctx: Context, change: Change, _known: Known) -> None:
    """Delete the tag (BatchDeleteImage). An image with other tags stays."""
    data: Tag = change.data
    answer = ctx.client("ecr").batch_delete_image(repositoryName=data.repository, imageIds=[{"imageTag": data.tag}])
    if any(item.get("failureCode") not in (_IMAGE_GONE, "ImageTagDoesNotMatchDigest") for item in answer["failures"]):
        raise AwsError(_failure("BatchDeleteImage", ctx.region, answer), operation="BatchDeleteImage")


def _failure(operation: str, region: str, answer: t.Mapping[str, t.Any]) -> str:
    reasons = "; ".join(f"{item.get('failureCode')}: {item.get('failureReason')}" for item in answer["failures"])
    return f"{operation} in {region}: {reasons or 'no image'}"


CALLS: t.Final = Calls(kind=KIND, create=create, delete=delete)
