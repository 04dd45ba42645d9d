# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Images as tasks name them, and as a repository stores them. Pure."""

from __future__ import annotations

import dataclasses
import datetime
import typing as t

from .._aws.limits import ECR_IMAGE
from .._aws.owner import Owner

# The prefix of tags that a rule of the lifecycle policy protects from expiry.
PREFIX: t.Final = "deployed-"
# Of a digest's 64: enough, since AWS limits a repository to 100,000 images.
_DIGITS: t.Final = 16


@dataclasses.dataclass(frozen=True)
class Image:
    """An image in ECR as a task names it.

    :param which: a digest (``sha256:…``) or a tag.
    """

    account: str
    region: str
    repository: str
    which: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class Stored:
    """An image in a repository.

    :param pushed: None if ECR does not say.
    """

    digest: str
    tags: frozenset[str]
    pushed: datetime.datetime | None = None

    def is_meant(self, which: str) -> bool:
        """Whether this is the image with the digest or tag."""
        return which == self.digest or which in self.tags


def images_in(texts: t.Iterable[str]) -> frozenset[Image]:
    """The images in ECR, among images of containers."""
    return frozenset(found for text in texts if (found := _image(text)) is not None)


def mark(owner: Owner, digest: str) -> str:
    """The tag that keeps the image, in all regions.

    One per image: a repository with immutable tags could not move a single tag from image to image.
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
