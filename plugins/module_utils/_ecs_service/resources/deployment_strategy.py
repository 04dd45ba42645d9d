# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The deployment strategy of a service with two target groups, which is set after a rollout. Pure."""

from __future__ import annotations

import typing as t

from ..._engine.changes import update
from ..._engine.plan import Change
from ..._engine.resource import Resource
from . import service
from .service import ServiceUpdate

if t.TYPE_CHECKING:
    from ..snapshot import Snapshot
    from ..spec import Spec

KIND: t.Final = "deployment_strategy"
ADDRESS: t.Final = f"{KIND}/main"


def plan(spec: Spec, snapshot: Snapshot) -> t.Iterator[Change | None]:
    """Sets what differs. A new service is created with its strategy."""
    found = snapshot.service
    differing = service.strategy(spec, snapshot)
    if found is None or not differing:
        return
    values = service.whole_strategy(spec, snapshot, found)
    yield update(
        ADDRESS,
        {name: old for name, (old, _new) in differing.items()},
        {name: new for name, (_old, new) in differing.items()},
        data=ServiceUpdate(name=spec.name, arn=found.arn, values=values, tags={}, force=False, deploys=False),
    )


RESOURCE: t.Final = Resource(kind=KIND, plan=plan)
