# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The chain of failover pairs: its records, its regions, and the transition from one chain to another.

Route 53 allows one PRIMARY and one SECONDARY per name. More regions make a chain: the SECONDARY of the failover name
is an alias to ``standby-1`` in the same zone, which is the pair of the next two, and so on. A single region is a
PRIMARY, so that a second one adds a record and replaces none.
"""

from __future__ import annotations

import dataclasses
import typing as t

from .._aws.owner import Owner
from .._aws.stack_names import record_set_identifier
from .._route53.records import AliasTarget, RecordAction, RecordChange, RecordSet
from . import record_names

PRIMARY: t.Final = "PRIMARY"
SECONDARY: t.Final = "SECONDARY"
_ROLES: t.Final = ("primary", "secondary")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Member:
    """A region in the chain: the target of its record, and the CALCULATED check that the record has.

    Route 53's API reference requires EvaluateTargetHealth for every failover alias (ResourceRecordSet, Failover), but
    forbids it for those to CloudFront (AliasTarget, EvaluateTargetHealth and DNSName). So Route 53 accepts an alias
    without it that has a health check; it is true unless the inventory says otherwise.
    """

    region: str
    balancer: AliasTarget
    health_check_id: str | None


def role(place: int) -> str:
    """The role of the region at a place of the chain, counted from 1."""
    return _ROLES[place - 1] if place <= len(_ROLES) else "standby"


def records_of(owner: Owner, zone_id: str, base: str, members: t.Sequence[Member]) -> tuple[RecordSet, ...]:
    """The records of the chain under the failover name ``base``, from the first pair to the last."""
    records: list[RecordSet] = []
    last = max(len(members) - 2, 0)
    for level, member in enumerate(members[: last + 1]):
        name = record_names.level_name(level, base)
        records.append(_region_record(owner, name, PRIMARY, member))
        if level < last:
            records.append(_link(owner, zone_id, base, level))
    if len(members) > 1:
        records.append(_region_record(owner, record_names.level_name(last, base), SECONDARY, members[-1]))
    return tuple(records)


def own_records(owner: Owner, base: str, records: t.Iterable[RecordSet]) -> tuple[RecordSet, ...]:
    """The stack's records in the chain under ``base``."""
    return tuple(
        record
        for record in records
        if record_names.split_level(record.name)[1] == base
        and record_names.owns_identifier(owner, record.set_identifier)
    )


def bases(owner: Owner, records: t.Iterable[RecordSet]) -> frozenset[str]:
    """The failover names in the zone that have a chain of the stack."""
    return frozenset(
        record_names.split_level(record.name)[1]
        for record in records
        if record_names.owns_identifier(owner, record.set_identifier)
    )


def stack_records(owner: Owner, records: t.Iterable[RecordSet]) -> tuple[RecordSet, ...]:
    """All records of the stack in a zone: its chains, and regional names that are aliases of its load balancers."""
    return tuple(
        record
        for record in records
        if record_names.owns_identifier(owner, record.set_identifier)
        or (
            record.alias is not None
            and record.is_simple
            and record_names.is_balancer_of(owner, record.name.partition(".")[0], record.alias)
        )
    )


def members_of(owner: Owner, base: str, records: t.Iterable[RecordSet]) -> tuple[Member, ...]:
    """The regions in DNS under ``base``, first to serve first. One that is there twice counts at its first place."""
    found: dict[str, Member] = {}
    own = own_records(owner, base, records)
    for record in sorted(own, key=lambda item: (record_names.split_level(item.name)[0], item.failover != PRIMARY)):
        region = record_names.region_of(owner, record.set_identifier)
        if region and record.alias:
            member = Member(region=region, balancer=record.alias, health_check_id=record.health_check_id)
            found.setdefault(region, member)
    return tuple(found.values())


def merge(listed: t.Sequence[str], present: t.Sequence[str]) -> tuple[str, ...]:
    """The listed regions in their order; those that are only ``present`` stay behind their present predecessors."""
    result = list(listed)
    for place, region in enumerate(present):
        if region not in result:
            before = [result.index(other) for other in present[:place] if other in result]
            result.insert(max(before) + 1 if before else 0, region)
    return tuple(result)


def transition(current: t.Sequence[RecordSet], wanted: t.Sequence[RecordSet]) -> tuple[RecordChange, ...]:
    """The batch that turns the records ``current`` into ``wanted``.

    Deletions come first, since two records cannot be PRIMARY even within a batch; then creations from the end of the
    chain, since the target of an alias has to exist. Resolvers see the batch as atomic.
    """
    there = {record.key: record for record in current}
    deleted: list[RecordChange] = []
    made: list[RecordChange] = []
    for record in wanted:
        old = there.pop(record.key, None)
        if old is not None and equal(old, record):
            continue
        replaced = old is not None and old.failover != record.failover
        if old is not None and replaced:
            deleted.append(RecordChange(RecordAction.DELETE, old))
        action = RecordAction.CREATE if old is None or replaced else RecordAction.UPSERT
        made.append(RecordChange(action, record))
    deleted += [RecordChange(RecordAction.DELETE, record) for record in there.values()]
    deleted.sort(key=lambda change: record_names.split_level(change.record.name)[0])
    made.sort(key=lambda change: -record_names.split_level(change.record.name)[0])
    return (*deleted, *made)


def batches(
    current: t.Sequence[RecordSet], changes: t.Sequence[RecordChange]
) -> tuple[tuple[int, tuple[RecordChange, ...]], ...]:
    """Split a transition into batches: each new pair with its level, from the end of the chain, then 0 with the rest.

    AWS does not document whether an alias to a record of the same batch is accepted. No user follows the chain to a new
    pair before the last batch, which is atomic.
    """
    known = {record.name for record in current}
    by_level: dict[int, list[RecordChange]] = {}
    for change in changes:
        level, _base = record_names.split_level(change.record.name)
        by_level.setdefault(0 if change.record.name in known else level, []).append(change)
    return tuple((level, tuple(by_level[level])) for level in sorted(by_level, reverse=True))


def equal(record: RecordSet, other: RecordSet) -> bool:
    """Whether two records mean the same; AWS's console prefixes a load balancer's name with ``dualstack.``."""
    return _plain(record) == _plain(other)


def _plain(record: RecordSet) -> RecordSet:
    if record.alias is None:
        return record
    alias = dataclasses.replace(record.alias, dns_name=record_names.plain_dns_name(record.alias))
    return dataclasses.replace(record, alias=alias)


def _region_record(owner: Owner, name: str, failover: str, member: Member) -> RecordSet:
    return RecordSet(
        name=name,
        type="A",
        set_identifier=record_set_identifier(owner, member.region),
        failover=failover,
        health_check_id=member.health_check_id,
        alias=member.balancer,
    )


def _link(owner: Owner, zone_id: str, base: str, level: int) -> RecordSet:
    target = record_names.level_name(level + 1, base)
    return RecordSet(
        name=record_names.level_name(level, base),
        type="A",
        set_identifier=record_names.link_identifier(owner, level + 1),
        failover=SECONDARY,
        alias=AliasTarget(dns_name=target, zone_id=zone_id, evaluate_target_health=True),
    )
