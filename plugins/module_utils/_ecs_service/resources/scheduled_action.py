# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The scheduled actions, which set another minimum and maximum at some time. Pure.

They are known by their names, which begin with the service's: others of the same target are left alone.

Source: Application Auto Scaling API, PutScheduledAction and ScheduledAction.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ..._aws import stack_names
from ..._engine.changes import create, delete, update
from ..._engine.field import Answer, Field, parameter
from ..._engine.plan import Change
from ..._engine.resource import Resource

if t.TYPE_CHECKING:
    from ..snapshot import Snapshot
    from ..spec import Spec
    from ..spec_scaling import Schedule

KIND: t.Final = "scheduled_action"


def _limit(name: str, key: str) -> Field:
    def read(action: Answer) -> t.Any:
        return (action.get("ScalableTargetAction") or {}).get(key)

    return Field(name=name, read=read, write=lambda value: {"ScalableTargetAction": {key: value}})


def _date(name: str, key: str) -> Field:
    """It has no option. Left out of a request, it is deleted (PutScheduledAction)."""
    return Field(name=name, read=lambda action: str(action.get(key) or ""), write=lambda _value: {}, default="")


FIELDS: t.Final = (
    parameter("schedule", "Schedule"),
    parameter("timezone", "Timezone", "UTC"),
    _limit("minimum", "MinCapacity"),
    _limit("maximum", "MaxCapacity"),
    _date("start", "StartTime"),
    _date("end", "EndTime"),
)


@dataclasses.dataclass(frozen=True, kw_only=True)
class ScheduledAction:
    """A scheduled action of the target. ``values`` by the names in FIELDS."""

    name: str
    values: t.Mapping[str, t.Any]


@dataclasses.dataclass(frozen=True, kw_only=True)
class ActionChange:
    """``Change.data``: which action of the target of which service, and all of its values; none of one that goes."""

    service: str
    name: str
    values: t.Mapping[str, t.Any] = dataclasses.field(default_factory=dict)


def plan(spec: Spec, snapshot: Snapshot) -> t.Iterator[Change | None]:
    """Puts those that should be there, and deletes others of such names. Without scaling they go with their target.

    Of a time that is past nothing would come.
    """
    if spec.scaling is None:
        return
    found = {item.name: item for item in snapshot.scheduled_actions}
    prefix = stack_names.scaling(spec.owner, "at-")
    late = {item.name for item in over(spec, snapshot)}
    wanted = {f"{prefix}{item.name}": item for item in spec.scaling.schedules if item.name not in late}
    for name, schedule in wanted.items():
        values = _values(schedule)
        address, data = f"{KIND}/{schedule.name}", ActionChange(service=spec.name, name=name, values=values)
        known = found.get(name)
        yield create(address, values, data=data) if known is None else update(address, known.values, values, data=data)
    for name in sorted(found.keys() - wanted.keys()):
        if name.startswith(prefix):
            short, data = name.removeprefix(prefix), ActionChange(service=spec.name, name=name)
            reason = f"the time of {short} is over" if short in late else f"scaling has no schedule {short}"
            yield delete(f"{KIND}/{short}", found[name].values, data=data, reason=reason)


def over(spec: Spec, snapshot: Snapshot) -> tuple[Schedule, ...]:
    """Schedules of a time that is past. One that stands as it should be is what has happened, and none of them.

    What Application Auto Scaling says of such a time is not documented, nor whether it keeps the action afterwards.
    """
    prefix = stack_names.scaling(spec.owner, "at-")
    found = {item.name: item.values for item in snapshot.scheduled_actions}
    schedules = spec.scaling.schedules if spec.scaling and snapshot.now else ()
    return tuple(
        item
        for item in schedules
        if snapshot.now and item.is_over(snapshot.now) and found.get(f"{prefix}{item.name}") != _values(item)
    )


def _values(schedule: Schedule) -> dict[str, t.Any]:
    return {
        "schedule": schedule.expression,
        "timezone": schedule.timezone,
        "minimum": schedule.minimum,
        "maximum": schedule.maximum,
        "start": "",
        "end": "",
    }


RESOURCE: t.Final = Resource(kind=KIND, plan=plan)
