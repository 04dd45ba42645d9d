# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The layer ecr, and its job, which also warns of repositories that a removal keeps."""

from __future__ import annotations

import dataclasses
import typing as t

from .._aws import untagged
from .._engine.context import Context
from .._engine.job import Job
from .._engine.known import Known
from .._engine.layer import Layer
from .observe import observe
from .options import OPTIONS
from .plan import RESOURCES, plan
from .resources import (
    image_tag_calls,
    lifecycle_policy_calls,
    replication_rule_calls,
    repository,
    repository_calls,
    repository_policy_calls,
)
from .snapshot import Snapshot
from .spec import Spec, parse


def outputs(spec: Spec, snapshot: Snapshot, known: Known) -> dict[str, t.Any]:
    """The module's return values."""
    return {
        "repositories": [
            {
                "name": name,
                "arn": known.describe(repository.address(name)),
                "uri": known.describe(repository.address(name), "uri"),
            }
            for name in (() if spec.absent else spec.repositories)
        ],
        "kept": repository.kept(spec, snapshot),
    }


def left(spec: Spec, snapshot: Snapshot) -> list[dict[str, str]]:
    """Untagged repositories with the names of those to delete."""
    if not spec.absent:
        return []
    found = [(repository.address(name), each.arn, each.tags) for name, each in snapshot.repositories.items()]
    return untagged.describe(spec.owner, found)


LAYER: t.Final[Layer[Spec, Snapshot]] = Layer(
    name="ecr",
    options=OPTIONS,
    parse=parse,
    observe=observe,
    plan=plan,
    outputs=outputs,
    resources=RESOURCES,
    untagged=left,
    calls=(
        repository_calls.CALLS,
        image_tag_calls.CALLS,
        lifecycle_policy_calls.CALLS,
        repository_policy_calls.CALLS,
        replication_rule_calls.CALLS,
    ),
)


def run(ctx: Context) -> dict[str, t.Any]:
    """Converge, and warn of repositories that are kept, also in check mode."""
    result = LAYER.job.run(ctx)
    if result["kept"]:
        ctx.warn(
            f"{LAYER.name}: {', '.join(result['kept'])} in {ctx.region} stays, because there are images in it. Set "
            "delete_images to true (ecr_delete_images in an inventory, or -e) to delete them, too."
        )
    return result


JOB: t.Final[Job] = dataclasses.replace(LAYER.job, run=run)
