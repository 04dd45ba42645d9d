# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What expires in a repository, and what never does. Pure.

ECR's rules know tags, ages and numbers, and not what runs. That nothing deployed expires is guaranteed by one sentence
of its user guide ("Lifecycle policies", evaluation rules): an image that matches the tagging requirements of a rule
cannot be expired by a rule with a lower priority. So the first rule is about the tags of image_tag.py, and expires
nothing. The others can have any numbers.
"""

from __future__ import annotations

import typing as t

from ..._engine.changes import create, delete, update
from ..._engine.plan import Change
from ..._engine.resource import Resource
from ..images import PREFIX
from . import image_tag, repository

if t.TYPE_CHECKING:
    from ..snapshot import Snapshot
    from ..spec import Lifecycle, Spec

KIND: t.Final = "lifecycle_policy"
# More images than ten, which is what image_tag.py leaves of those with such a tag.
_NONE: t.Final = 9999


def address(name: str) -> str:
    """Of the policy of a repository."""
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
    """The changes, each behind the tags of what must not expire."""
    if spec.absent:
        return
    tags = {change.address for change in image_tag.plan(spec, snapshot)}
    for name in spec.repositories:
        found = snapshot.lifecycle.get(name)
        needs = {repository.address(name), *tags}
        if not spec.lifecycle.expires:
            if found is not None:
                yield delete(address(name), found, data=name, reason="nothing should expire")
            continue
        wanted = document(spec.lifecycle)
        if found is None:
            yield create(address(name), wanted, data=wanted, needs=needs)
        else:
            yield update(address(name), found, wanted, data=wanted, needs=needs)


RESOURCE: t.Final = Resource(kind=KIND, plan=plan)
