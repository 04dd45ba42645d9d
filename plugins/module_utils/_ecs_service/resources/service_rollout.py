# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waiting for a service's rollout. Pure."""

from __future__ import annotations

import dataclasses
import typing as t

from ..._aws.changes import Creation
from ..._engine.plan import Wait
from ..._engine.resource import Resource
from . import scalable_target, service, task_definition
from .service import ServiceUpdate

if t.TYPE_CHECKING:
    from ..snapshot import Snapshot
    from ..spec import Spec

KIND: t.Final = "rollout"
ADDRESS: t.Final = f"{KIND}/main"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Rollout:
    """What to wait for.

    :param service: ECS's name of the service and of its cluster.
    :param port: where the load balancer has to find the tasks healthy; None for a worker.
    :param follows: whether to follow a deployment that this run starts. Otherwise the service has to reach the right
        revision with all of its tasks, by someone else's deployment or none.
    :param task_definition_arn: what should run in the end; empty if this run registers it.
    :param between: the range into which Application Auto Scaling brings the number of tasks; None if it need not.
    """

    service: str
    port: int | None
    follows: bool
    task_definition_arn: str
    between: tuple[int, int] | None = None


def plan(spec: Spec, snapshot: Snapshot) -> t.Iterator[Wait | None]:
    """Waits if this run starts a rollout, or finds one in progress."""
    if spec.absent:
        return
    change = service.change(spec, snapshot)
    data = change.data if change else None
    follows = isinstance(data, Creation) or (isinstance(data, ServiceUpdate) and data.deploys)
    rescaled = isinstance(data, ServiceUpdate) and "desired_count" in data.values
    between = scalable_target.rescales(spec, snapshot)
    if not follows and not rescaled and between is None and snapshot.service and snapshot.service.settled:
        return
    chosen = task_definition.chosen(spec, snapshot)
    yield Wait(
        kind=KIND,
        name="main",
        what=f"the tasks of {spec.name} to be replaced and healthy",
        timeout=spec.wait_timeout,
        data=Rollout(
            service=spec.name,
            port=spec.wanted.service.container_port,
            follows=follows,
            task_definition_arn=chosen.arn if chosen else "",
            between=between,
        ),
    )


RESOURCE: t.Final = Resource(kind=KIND, plan=plan)


def replaces(spec: Spec, snapshot: Snapshot) -> bool:
    """True if running tasks are replaced, which need their present permissions until then."""
    return snapshot.service is not None and any(True for _wait in plan(spec, snapshot))
