# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Images as tasks name them, and as a repository has them. Pure."""

from __future__ import annotations

import dataclasses
import datetime
import typing as t

from .._aws.limits import ECR_IMAGE
from .._aws.owner import Owner

# How tags begin that keep images from expiring: a rule of the lifecycle policy protects them.
PREFIX: t.Final = "deployed-"
# Of a digest's 64: enough for a repository, whose images AWS limits to 100,000.
_DIGITS: t.Final = 16


@dataclasses.dataclass(frozen=True)
class Image:
    """An image in ECR that a task names, by its digest if it has one, else by its tag.

    :param which: a digest (``sha256:…``) or a tag.
    """

    account: str
    region: str
    repository: str
    which: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class Stored:
    """An image in a repository.

    :param pushed: when; None if ECR does not say.
    """

    digest: str
    tags: frozenset[str]
    pushed: datetime.datetime | None = None

    def is_meant(self, which: str) -> bool:
        """Whether this is the image with the digest or tag."""
        return which == self.digest or which in self.tags


def images_in(texts: t.Iterable[str]) -> frozenset[Image]:
    """Those that are in ECR, of the images of containers."""
    return frozenset(found for text in texts if (found := _image(text)) is not None)


def mark(owner: Owner, digest: str) -> str:
    """The tag that keeps the image: the same in all regions, and another one for each image.

    With a tag that moved from image to image a repository with immutable tags could not do it.
    """
    return f"{PREFIX}{owner.environment}-{digest.partition(':')[2][:_DIGITS]}"


def is_marked(owner: Owner, image: Stored) -> bool:
    """Whether the image has that tag."""
    return mark(owner, image.digest) in image.tags


def _image(text: str) -> Image | None:
    match = ECR_IMAGE.match(text)
    if not match:
        return None
    tag, _at, digest = text[match.end() :].partition("@")
    return Image(match[1], match[2], match[3], digest or tag.removeprefix(":") or "latest")
