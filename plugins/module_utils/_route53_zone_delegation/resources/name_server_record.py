# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The NS record at the child's name in the parent zone, and the DS record that goes with it."""

from __future__ import annotations

import dataclasses
import typing as t

from ..._engine.changes import differences
from ..._engine.errors import ConflictError
from ..._engine.plan import Action, Change, Step, Wait
from ..._engine.resource import Resource
from ..._route53.names import readable
from ..._route53.records import SYNC_POLL_SECONDS, RecordAction, RecordChange, RecordSet, name_records
from ..snapshot import Snapshot
from ..spec import DelegationSpec, Role

KIND: t.Final = "delegation"
ADDRESS: t.Final = f"{KIND}/main"
PARENT: t.Final = "parent_zone/main"
WAIT_KIND: t.Final = "delegation_sync"
_NAME: t.Final = "main"


@dataclasses.dataclass(frozen=True)
class DelegationChange:
    """What it takes to write the record."""

    changes: tuple[RecordChange, ...]
    role: Role | None
    comment: str


def record_of(spec: DelegationSpec) -> RecordSet:
    """The wanted record."""
    return RecordSet(name=spec.zone, type="NS", ttl=spec.ttl, values=spec.name_servers)


def is_own(spec: DelegationSpec, snapshot: Snapshot, delegation: RecordSet) -> bool:
    """Whether the record has the given name servers, or those of one of the stack's zones."""
    return delegation.values in (spec.name_servers, *snapshot.child_name_servers)


def plan(spec: DelegationSpec, snapshot: Snapshot) -> t.Iterator[Step | None]:
    """The change and the wait for it. Raises ConflictError if others' records are in the way."""
    change = _removal(spec, snapshot) if spec.absent else _converge(spec, snapshot)
    if change is None:
        return
    yield change
    yield Wait(
        kind=WAIT_KIND,
        name=_NAME,
        what=f"{readable(spec.parent_zone)} to have the change on all name servers",
        timeout=spec.timeout,
        interval=SYNC_POLL_SECONDS,
        needs=frozenset({ADDRESS}),
        data=spec.role,
    )


def identify(snapshot: Snapshot) -> dict[str, dict[str, str]]:
    """The parent zone's id, which is known before the apply."""
    return {PARENT: {"id": snapshot.parent.zone_id}} if snapshot.parent else {}


def _converge(spec: DelegationSpec, snapshot: Snapshot) -> Change | None:
    _require_free(spec, snapshot)
    found, wanted = snapshot.delegation, record_of(spec)
    if found is None:
        return _change(spec, Action.CREATE, "missing", None, RecordChange(RecordAction.CREATE, wanted))
    differ = differences(_shown(found), _shown(wanted))
    if not differ:
        return None
    reason = f"differs in {', '.join(differ)}"
    return _change(spec, Action.UPDATE, reason, found, RecordChange(RecordAction.UPSERT, wanted))


def _require_free(spec: DelegationSpec, snapshot: Snapshot) -> None:
    if any(record.name == spec.zone and record.type == "CNAME" for record in snapshot.shadowed):
        raise ConflictError(
            f"{readable(spec.parent_zone)} has a CNAME at {readable(spec.zone)}, and no NS record can exist beside it. "
            "Delete it, or choose another zone.",
            option="zone",
        )
    # An existing delegation hides them already.
    if snapshot.delegation is None and snapshot.shadowed and not spec.replace_records:
        raise ConflictError(
            f"{readable(spec.parent_zone)} has records at or below {readable(spec.zone)}, which would no longer "
            f"resolve once the zone is delegated: {name_records(snapshot.shadowed)}. Choose another zone, or delete "
            "what is not needed. To have the delegation hide them anyway, set replace_records "
            "(route53_zone_delegation_replace_records in the inventory), and recreate what is needed in the zone.",
            option="zone",
        )


def _removal(spec: DelegationSpec, snapshot: Snapshot) -> Change | None:
    found = snapshot.delegation
    if found is None or not is_own(spec, snapshot, found):
        return None
    # The DS record goes first: left alone, it would make validating resolvers refuse the next delegation of the name.
    writes = [RecordChange(RecordAction.DELETE, record) for record in (snapshot.signer, found) if record]
    return _change(spec, Action.DELETE, "state is absent", found, *writes)


def _change(
    spec: DelegationSpec, action: Action, reason: str, found: RecordSet | None, *writes: RecordChange
) -> Change:
    return Change(
        kind=KIND,
        name=_NAME,
        action=action,
        reason=reason,
        before=_shown(found) if found else {},
        after={} if action is Action.DELETE else _shown(record_of(spec)),
        data=DelegationChange(writes, spec.role, comment=f"{spec.owner.title}: {reason}"),
    )


def _shown(record: RecordSet) -> dict[str, t.Any]:
    return {
        "name": readable(record.name),
        "name_servers": sorted(readable(name) for name in record.values),
        "ttl": record.ttl,
    }


RESOURCE: t.Final[Resource[DelegationSpec, Snapshot]] = Resource(kind=KIND, plan=plan, identify=identify)
