# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The digests of images' tags, looked up in parallel: in ECR by its API, in other registries by OCI's."""

from __future__ import annotations

import functools
import threading
import time
import typing as t

from .._aws.limits import ECR_IMAGE
from .._engine.aws_errors import translate
from .._engine.background import SIGNAL_SECONDS
from .._engine.context import Context
from .._engine.errors import AwsError, SpecError
from . import distribution
from .answer import Answer
from .pinning import missing, unanswered
from .reference import has_digest, parse

# ECR API, DescribeImages.
_NO_IMAGE: t.Final = frozenset({"ImageNotFoundException", "RepositoryNotFoundException"})
# For all images. Those that are not known by then are a warning.
_SECONDS: t.Final = 15.0


def look_up(ctx: Context, images: t.Mapping[str, str]) -> dict[str, str]:
    """The digest of each image; empty, with a warning, if its registry does not answer.

    :param images: image → option that names it. Raises SpecError for an image that does not exist.
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

    :param seconds: after which an image is reported as unanswered. Registries may send one byte at a time.
    """
    return look_for(ctx, [image for image in images if not has_digest(image)], seconds)


def look_for(ctx: Context, images: t.Iterable[str], seconds: float = _SECONDS) -> dict[str, Answer]:
    """The same for images that are named by tag or by digest."""
    found: dict[str, Answer] = {}

    def ask(image: str) -> None:
        in_ecr = ECR_IMAGE.match(image)
        found[image] = _ask_ecr(ctx, image, *in_ecr.groups()) if in_ecr else distribution.ask(parse(image))

    # Daemons, because a registry may never end its answer. They start credential helpers, which must not inherit
    # blocked signals.
    threads = {
        image: threading.Thread(target=functools.partial(ask, image), daemon=True) for image in dict.fromkeys(images)
    }
    for thread in threads.values():
        thread.start()
    deadline = time.monotonic() + seconds
    for thread in threads.values():
        # With a timeout, since a signal does not wake up the main thread if another one has got it.
        while thread.is_alive() and (left := deadline - time.monotonic()) > 0:
            thread.join(min(left, SIGNAL_SECONDS))
    late = Answer(unanswered=f"its registry did not answer within {seconds:g} s")
    return {image: found.get(image, late) for image in threads}


def _ask_ecr(ctx: Context, image: str, account: str, region: str, repository: str) -> Answer:
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
