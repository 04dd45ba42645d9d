# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What expires in a repository, and what never does. Pure.

ECR's rules select images by tag, age and count, and cannot see which ones run. Deployed images are safe, because an
image that matches the tagging requirements of a rule cannot be expired by a rule with a lower priority (ECR User Guide,
"Lifecycle policies", evaluation rules): the first rule matches the tags of image_tag.py, and expires nothing.
"""

from __future__ import annotations

import typing as t

from ..._engine.changes import change_between
from ..._engine.plan import Change
from ..._engine.resource import Resource
from ..images import PREFIX
from . import image_tag, repository

if t.TYPE_CHECKING:
    from ..snapshot import Snapshot
    from ..spec import Lifecycle, Spec

KIND: t.Final = "lifecycle_policy"
# Far more than the ten images whose tag image_tag.py keeps.
_NONE: t.Final = 9999


def address(name: str) -> str:
    """The address of a repository's policy."""
    return f"{KIND}/{name}"


def document(lifecycle: Lifecycle) -> dict[str, t.Any]:
    """The policy."""
    selections: list[tuple[str, dict[str, t.Any]]] = [
        (
            "What is deployed never expires",
            {**_tagged(f"{PREFIX}*"), "countType": "imageCountMoreThan", "countNumber": _NONE},
        )
    ]
    if lifecycle.untagged_days:
        age = {"countType": "sinceImagePushed", "countUnit": "days", "countNumber": lifecycle.untagged_days}
        selections.append(("Images without a tag", {"tagStatus": "untagged", **age}))
    if lifecycle.keep_images:
        count = {"countType": "imageCountMoreThan", "countNumber": lifecycle.keep_images}
        selections.append(("The oldest images", {**_tagged("*"), **count}))
    return {
        "rules": [
            {"rulePriority": priority, "description": text, "selection": selection, "action": {"type": "expire"}}
            for priority, (text, selection) in enumerate(selections, 1)
        ]
    }


def _tagged(pattern: str) -> dict[str, t.Any]:
    return {"tagStatus": "tagged", "tagPatternList": [pattern]}


def plan(spec: Spec, snapshot: Snapshot) -> t.Iterator[Change | None]:
    """The changes, after the tags of images that must not expire. ``Change.data`` is the document."""
    if spec.absent:
        return
    wanted = document(spec.lifecycle) if spec.lifecycle.expires else None
    tags = {change.address for change in image_tag.plan(spec, snapshot)}
    for name in spec.repositories:
        found, needs = snapshot.lifecycle.get(name), {repository.address(name), *tags}
        yield change_between(address(name), found, wanted, data=wanted, needs=needs, reason="nothing should expire")


RESOURCE: t.Final = Resource(kind=KIND, plan=plan)
