# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan for ``absent``: records first, then what they rest on.

What is left of a removal that was cut off is always found again: health checks are listed for the whole account and say
in their CallerReference which regions they are about, so they go last. An alarm goes before the endpoint check of the
region it is in, and before its own switch check.
"""

from __future__ import annotations

import typing as t

from .._engine.compare import update
from .._engine.plan import Change, Plan
from .._failover_chain import chain, health_checks, record_names
from .._failover_chain.health_checks import Check
from .._route53.records import RecordAction, RecordChange, RecordSet
from . import configs
from .plan_alarms import delete_alarm
from .plan_checks import FAILOVER, INSYNC, CheckData, delete_check
from .plan_records import batch, insync
from .snapshot import Alarm, Snapshot
from .spec import Spec


def plan(spec: Spec, snapshot: Snapshot) -> Plan:
    """Take the listed regions out of DNS, or all of them when none is listed. What stays is not repaired."""
    records = batch(snapshot, FAILOVER, _record_changes(spec, snapshot)) if snapshot.zone_id else ()
    gone = [check for check in snapshot.checks if _goes(spec, check.region, health_checks.seat_of(check.role))]
    alarms = [alarm for found in snapshot.alarms.values() for alarm in found]
    alarms = [alarm for alarm in alarms if alarm.owned and _goes(spec, alarm.evicted, alarm.seat)]
    released = tuple(_release(spec, snapshot, gone))
    # Nothing is taken from under a record that some name server still has.
    first = {INSYNC, FAILOVER, *(change.address for change in released)}
    first |= {snapshot.address_of(check) for check in gone if check.role == health_checks.CALCULATED}
    # An alarm that could not be read is found again by the checks that name its region: they stay until it is.
    checks = (_delete(snapshot, check, alarms, first) for check in gone if _witness(check) not in snapshot.unread)
    return Plan(
        changes=(*records, *released, *(delete_alarm(alarm, first) for alarm in alarms), *checks),
        waits=insync(spec, records),
    )


def _goes(spec: Spec, region: str, other: str | None) -> bool:
    return not spec.regions or region in spec.names or other in spec.names


def _record_changes(spec: Spec, snapshot: Snapshot) -> tuple[RecordChange, ...]:
    """One batch over every chain of ours in the zone: the one in use, and any left under an earlier record_name."""
    changes: list[RecordChange] = []
    for base in sorted({spec.record_name, *chain.bases(spec.owner, snapshot.records)}):
        own = chain.own_records(spec.owner, base, snapshot.records)
        members = chain.members_of(spec.owner, base, snapshot.records)
        stay = [member for member in members if spec.regions and member.region not in spec.names]
        wanted = chain.records_of(spec.owner, snapshot.zone_id or "", base, stay)
        changes += chain.transition(own, wanted)
        known = {member.region for member in members} if base != spec.record_name else set()
        changes += (
            RecordChange(RecordAction.DELETE, record)
            for record in snapshot.records
            if _is_regional(spec, snapshot, base, record, known)
        )
    return tuple(changes)


def _is_regional(spec: Spec, snapshot: Snapshot, base: str, record: RecordSet, known: t.Collection[str]) -> bool:
    """True for the own name of a region that goes, if the name is ours."""
    region, _dot, rest = record.name.partition(".")
    if rest != base or record.type != "A" or not record.is_simple or record.alias is None:
        return False
    ours = region in known or snapshot.knows(region)
    return _goes(spec, region, None) and (ours or record_names.is_balancer_of(spec.owner, region, record.alias))


def _release(spec: Spec, snapshot: Snapshot, gone: t.Sequence[Check]) -> t.Iterator[Change]:
    """The CALCULATED checks that stay, without the switches of the regions that go."""
    ids = {check.id for check in gone}
    for check in snapshot.checks:
        children = [child for child in check.children if child not in ids]
        if check in gone or len(children) == len(check.children) or not children:
            continue
        wanted = configs.calculated(children)
        name = snapshot.address_of(check).partition("/")[2]
        data = CheckData(
            owner=spec.owner, region=check.region, role=check.role, config=wanted, tags={}, check_id=check.id
        )
        change = update("health_check", name, check.config, wanted, needs=[INSYNC, FAILOVER], data=data)
        if change:
            yield change


def _witness(check: Check) -> str | None:
    """The region whose alarms are known of through this check."""
    return None if check.role == health_checks.CALCULATED else health_checks.seat_of(check.role) or check.region


def _delete(snapshot: Snapshot, check: Check, alarms: t.Sequence[Alarm], first: t.Collection[str]) -> Change:
    if check.role == health_checks.CALCULATED:
        needs = {INSYNC, FAILOVER}
    else:
        needs = {*first, *(alarm.address for alarm in alarms if alarm.seat == _witness(check))}
    return delete_check(check, snapshot.address_of(check), "not wanted", needs)
