# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of images. Pure.

Source: github.com/distribution/reference, and Docker's familiar names: without a registry an image is Docker Hub's.
"""

from __future__ import annotations

import dataclasses
import re
import typing as t

# The Docker label of a container with the tag that its digest was looked up for.
LABEL: t.Final = "everlook.failover.image"

_DOCKER_HUB: t.Final = "docker.io"
# The host of Docker Hub's API.
_DOCKER_HUB_API: t.Final = "registry-1.docker.io"
_DIGEST: t.Final = re.compile(r"sha256:[0-9a-f]{64}")
_SHOWN: t.Final = 12
# Of an image, and of an index of images for several platforms (OCI Image Specification; Docker's image manifest v2).
MANIFEST_TYPES: t.Final = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Reference:
    """An image by the parts of its name.

    :param registry: host, with its port if it has one.
    :param repository: path in the registry.
    :param tag: ``latest`` if neither tag nor digest is given.
    :param digest: empty for none.
    """

    registry: str
    repository: str
    tag: str
    digest: str = ""


def parse(image: str) -> Reference:
    """The parts of a valid name."""
    name, _at, digest = image.partition("@")
    path, tag = _split_tag(name)
    first, slash, rest = path.partition("/")
    if not slash or not ("." in first or ":" in first or first == "localhost"):
        first, rest = _DOCKER_HUB, path
    if first in (_DOCKER_HUB, "index.docker.io"):
        # An official image has no organization.
        first, rest = _DOCKER_HUB_API, rest if "/" in rest else f"library/{rest}"
    return Reference(registry=first, repository=rest, tag=tag or ("" if digest else "latest"), digest=digest)


def by_digest(image: str, digest: str) -> str:
    """The image's name with a digest in place of its tag: ECS documents names with either, not both."""
    return f"{_split_tag(image.partition('@')[0])[0]}@{digest}"


def pinned(image: str, digest: str = "") -> tuple[str, str]:
    """(The image for ECS, its name with a tag; empty if it had none).

    :param digest: of the tag; empty if not known.
    """
    name, _at, own = image.partition("@")
    if own:
        return by_digest(image, own), name if _split_tag(name)[1] else ""
    return (by_digest(image, digest), image) if digest else (image, "")


def has_digest(image: str) -> bool:
    """Whether an image is named by its digest, with or without a tag."""
    return "@" in image


def is_digest(text: object) -> bool:
    """Whether ECS accepts this digest (ECS API, ContainerDefinition, image)."""
    return isinstance(text, str) and _DIGEST.fullmatch(text) is not None


def shown(image: str) -> str:
    """The first digits of an image's digest, for people."""
    algorithm, _colon, value = image.partition("@")[2].partition(":")
    return f"{algorithm}:{value[:_SHOWN]}"


def label_of(container: t.Mapping[str, t.Any]) -> str:
    """The name with a tag that a container's image was pinned from; empty if it was not."""
    return str((container.get("dockerLabels") or {}).get(LABEL) or "")


def _split_tag(name: str) -> tuple[str, str]:
    """(Name, tag). A colon before the last slash belongs to a port."""
    folder, slash, last = name.rpartition("/")
    base, _colon, tag = last.partition(":")
    return f"{folder}{slash}{base}", tag
