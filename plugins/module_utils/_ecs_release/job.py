# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ecs_release: another image, or the previous revision, for a deployed service."""

from __future__ import annotations

import dataclasses
import typing as t

from .._ecs_service.resources import service, service_calls, service_rollout_calls, task_definition
from .._ecs_service.resources.task_definition_calls import register
from .._engine.context import Context
from .._engine.job import Job
from .._engine.known import Known
from .._engine.layer import Layer
from .._engine.plan import Change
from .._engine.resource import Calls
from .observe import observe
from .options import OPTIONS, REQUIRED_IF
from .plan import RESOURCE, Registration, chosen, describe, images_of, named_images_of, plan, sentence
from .snapshot import Snapshot
from .spec import Spec, parse


def outputs(spec: Spec, snapshot: Snapshot, known: Known) -> dict[str, t.Any]:
    """The module's return values."""
    revision, current = chosen(spec, snapshot), snapshot.current
    arn = revision.arn if revision else known.describe(task_definition.ADDRESS)
    return {
        "cluster": spec.name,
        "service": spec.name,
        "component": spec.owner.component,
        **describe(arn, images_of(spec, snapshot), named_images_of(spec, snapshot)),
        "before": describe(current.arn, current.images, current.named_images),
        "summary": [sentence(spec, snapshot, revision)],
        "desired_count": int(known.describe(service.ADDRESS, "desired")),
        "running_count": int(known.describe(service.ADDRESS, "running")),
    }


def _register(ctx: Context, change: Change, known: Known) -> None:
    data: Registration = change.data
    known.put(change.address, id=register(ctx, data.owner, data.request, data.tags))


# Not a layer of its own: it changes what ecs_service has created.
_LAYER: t.Final = Layer(
    name="ecs_release",
    options=OPTIONS,
    required_if=REQUIRED_IF,
    parse=parse,
    observe=observe,
    plan=plan,
    replaces=lambda found: service.replaces_tasks(found.changes),
    outputs=outputs,
    resources=(RESOURCE,),
    calls=(Calls(kind=task_definition.KIND, update=_register), service_calls.CALLS, service_rollout_calls.CALLS),
)

JOB: t.Final[Job] = dataclasses.replace(_LAYER.job, argument_spec=OPTIONS)
