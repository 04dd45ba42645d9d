# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan of the switch alarms: in every region of the chain one for each other region."""

from __future__ import annotations

import dataclasses
import typing as t

from .._aws.stack_names import switch_alarm
from .._engine.compare import differences, update
from .._engine.errors import ConflictError
from .._engine.plan import Action, Change
from .._failover_chain import health_checks
from . import alarms
from .alarms import alarm_address
from .selection import switch_pairs
from .snapshot import Alarm, Snapshot
from .spec import Spec


@dataclasses.dataclass(frozen=True, kw_only=True)
class AlarmData:
    """What apply needs for an alarm.

    :param tags: those to set.
    :param arn: of an alarm that exists; its tags are then set apart, since PutMetricAlarm takes them for new ones only.
    """

    name: str
    seat: str
    settings: t.Mapping[str, t.Any]
    tags: t.Mapping[str, str]
    actions: t.Mapping[str, t.Any] = dataclasses.field(default_factory=dict)
    arn: str = ""
    same_settings: bool = False


def alarm_changes(spec: Spec, snapshot: Snapshot, regions: t.Sequence[str]) -> tuple[Change, ...]:
    """The changes that bring the alarms in place. Raises ConflictError for an alarm of that name that is not ours."""
    pairs = [pair for pair in switch_pairs(snapshot, regions) if pair[1] in snapshot.alarms]
    changes = (_converge(spec, snapshot, evicted, seat) for evicted, seat in pairs)
    return tuple(change for change in changes if change)


def delete_alarm(alarm: Alarm, needs: t.Iterable[str]) -> Change:
    """The change that deletes an alarm."""
    return Change(
        kind="metric_alarm",
        name=alarm.address.partition("/")[2],
        action=Action.DELETE,
        reason=f"no longer needed in {alarm.seat}",
        before={"AlarmName": alarm.name, **alarm.settings},
        needs=frozenset(needs),
        data=alarm,
    )


def _converge(spec: Spec, snapshot: Snapshot, evicted: str, seat: str) -> Change | None:
    address = alarm_address(evicted, seat)
    name = switch_alarm(spec.owner, evicted)
    wanted = alarms.settings(spec.owner, evicted, seat)
    data = AlarmData(name=name, seat=seat, settings=wanted, tags=spec.owner.tags(address))
    # Whoever looks for our alarms knows from health checks in which regions to look; see plan_absent.
    needs = frozenset({health_checks.address(seat, health_checks.ENDPOINT)})
    found = next((alarm for alarm in snapshot.alarms[seat] if alarm.name == name), None)
    if found is not None:
        return _update(spec, found, data, needs)
    return Change(
        kind="metric_alarm",
        name=address.partition("/")[2],
        action=Action.CREATE,
        reason="missing",
        after={**alarms.for_put(name, wanted), "Tags": dict(data.tags)},
        needs=needs,
        data=data,
    )


def _update(spec: Spec, found: Alarm, wanted: AlarmData, needs: frozenset[str]) -> Change | None:
    if not found.owned:
        raise ConflictError(
            f"the CloudWatch alarm {found.name} in {found.seat} is not this stack's. "
            "Delete it, or use another stack name."
        )
    data = dataclasses.replace(
        wanted,
        actions=found.actions,
        arn=found.arn,
        tags=spec.owner.tag_drift(found.tags, found.address),
        same_settings=not differences(found.settings, wanted.settings),
    )
    return update(
        "metric_alarm",
        found.address.partition("/")[2],
        {**found.settings, "Tags": {key: found.tags.get(key) for key in wanted.tags}},
        {**wanted.settings, "Tags": wanted.tags},
        needs=needs,
        data=data,
    )
