# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The health checks of each region: an endpoint, a switch in each other region, and a CALCULATED one over them."""

from __future__ import annotations

import dataclasses
import typing as t

from ..._aws.owner import Owner
from ..._engine import field
from ..._engine.changes import create, delete, update
from ..._engine.plan import Action, Change
from ..._engine.resource import Resource
from ..._failover_chain import health_checks, record_names, schedules
from ..._failover_chain.health_checks import CALCULATED, ENDPOINT, Check, most_used_first, seat_of
from ..._route53.records import RecordSet
from ..selection import begins, is_removed, select, switch_pairs
from ..snapshot import Snapshot
from ..spec import Spec
from . import switch_alarm as alarms
from .health_check_config import (
    FIELDS,
    IMMUTABLE,
    Values,
    calculated_values,
    endpoint_values,
    fits,
    read,
    switch_values,
)
from .record_set import FAILOVER, INSYNC, NAMED, REGIONAL

KIND: t.Final = "health_check"


@dataclasses.dataclass(frozen=True, kw_only=True)
class CheckData:
    """What the calls need for a health check.

    :param values: of FIELDS; ``children`` replaces the ids of children that may have to be made first.
    :param tags: those to set.
    :param children: addresses of a CALCULATED check's children.
    :param check_id: of an existing check; empty for the one at the address.
    :param same: whether only tags differ.
    """

    owner: Owner
    region: str
    role: str
    values: t.Mapping[str, t.Any]
    tags: t.Mapping[str, str]
    children: tuple[str, ...] = ()
    check_id: str = ""
    same: bool = False

    @property
    def address(self) -> str:
        return health_checks.address(self.region, self.role)


def choose(
    spec: Spec, checks: t.Sequence[Check], records: t.Sequence[RecordSet]
) -> tuple[dict[str, Check], tuple[Check, ...]]:
    """(the check to keep for each address, all others).

    A check is kept if it can be updated to the wanted values; of several the one in use, then the oldest, so that
    concurrent runs choose the same.
    """
    kept: dict[str, Check] = {}
    for check in most_used_first(checks, {record.health_check_id for record in records if record.health_check_id}):
        if spec.absent or fits(read(check), _values(spec, check.region, check.role)):
            kept.setdefault(check.address, check)
    return kept, tuple(check for check in checks if kept.get(check.address) is not check)


def _values(spec: Spec, region: str, role: str) -> Values:
    """The wanted values, without the children of a CALCULATED check."""
    if role == ENDPOINT:
        return endpoint_values(spec.endpoint, record_names.regional_name(region, spec.record_name))
    if role == CALCULATED:
        return calculated_values(())
    return switch_values(spec.owner, region, seat_of(role) or "")


def plan(spec: Spec, snapshot: Snapshot) -> t.Iterator[Change | None]:
    """The changes that give every region in the chain its checks, and delete those that they replace."""
    if spec.absent:
        yield from _releases(spec, snapshot)
        yield from _deletions(spec, snapshot)
        return
    regions = select(spec, snapshot).regions
    pairs = switch_pairs(snapshot, regions)
    for region in regions:
        yield from _endpoint(spec, snapshot, region)
    for evicted, seat in pairs:
        wanted = _held(snapshot, _wanted(spec, evicted, health_checks.switch(seat)), (evicted, seat))
        yield _converge(spec, snapshot, wanted, {alarms.address(evicted, seat)})
    for region in regions:
        roles = [ENDPOINT, *(health_checks.switch(seat) for evicted, seat in pairs if evicted == region)]
        children = tuple(health_checks.address(region, role) for role in roles)
        values = calculated_values(snapshot.check_id(spec, child) for child in children)
        wanted = dataclasses.replace(_wanted(spec, region, CALCULATED), values=values, children=children)
        yield _converge(spec, snapshot, wanted, children)
    yield from _surplus(snapshot, regions, pairs)


def _wanted(spec: Spec, region: str, role: str) -> CheckData:
    tags = spec.owner.tags(health_checks.address(region, role))
    return CheckData(owner=spec.owner, region=region, role=role, values=_values(spec, region, role), tags=tags)


def _held(snapshot: Snapshot, wanted: CheckData, pair: tuple[str, str]) -> CheckData:
    """A switch that evicts continues to do so while Route 53 has no data of a new metric. The next run restores it."""
    kept = snapshot.kept.get(wanted.address)
    same = kept is None or read(kept)["alarm_settings"] == wanted.values["alarm_settings"]
    if same or pair not in snapshot.pulled:
        return wanted
    return dataclasses.replace(wanted, values={**wanted.values, "insufficient_data_health_status": "Unhealthy"})


def _endpoint(spec: Spec, snapshot: Snapshot, region: str) -> t.Iterator[Change | None]:
    """A check is made or enabled only after all name servers know the regional name. See record_set.plan."""
    wanted = _wanted(spec, region, ENDPOINT)
    kept = snapshot.kept.get(wanted.address)
    if not begins(spec, snapshot) or (kept and not read(kept)["disabled"]):
        yield _converge(spec, snapshot, wanted, {REGIONAL, NAMED})
        return
    values = {**wanted.values, "disabled": True}
    yield _converge(spec, snapshot, dataclasses.replace(wanted, values=values), ())
    enabled = dataclasses.replace(wanted, tags={})
    yield Change(
        kind=KIND,
        name=f"{region}-{ENDPOINT}-enabled",
        action=Action.UPDATE,
        reason="disabled until all name servers know the name that it probes",
        before={"disabled": True},
        after={"disabled": False},
        needs=frozenset({wanted.address, INSYNC}),
        data=enabled,
    )


def _converge(spec: Spec, snapshot: Snapshot, wanted: CheckData, needs: t.Iterable[str]) -> Change | None:
    kept = snapshot.kept.get(wanted.address)
    if kept is None:
        return _create(snapshot, wanted, needs)
    found = read(kept)
    data = dataclasses.replace(
        wanted,
        tags=spec.owner.tag_drift(kept.tags, wanted.address),
        check_id=kept.id,
        same=not field.differing(FIELDS, found, wanted.values),
    )
    before = {**found, "tags": {key: kept.tags.get(key) for key in wanted.tags}}
    return update(wanted.address, before, {**wanted.values, "tags": wanted.tags}, data=data, needs=needs)


def _create(snapshot: Snapshot, wanted: CheckData, needs: t.Iterable[str]) -> Change:
    replaced = next((check for check in snapshot.surplus if check.address == wanted.address), None)
    differ = field.differing(IMMUTABLE, read(replaced), wanted.values) if replaced else {}
    reason = f"replaces one that differs in {', '.join(differ)}, which cannot be changed" if differ else "missing"
    after = {**wanted.values, "tags": dict(wanted.tags)}
    return create(wanted.address, after, data=wanted, needs=needs, reason=reason)


def _surplus(
    snapshot: Snapshot, regions: t.Collection[str], pairs: t.Collection[tuple[str, str]]
) -> t.Iterator[Change]:
    """Delete replaced and duplicate checks once nothing refers to them."""
    for check in snapshot.surplus:
        seat = seat_of(check.role)
        if (check.region, seat) in pairs if seat else check.region in regions:
            calculated = health_checks.address(check.region, CALCULATED)
            parents = {snapshot.address_of(other) for other in snapshot.surplus if check.id in other.children}
            needs = {FAILOVER, INSYNC} if check.role == CALCULATED else {calculated, *parents}
            yield _delete(snapshot, check, "replaced or double", needs)


def _releases(spec: Spec, snapshot: Snapshot) -> t.Iterator[Change | None]:
    """Remove the switches in removed regions from the CALCULATED checks that stay."""
    gone = {check.id for check in snapshot.checks if _is_removed(spec, check)}
    for check in snapshot.checks:
        children = [child for child in check.children if child not in gone]
        if check.id in gone or not children or len(children) == len(check.children):
            continue
        values = calculated_values(children)
        data = CheckData(
            owner=spec.owner, region=check.region, role=check.role, values=values, tags={}, check_id=check.id
        )
        yield update(snapshot.address_of(check), read(check), values, data=data, needs=[INSYNC, FAILOVER])


def _deletions(spec: Spec, snapshot: Snapshot) -> t.Iterator[Change]:
    """Delete records first, then their checks, then the alarms that switches follow, then the rest.

    The next run finds everything that an interrupted removal has left: health checks are listed for the whole account
    and have their regions in their CallerReference, so alarms and schedules go before their switch check and before
    the endpoint check of their region. If they could not be read, these checks stay.
    """
    calculated = {snapshot.address_of(check) for check in snapshot.checks if check.role == CALCULATED}
    owned = [alarm for found in snapshot.alarms.values() for alarm in found if alarm.owned]
    for check in snapshot.checks:
        # The region whose alarms and schedule are found through this check
        seat = None if check.role == CALCULATED else seat_of(check.role) or check.region
        if _is_removed(spec, check) and seat not in snapshot.unread:
            behind = {alarms.address(alarm.evicted, alarm.seat) for alarm in owned if alarm.seat == seat}
            behind |= {schedules.address(seat)} if seat else set()
            needs = {INSYNC, FAILOVER, *(calculated | behind if seat else ())}
            yield _delete(snapshot, check, "not wanted", needs)


def _is_removed(spec: Spec, check: Check) -> bool:
    return is_removed(spec, check.region, seat_of(check.role))


def _delete(snapshot: Snapshot, check: Check, reason: str, needs: t.Iterable[str]) -> Change:
    return delete(snapshot.address_of(check), {"id": check.id, **read(check)}, data=check, needs=needs, reason=reason)


RESOURCE: t.Final[Resource[Spec, Snapshot]] = Resource(
    kind=KIND,
    plan=plan,
    identify=lambda snapshot: {address: {"id": check.id} for address, check in snapshot.kept.items()},
)
