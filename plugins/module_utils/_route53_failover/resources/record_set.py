# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The record sets: regional names first, then new pairs of the chain, then all others in one atomic batch."""

from __future__ import annotations

import dataclasses
import typing as t

from ..._engine.errors import ConflictError, SpecError
from ..._engine.plan import Action, Change, Step, Wait
from ..._engine.resource import Resource
from ..._failover_chain import chain, health_checks, record_names
from ..._route53.names import readable
from ..._route53.protections import refuse
from ..._route53.records import SYNC_POLL_SECONDS, RecordAction, RecordChange, RecordSet
from ..selection import ADDRESS_TYPES, Selection, begins, is_removed, select
from ..snapshot import Snapshot
from ..spec import Spec

KIND: t.Final = "record_sets"
REGIONAL: t.Final = f"{KIND}/regional"
FAILOVER: t.Final = f"{KIND}/failover"
WAIT_KIND: t.Final = "record_change"
# All of Route 53's name servers answer with the records.
INSYNC: t.Final = f"{WAIT_KIND}/insync"
# All of them know the regional names, where endpoints are probed before the failover records change.
NAMED: t.Final = f"{WAIT_KIND}/regional"
# All of them know the new pairs of the chain, before the records that users follow become aliases of these.
PAIRED: t.Final = f"{WAIT_KIND}/standby"
_WHAT: t.Final = {INSYNC: "records", NAMED: "regional names", PAIRED: "new standby records"}


@dataclasses.dataclass(frozen=True, kw_only=True)
class BatchData:
    """What the calls need for a change batch.

    :param placeholders: of health check ids in the records → the address under which the id will be known.
    """

    zone_id: str
    changes: tuple[RecordChange, ...]
    placeholders: t.Mapping[str, str] = dataclasses.field(default_factory=dict)


def plan(spec: Spec, snapshot: Snapshot) -> t.Iterator[Step | None]:
    """The batches, and the waits for them.

    Raises ConflictError if others' records are in the way, SpecError if records cannot evaluate target health.
    """
    if spec.absent:
        removal = _removal(spec, snapshot) if snapshot.zone_id else None
        yield removal
        yield _wait(spec, INSYNC, {FAILOVER}) if removal else None
        return
    _require_one_group(snapshot)
    selection = select(spec, snapshot)
    regional, failover = _regional(spec, snapshot, selection), _failover(spec, snapshot, selection)
    batches = [*([regional] if regional else []), *failover]
    yield from batches
    # A checker that resolves a name too early caches for 15 minutes that it does not exist (RFC 2308; the SOA record of
    # Route 53's zones has a TTL of 900 s). While `begins`, checks are enabled after INSYNC.
    new = any(health_checks.address(name, health_checks.ENDPOINT) not in snapshot.kept for name in selection.regions)
    early: list[Wait] = []
    if not begins(spec, snapshot):
        pairs = {batch.address for batch in failover[:-1]}
        early += [_wait(spec, NAMED, {REGIONAL})] if regional and new else []
        early += [_wait(spec, PAIRED, pairs)] if pairs else []
    yield from early
    unseen = {batch.address for batch in batches} - {need for wait in early for need in wait.needs}
    yield _wait(spec, INSYNC, unseen) if unseen else None


def _require_one_group(snapshot: Snapshot) -> None:
    """Raises SpecError if a service has two target groups, of which one is always empty."""
    for region, services in sorted(snapshot.alternates.items()):
        raise SpecError(
            "evaluate_target_health",
            f"is true, and {', '.join(services)} had a deployment_strategy: of its two target groups in {region} one "
            "is empty.",
            "Leave it false (dns_evaluate_target_health in an inventory); or remove the service (state absent) and "
            "deploy it again.",
        )


def _wait(spec: Spec, address: str, needs: t.Collection[str]) -> Wait:
    return Wait(
        kind=WAIT_KIND,
        name=address.partition("/")[2],
        what=f"the {_WHAT[address]} of {readable(spec.record_name)} on all of Route 53's name servers",
        timeout=spec.timeout,
        interval=SYNC_POLL_SECONDS,
        needs=frozenset(needs),
    )


def zone_id_of(spec: Spec, snapshot: Snapshot) -> str:
    """The zone's id, or a placeholder."""
    return snapshot.zone_id or spec.placeholder("hosted_zone/main")


def _regional(spec: Spec, snapshot: Snapshot, selection: Selection) -> Change | None:
    """Give every region in the chain its own name. Raises ConflictError."""
    made: list[RecordChange] = []
    for member in selection.members:
        name = record_names.regional_name(member.region, spec.record_name)
        alias = dataclasses.replace(member.balancer, evaluate_target_health=False)
        wanted = RecordSet(name=name, type="A", alias=alias)
        found = [record for record in snapshot.records if record.name == name and record.type in ADDRESS_TYPES]
        current = next((record for record in found if _is_own_regional(spec, snapshot, member.region, record)), None)
        others = [record for record in found if record is not current]
        if others and not spec.replace_records:
            raise ConflictError(
                f"{others[0].type} {readable(name)} is the health check's name of {member.region}, but is used there "
                "for something else. Set replace_records to true to replace it, or delete it, or choose another "
                "record_name.",
                option="record_name",
            )
        made += (RecordChange(RecordAction.DELETE, record) for record in others)
        if current is None:
            made.append(RecordChange(RecordAction.CREATE, wanted))
        elif not chain.equal(current, wanted):
            made.append(RecordChange(RecordAction.UPSERT, wanted))
    return _batch(snapshot, REGIONAL, made) if made else None


def _failover(spec: Spec, snapshot: Snapshot, selection: Selection) -> list[Change]:
    """Converge the failover records; those that users follow change last and atomically. Raises ConflictError."""
    zone_id = zone_id_of(spec, snapshot)
    wanted = chain.records_of(spec.owner, zone_id, spec.record_name, selection.members)
    own = chain.own_records(spec.owner, spec.record_name, snapshot.records)
    simple = [RecordChange(RecordAction.DELETE, record) for record in _to_replace(spec, snapshot, selection, wanted)]
    addresses = [health_checks.address(region, health_checks.CALCULATED) for region in selection.regions]
    placeholders = {spec.placeholder(address): address for address in addresses if address not in snapshot.kept}
    made: list[Change] = []
    for level, changes in chain.batches(own, (*simple, *chain.transition(own, wanted))):
        change = _batch(snapshot, f"{KIND}/standby-{level}" if level else FAILOVER, changes)
        data = dataclasses.replace(change.data, zone_id=zone_id, placeholders=placeholders)
        before = {REGIONAL, *addresses, *(batch.address for batch in made), *([] if level else [PAIRED])}
        made.append(dataclasses.replace(change, needs=frozenset(before), data=data))
    return made


def _removal(spec: Spec, snapshot: Snapshot) -> Change | None:
    """One batch for every chain of the stack in the zone, including those of former record_names."""
    changes: list[RecordChange] = []
    for base in sorted({spec.record_name, *chain.bases(spec.owner, snapshot.records)}):
        own = chain.own_records(spec.owner, base, snapshot.records)
        members = chain.members_of(spec.owner, base, snapshot.records)
        stay = [member for member in members if not is_removed(spec, member.region)]
        wanted = chain.records_of(spec.owner, snapshot.zone_id or "", base, stay)
        changes += chain.transition(own, wanted)
        known = {member.region for member in members} if base != spec.record_name else set()
        changes += (
            RecordChange(RecordAction.DELETE, record)
            for record in snapshot.records
            if _is_regional_to_remove(spec, snapshot, base, record, known)
        )
    touched = {(change.record.name, change.record.type) for change in changes}
    refuse(
        [item for item in snapshot.protections if (item.name, item.type) in touched],
        f"the records of {readable(spec.record_name)} cannot be removed",
    )
    return _batch(snapshot, FAILOVER, changes) if changes else None


def _is_regional_to_remove(
    spec: Spec, snapshot: Snapshot, base: str, record: RecordSet, known: t.Collection[str]
) -> bool:
    """Whether the record is the stack's regional name of a region that is removed."""
    region, _dot, rest = record.name.partition(".")
    if rest != base or not _is_alias(record):
        return False
    return is_removed(spec, region) and (region in known or _is_own_regional(spec, snapshot, region, record))


def _batch(snapshot: Snapshot, address: str, changes: t.Sequence[RecordChange]) -> Change:
    """The change for a whole change batch. Its reason names every record set."""
    before, after = _shown(snapshot, changes)
    return Change(
        kind=KIND,
        name=address.partition("/")[2],
        action=Action.UPDATE if before and after else Action.CREATE if after else Action.DELETE,
        reason=", ".join(f"{_verb(label, before, after)} {label}" for label in sorted({**before, **after})),
        before=before,
        after=after,
        data=BatchData(zone_id=snapshot.zone_id or "", changes=tuple(changes)),
    )


def _to_replace(
    spec: Spec, snapshot: Snapshot, selection: Selection, wanted: t.Sequence[RecordSet]
) -> t.Iterator[RecordSet]:
    """Others' records at the chain's names, if they may be replaced. Raises ConflictError otherwise."""
    names = {item.name for item in wanted}
    for record in snapshot.records:
        if record.name not in names or record.type not in ADDRESS_TYPES:
            continue
        if record_names.owns_identifier(spec.owner, record.set_identifier):
            continue
        at_name = record.name == spec.record_name
        leads_here = record.is_simple and _leads_to_stack(spec, selection, record)
        if at_name and (leads_here or spec.replace_records):
            yield record
            continue
        remedy = "set replace_records to true to replace it, or " if at_name else ""
        raise ConflictError(
            f"{record.type} {readable(record.name)} already exists in the zone, but is not this stack's: "
            f"{remedy}delete it, or choose another record_name.",
            option="record_name",
        )


def _leads_to_stack(spec: Spec, selection: Selection, record: RecordSet) -> bool:
    """Whether the record is an alias of a load balancer of this stack."""
    alias = record.alias
    return alias is not None and any(
        record_names.plain_dns_name(alias) == record_names.plain_dns_name(member.balancer)
        or record_names.is_balancer_of(spec.owner, member.region, alias)
        for member in selection.members
    )


def _is_own_regional(spec: Spec, snapshot: Snapshot, region: str, record: RecordSet) -> bool:
    """Whether a regional name is the stack's: an alias of its load balancer, or probed by its health checks."""
    if not _is_alias(record) or record.alias is None:
        return False
    return snapshot.knows(region) or record_names.is_balancer_of(spec.owner, region, record.alias)


def _is_alias(record: RecordSet) -> bool:
    return record.type == "A" and record.is_simple and record.alias is not None


def _shown(
    snapshot: Snapshot, changes: t.Sequence[RecordChange]
) -> tuple[dict[str, dict[str, t.Any]], dict[str, dict[str, t.Any]]]:
    """Before and after of a batch, by the labels of the record sets."""
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


RESOURCE: t.Final[Resource[Spec, Snapshot]] = Resource(kind=KIND, plan=plan)
