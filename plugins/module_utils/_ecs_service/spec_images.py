# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Images pinned to their digests. Pure."""

from __future__ import annotations

import dataclasses
import typing as t

from .._engine.errors import SpecError
from .._images.pinning import labelled, pin
from .._images.reference import has_digest, is_digest

if t.TYPE_CHECKING:
    from .snapshot import Snapshot
    from .spec import Spec


def parse_digests(params: t.Mapping[str, t.Any]) -> dict[str, str] | None:
    """The digests that are known already, by image; None if images are not pinned. Raises SpecError."""
    if not params["pin_images"]:
        return None
    given = {str(image): str(digest or "") for image, digest in (params["image_digests"] or {}).items()}
    for image, digest in given.items():
        if digest and not is_digest(digest):
            raise SpecError("image_digests", f"{digest!r} of {image} is not a digest.", "Write sha256: and 64 digits.")
    return given


def unknown_images(spec: Spec) -> dict[str, str]:
    """Image → option, of the images whose digests have to be looked up."""
    wanted = spec.present
    if wanted is None or wanted.digests is None:
        return {}
    return {
        container.image: f"containers[{container.name}].image"
        for container in wanted.task.containers
        if not has_digest(container.image) and container.image not in wanted.digests
    }


def with_digests(spec: Spec, snapshot: Snapshot) -> Spec:
    """The spec with digests in place of tags; unchanged if images are not pinned."""
    wanted = spec.present
    if wanted is None or wanted.digests is None:
        return spec
    digests = {**wanted.digests, **snapshot.digests}
    runs = {item["name"]: item for item in snapshot.current.containers} if snapshot.current else {}
    containers = []
    for container in wanted.task.containers:
        image, name = pin(container.image, digests, runs.get(container.name))
        labels = labelled(container.docker_labels, name)
        containers.append(dataclasses.replace(container, image=image, docker_labels=labels))
    task = dataclasses.replace(wanted.task, containers=tuple(containers))
    return dataclasses.replace(spec, present=dataclasses.replace(wanted, task=task))
