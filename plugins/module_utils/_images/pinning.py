# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pinned images of containers. Pure.

Only digests are compared: another name for the deployed digest is not a change.
"""

from __future__ import annotations

import typing as t

from .answer import Answer
from .reference import LABEL, has_digest, label_of, pinned

Container: t.TypeAlias = "t.Mapping[str, t.Any]"


def pin(image: str, digests: t.Mapping[str, str], runs: Container | None) -> tuple[str, str]:
    """(The image to run, the name with a tag for the label; empty for none).

    :param digests: by image; empty if not known.
    :param runs: the deployed container definition. Its digest stays if no other is known.
    """
    digest = digests.get(image, "")
    if runs and not digest and label_of(runs) == image and has_digest(str(runs.get("image", ""))):
        return str(runs["image"]), image
    return pinned(image, digest)


def labelled(labels: t.Mapping[str, str], name: str) -> dict[str, str]:
    """The Docker labels with the name that the image was pinned from, or without it."""
    others = {key: value for key, value in labels.items() if key != LABEL}
    return {**others, LABEL: name} if name else others


def moved(runs: Container, wanted: Container) -> str:
    """Why another digest is wanted, for people, if the name is the same; else empty."""
    before, after = str(runs.get("image", "")), str(wanted.get("image", ""))
    name = label_of(wanted)
    if before == after or not name or label_of(runs) != name:
        return ""
    return f"{name} now points to {after.partition('@')[2]}"


def named(container: Container) -> str:
    """The image of a container definition, with tag and digest if both are known."""
    image, name = str(container.get("image", "")), label_of(container)
    return f"{name}@{image.partition('@')[2]}" if name and has_digest(image) else image


def missing(image: str) -> tuple[str, str]:
    """The problem and the remedy for an image that does not exist."""
    return f"there is no image {image}.", "Push it, or correct its name or tag."


def unanswered(image: str, answer: Answer) -> str:
    """A warning about an image whose registry did not answer."""
    return (
        f"The digest of {image} could not be found, because {answer.unanswered}. What runs under this name stays as it "
        "is. If nothing does, the tag is deployed without its digest."
    )
