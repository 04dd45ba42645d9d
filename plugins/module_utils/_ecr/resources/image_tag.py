# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tags that keep images from expiring. Pure.

What has one is what this run deploys, what runs, and what it can go back to, before a lifecycle policy counts. An image
keeps its tag when it is no longer one of these, until ten newer ones have one: an image that something outside the
region still runs, such as an environment that it was promoted to, has time.
"""

from __future__ import annotations

import dataclasses
import datetime
import typing as t

from ..._engine.changes import create, delete
from ..._engine.plan import Change
from ..._engine.resource import Resource
from ..images import Stored, is_marked, mark
from . import repository

if t.TYPE_CHECKING:
    from ..snapshot import Snapshot
    from ..spec import Spec

KIND: t.Final = "image_tag"
_MOST: t.Final = 10
_EPOCH: t.Final = datetime.datetime.fromtimestamp(0, datetime.UTC)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Tag:
    """``Change.data``: a tag of an image."""

    repository: str
    tag: str
    digest: str


def plan(spec: Spec, snapshot: Snapshot) -> t.Iterator[Change]:
    """The changes; none where nothing expires, or the stack has no such repository."""
    if spec.absent or not spec.lifecycle.expires:
        return
    for name in spec.repositories:
        if name in repository.owned(spec, snapshot):
            yield from _of_repository(spec, snapshot, name)


def _of_repository(spec: Spec, snapshot: Snapshot, name: str) -> t.Iterator[Change]:
    images = snapshot.images.get(name, ())
    deployed = _deployed(spec, snapshot, name, images)
    marked = [image for image in images if is_marked(spec.owner, image)]
    new = [image for image in deployed if image not in marked]
    for image in new:
        data = Tag(repository=name, tag=mark(spec.owner, image.digest), digest=image.digest)
        yield create(_address(data), {"digest": image.digest}, data=data, reason="deployed, and must not expire")
    # The last tag of an image takes the image with it (BatchDeleteImage).
    spare = [image for image in marked if image not in deployed and len(image.tags) > 1]
    spare.sort(key=lambda image: (image.pushed or _EPOCH, image.digest))
    for image in spare[: max(0, len(marked) + len(new) - _MOST)]:
        data = Tag(repository=name, tag=mark(spec.owner, image.digest), digest=image.digest)
        reason = f"{_MOST} newer images have been deployed"
        yield delete(_address(data), {"digest": image.digest}, data=data, reason=reason)


def _deployed(spec: Spec, snapshot: Snapshot, name: str, images: t.Iterable[Stored]) -> list[Stored]:
    place = (snapshot.account, spec.region, name)
    named = {
        each.which for each in spec.images | snapshot.deployed if (each.account, each.region, each.repository) == place
    }
    return [image for image in images if any(image.is_meant(which) for which in named)]


def _address(data: Tag) -> str:
    return f"{KIND}/{data.repository}:{data.tag}"


RESOURCE: t.Final = Resource(kind=KIND, plan=plan)
