# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan of the records: regional names first, then the whole chain in one batch."""

from __future__ import annotations

import dataclasses
import typing as t

from .._engine.errors import ConflictError
from .._engine.plan import Action, Change, Wait
from .._failover_chain import chain, health_checks, record_names
from .._route53.names import readable
from .._route53.records import SYNC_POLL_SECONDS, RecordAction, RecordChange, RecordSet
from .plan_checks import FAILOVER, INSYNC, REGIONAL
from .selection import Selection
from .snapshot import Snapshot
from .spec import Spec

_CONFLICTING_TYPES: t.Final = frozenset({"A", "CNAME"})


@dataclasses.dataclass(frozen=True, kw_only=True)
class BatchData:
    """What apply needs for a change batch.

    :param placeholders: of health check ids inside the records → the address that gives the id once it is known.
    """

    zone_id: str
    changes: tuple[RecordChange, ...]
    placeholders: t.Mapping[str, str] = dataclasses.field(default_factory=dict)


def regional_changes(spec: Spec, snapshot: Snapshot, selection: Selection) -> tuple[Change, ...]:
    """The change that gives every region in the chain a name of its own. Raises ConflictError."""
    made: list[RecordChange] = []
    for member in selection.members:
        name = record_names.regional_name(member.region, spec.record_name)
        alias = dataclasses.replace(member.balancer, evaluate_target_health=False)
        wanted = RecordSet(name=name, type="A", alias=alias)
        current = _simple_at(snapshot, name)
        if current is None:
            made.append(RecordChange(RecordAction.CREATE, wanted))
        elif not _is_ours(spec, snapshot, member.region, current):
            raise ConflictError(
                f"{current.type} {readable(name)} is the health check's name of {member.region}, and stands there for "
                "something else. Delete that record, or choose another record_name."
            )
        elif not chain.equal(current, wanted):
            made.append(RecordChange(RecordAction.UPSERT, wanted))
    return batch(snapshot, REGIONAL, made)


def chain_changes(spec: Spec, snapshot: Snapshot, selection: Selection) -> tuple[Change, ...]:
    """The change that brings all failover records in place, atomically. Raises ConflictError."""
    zone_id = zone_id_of(spec, snapshot)
    wanted = chain.records_of(spec.owner, zone_id, spec.record_name, selection.members)
    own = chain.own_records(spec.owner, spec.record_name, snapshot.records)
    simple = [RecordChange(RecordAction.DELETE, record) for record in _to_replace(spec, snapshot, selection, wanted)]
    addresses = {region: health_checks.address(region, health_checks.CALCULATED) for region in selection.regions}
    placeholders = {
        spec.placeholder(address): address for address in addresses.values() if address not in snapshot.kept
    }
    return batch(
        snapshot,
        FAILOVER,
        (*simple, *chain.transition(own, wanted)),
        needs=(REGIONAL, *addresses.values()),
        placeholders=placeholders,
        zone_id=zone_id,
    )


def zone_id_of(spec: Spec, snapshot: Snapshot) -> str:
    """The zone's id, or a placeholder."""
    return snapshot.zone_id or spec.placeholder("hosted_zone/main")


def batch(
    snapshot: Snapshot,
    address: str,
    changes: t.Sequence[RecordChange],
    *,
    needs: t.Iterable[str] = (),
    placeholders: t.Mapping[str, str] | None = None,
    zone_id: str = "",
) -> tuple[Change, ...]:
    """One change for a whole change batch; none for an empty one. It names every record set it is about."""
    if not changes:
        return ()
    before, after = _shown(snapshot, changes)
    kind, _separator, name = address.partition("/")
    action = Action.UPDATE if before and after else Action.CREATE if after else Action.DELETE
    reason = ", ".join(f"{_verb(label, before, after)} {label}" for label in sorted({**before, **after}))
    data = BatchData(
        zone_id=zone_id or snapshot.zone_id or "", changes=tuple(changes), placeholders=dict(placeholders or {})
    )
    return (
        Change(
            kind=kind,
            name=name,
            action=action,
            reason=reason,
            before=before,
            after=after,
            needs=frozenset(needs),
            data=data,
        ),
    )


def insync(spec: Spec, batches: t.Sequence[Change]) -> tuple[Wait, ...]:
    """The wait until all of Route 53's name servers answer with the records."""
    if not batches:
        return ()
    kind, _separator, name = INSYNC.partition("/")
    return (
        Wait(
            kind=kind,
            name=name,
            what=f"the records of {readable(spec.record_name)} on all of Route 53's name servers",
            timeout=spec.timeout,
            interval=SYNC_POLL_SECONDS,
            needs=frozenset(change.address for change in batches),
        ),
    )


def _to_replace(
    spec: Spec, snapshot: Snapshot, selection: Selection, wanted: t.Sequence[RecordSet]
) -> t.Iterator[RecordSet]:
    """Records of others where the chain goes, if they may be replaced. Raises ConflictError otherwise."""
    for record in _beside_ours(spec, snapshot, {item.name for item in wanted}):
        at_name = record.name == spec.record_name
        ours = record.is_simple and _leads_to_us(spec, selection, record)
        if at_name and (ours or spec.replace_records):
            yield record
            continue
        remedy = "set replace_records to true to replace it, or " if at_name else ""
        raise ConflictError(
            f"{record.type} {readable(record.name)} already stands in the zone, and is not this stack's: "
            f"{remedy}delete it, or choose another record_name."
        )


def _leads_to_us(spec: Spec, selection: Selection, record: RecordSet) -> bool:
    """Whether the record is an alias of a load balancer of this stack."""
    alias = record.alias
    return alias is not None and any(
        record_names.plain_dns_name(alias) == record_names.plain_dns_name(member.balancer)
        or record_names.is_balancer_of(spec.owner, member.region, alias)
        for member in selection.members
    )


def _beside_ours(spec: Spec, snapshot: Snapshot, names: t.Collection[str]) -> t.Iterator[RecordSet]:
    return (
        record
        for record in snapshot.records
        if record.name in names
        and record.type in _CONFLICTING_TYPES
        and not record_names.owns_identifier(spec.owner, record.set_identifier)
    )


def _simple_at(snapshot: Snapshot, name: str) -> RecordSet | None:
    found = (record for record in snapshot.records if record.name == name and record.type in _CONFLICTING_TYPES)
    return next(found, None)


def _is_ours(spec: Spec, snapshot: Snapshot, region: str, record: RecordSet) -> bool:
    """A regional name is ours if it leads to our load balancer, or if checks of ours have been probing it."""
    if record.type != "A" or not record.is_simple or record.alias is None:
        return False
    return snapshot.knows(region) or record_names.is_balancer_of(spec.owner, region, record.alias)


def _shown(
    snapshot: Snapshot, changes: t.Sequence[RecordChange]
) -> tuple[dict[str, dict[str, t.Any]], dict[str, dict[str, t.Any]]]:
    """Before and after of a batch, by a label of each record set."""
    current = {record.key: record for record in snapshot.records}
    keys = {change.record.key for change in changes}
    before = {_label(current[key]): current[key].describe() for key in keys if key in current}
    made = [change.record for change in changes if change.action is not RecordAction.DELETE]
    return before, {_label(record): record.describe() for record in made}


def _label(record: RecordSet) -> str:
    name = f"{record.type} {readable(record.name)}"
    return f"{name} {record.set_identifier}" if record.set_identifier else name


def _verb(label: str, before: t.Mapping[str, t.Any], after: t.Mapping[str, t.Any]) -> str:
    if label not in before:
        return "missing"
    return "differs" if label in after else "not wanted"
