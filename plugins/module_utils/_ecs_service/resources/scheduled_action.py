# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The scheduled actions, which set another minimum and maximum at some time. Pure.

They are identified by their names, which begin with the service's: others of the same target are left alone.

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
    """A date, which has no option. PutScheduledAction deletes it if it is left out."""
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
    """``Change.data``: an action of the service's target with all its values; without them, to delete."""

    service: str
    name: str
    values: t.Mapping[str, t.Any] = dataclasses.field(default_factory=dict)


def plan(spec: Spec, snapshot: Snapshot) -> t.Iterator[Change | None]:
    """Puts the wanted actions, and deletes others of such names. Without scaling, they go with their target.

    Actions whose time is past would have no effect.
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
    """Schedules whose time is past, without those that exist as wanted, since they have taken place.

    How Application Auto Scaling answers to such a time is not documented, nor whether it keeps the action afterwards.
    """
    if spec.scaling is None or snapshot.now is None:
        return ()
    past = [item for item in spec.scaling.schedules if item.is_over(snapshot.now)]
    prefix = stack_names.scaling(spec.owner, "at-")
    found = {item.name: item.values for item in snapshot.scheduled_actions}
    return tuple(item for item in past if found.get(f"{prefix}{item.name}") != _values(item))


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
