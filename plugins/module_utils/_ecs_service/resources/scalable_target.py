# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The range in which Application Auto Scaling sets the number of tasks. Pure.

A scalable target is a setting of the service rather than a resource of its own: a service has at most one, and it has
no name. A tag of the service, which is read anyway, says whether it has one (_aws/scaled.py): if scaling is off, that
saves the call that would look for it.

Sources: Application Auto Scaling API, RegisterScalableTarget, DeregisterScalableTarget and ScalableTarget.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ..._aws.scaled import is_scaled
from ..._engine.changes import create, delete, update
from ..._engine.field import Answer, Field, parameter
from ..._engine.plan import Change
from ..._engine.resource import Resource

if t.TYPE_CHECKING:
    from ..snapshot import Snapshot
    from ..spec import Spec
    from ..spec_scaling import Scaling

KIND: t.Final = "scalable_target"
ADDRESS: t.Final = f"{KIND}/main"

_SUSPENDED: t.Final[t.Mapping[str, str]] = {
    "scale_in": "DynamicScalingInSuspended",
    "scale_out": "DynamicScalingOutSuspended",
    "schedules": "ScheduledScalingSuspended",
}


def _read_suspended(target: Answer) -> list[str]:
    state = target.get("SuspendedState") or {}
    return [name for name, key in _SUSPENDED.items() if state.get(key)]


FIELDS: t.Final = (
    parameter("minimum", "MinCapacity"),
    parameter("maximum", "MaxCapacity"),
    # It has no option, and may have been set by other means.
    Field(
        name="suspended",
        read=_read_suspended,
        write=lambda value: {"SuspendedState": {key: name in value for name, key in _SUSPENDED.items()}},
        default=[],
    ),
)


@dataclasses.dataclass(frozen=True, kw_only=True)
class ScalableTarget:
    """The target of the service. ``values`` by the names in FIELDS."""

    values: t.Mapping[str, t.Any]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Registration:
    """``Change.data``: the values to set on the service's target."""

    service: str
    values: t.Mapping[str, t.Any]


def plan(spec: Spec, snapshot: Snapshot) -> t.Iterator[Change | None]:
    """Registers, repairs or deregisters it."""
    found = snapshot.scalable_target
    if found is not None and removes(spec, snapshot):
        reason = "state is absent" if spec.absent else "scaling is not set"
        yield delete(ADDRESS, found.values, data=spec.name, reason=reason)
    scaling = spec.scaling
    if scaling is None:
        return
    wanted = _wanted(scaling, found)
    data = Registration(service=spec.name, values=wanted)
    yield create(ADDRESS, wanted, data=data) if found is None else update(ADDRESS, found.values, wanted, data=data)


def removes(spec: Spec, snapshot: Snapshot) -> bool:
    """True if this run deletes the service's target, if there is one: others' stay as long as the service does."""
    if spec.scaling is not None:
        return False
    service = snapshot.service
    return service is None or (spec.owner.owns(service.tags) and (spec.absent or is_scaled(service.tags)))


def rescales(spec: Spec, snapshot: Snapshot) -> tuple[int, int] | None:
    """The range into which this run brings the number of tasks; None if it is inside, or nothing changes it."""
    if spec.scaling is None or not any(plan(spec, snapshot)):
        return None
    found = snapshot.scalable_target
    wanted = _wanted(spec.scaling, found)
    count = snapshot.service.desired_count if snapshot.service else spec.wanted.service.first_count
    low, high = wanted["minimum"], wanted["maximum"]
    return None if low <= count <= high else (low, high)


def _wanted(scaling: Scaling, found: ScalableTarget | None) -> dict[str, t.Any]:
    low, high = scaling.minimum, scaling.maximum
    if found is not None and (found.values["minimum"], found.values["maximum"]) in scaling.ranges:
        # A schedule has set it.
        low, high = found.values["minimum"], found.values["maximum"]
    return {"minimum": low, "maximum": high, "suspended": []}


RESOURCE: t.Final = Resource(kind=KIND, plan=plan)
