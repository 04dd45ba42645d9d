# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tags that keep images from expiring. Pure.

Images that this run deploys, that run, and that a rollback needs get one before the lifecycle policy is set. Other
images keep their tag until ten newer ones have one, because something outside the region may still run them, such as
an environment that they were promoted to.
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

    @property
    def address(self) -> str:
        return f"{KIND}/{self.repository}:{self.tag}"


def plan(spec: Spec, snapshot: Snapshot) -> t.Iterator[Change]:
    """The changes; none if nothing expires, or for a repository that is missing or foreign."""
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
        data = _tag(spec, name, image)
        yield create(data.address, {"digest": image.digest}, data=data, reason="deployed, and must not expire")
    # Deleting an image's last tag deletes the image (BatchDeleteImage).
    spare = [image for image in marked if image not in deployed and len(image.tags) > 1]
    spare.sort(key=lambda image: (image.pushed or _EPOCH, image.digest))
    for image in spare[: max(0, len(marked) + len(new) - _MOST)]:
        data = _tag(spec, name, image)
        reason = f"{_MOST} newer images have been deployed"
        yield delete(data.address, {"digest": image.digest}, data=data, reason=reason)


def _tag(spec: Spec, name: str, image: Stored) -> Tag:
    return Tag(repository=name, tag=mark(spec.owner, image.digest), digest=image.digest)


def _deployed(spec: Spec, snapshot: Snapshot, name: str, images: t.Iterable[Stored]) -> list[Stored]:
    place = (snapshot.account, spec.region, name)
    named = {
        each.which for each in spec.images | snapshot.deployed if (each.account, each.region, each.repository) == place
    }
    return [image for image in images if any(image.is_meant(which) for which in named)]


RESOURCE: t.Final = Resource(kind=KIND, plan=plan)
