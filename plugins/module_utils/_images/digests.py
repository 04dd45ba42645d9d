# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which digests the tags of images point to, all side by side: ECR by its API, others as registries are asked."""

from __future__ import annotations

import functools
import threading
import time
import typing as t

from .._aws.limits import ECR_IMAGE
from .._engine.aws_errors import translate
from .._engine.context import Context
from .._engine.errors import AwsError, SpecError
from . import distribution
from .answer import Answer
from .pinning import missing, unanswered
from .reference import has_digest, parse

# ECR API, DescribeImages.
_NO_IMAGE: t.Final = frozenset({"ImageNotFoundException", "RepositoryNotFoundException"})
# For all of them: who runs a playbook does not wait longer, and what is not known then is a warning.
_SECONDS: t.Final = 15.0


def look_up(ctx: Context, images: t.Mapping[str, str]) -> dict[str, str]:
    """The digest of each image; empty, with a warning, where its registry does not answer.

    :param images: image → option that names it. Raises SpecError for an image that there is not.
    """
    found = find_digests(ctx, images)
    for image, answer in found.items():
        if answer.missing:
            raise SpecError(images[image], *missing(image))
        if answer.unanswered:
            ctx.warn(unanswered(image, answer))
    return {image: answer.digest for image, answer in found.items()}


def find_digests(ctx: Context, images: t.Iterable[str], seconds: float = _SECONDS) -> dict[str, Answer]:
    """What is known of each image that is named by its tag.

    :param seconds: until an image counts as one of which nobody knows. Registries may answer a byte at a time.
    """
    return look_for(ctx, [image for image in images if not has_digest(image)], seconds)


def look_for(ctx: Context, images: t.Iterable[str], seconds: float = _SECONDS) -> dict[str, Answer]:
    """The same of images that are named by tag or by digest: whether they are there."""
    found: dict[str, Answer] = {}

    def ask(image: str) -> None:
        found[image] = _in_ecr(ctx, image) if ECR_IMAGE.match(image) else distribution.ask(parse(image))

    # Daemons: nobody waits for one whose registry never ends its answer.
    threads = {
        image: threading.Thread(target=functools.partial(ask, image), daemon=True) for image in dict.fromkeys(images)
    }
    for thread in threads.values():
        thread.start()
    deadline = time.monotonic() + seconds
    for thread in threads.values():
        thread.join(max(deadline - time.monotonic(), 0.0))
    late = Answer(unanswered=f"its registry did not answer within {seconds:g} s")
    return {image: found.get(image, late) for image in threads}


def _in_ecr(ctx: Context, image: str) -> Answer:
    match = ECR_IMAGE.match(image)
    if match is None:
        return Answer(unanswered="it is not in ECR")
    account, region, repository = match.groups()
    reference = parse(image)
    image_id = {"imageDigest": reference.digest} if reference.digest else {"imageTag": reference.tag}
    request = {"registryId": account, "repositoryName": repository, "imageIds": [image_id]}
    try:
        with translate(region):
            details = ctx.client("ecr", region=region).describe_images(**request).get("imageDetails")
    except AwsError as error:
        return Answer(missing=True) if error.code in _NO_IMAGE else Answer(unanswered=str(error).removesuffix("."))
    digest = str(details[0].get("imageDigest") or "") if details else ""
    return Answer(digest=digest) if digest else Answer(missing=True)
