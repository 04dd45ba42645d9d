# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the desired and the observed delegation to changes. Pure."""

from __future__ import annotations

import typing as t

from .._engine.errors import ConflictError
from .._engine.known import Known
from .._engine.plan import Action, Change, Plan, Wait
from .._route53.names import readable
from .._route53.records import SYNC_POLL_SECONDS, RecordAction, RecordChange, RecordSet
from .snapshot import Snapshot, is_own
from .spec import ADDRESS, DelegationChange, DelegationSpec

_KIND, _NAME = ADDRESS.split("/")


def plan(spec: DelegationSpec, snapshot: Snapshot) -> Plan:
    """The changes. Raises ConflictError when a CNAME has the name."""
    if not spec.present:
        return _absent(spec, snapshot)
    aliases = [record for record in snapshot.shadowed if record.name == spec.zone and record.type == "CNAME"]
    if aliases:
        raise ConflictError(
            f"{readable(spec.parent_zone)} has a CNAME at {readable(spec.zone)}, which no NS record can stand beside. "
            "Delete it, or choose another zone."
        )
    found = snapshot.delegation
    if found is None:
        write = RecordChange(RecordAction.CREATE, spec.record)
        return _with_sync(spec, _change(spec, Action.CREATE, "missing", None, write))
    fields = [
        name
        for name, differs in (("name_servers", found.values != spec.name_servers), ("ttl", found.ttl != spec.ttl))
        if differs
    ]
    if not fields:
        return Plan()
    write = RecordChange(RecordAction.UPSERT, spec.record)
    return _with_sync(spec, _change(spec, Action.UPDATE, f"differs in {', '.join(fields)}", found, write))


def identify(snapshot: Snapshot) -> dict[str, dict[str, str]]:
    """The parent zone is known before any apply."""
    return {"parent_zone/main": {"id": snapshot.parent.zone_id}} if snapshot.parent else {}


def outputs(spec: DelegationSpec, snapshot: Snapshot, _known: Known) -> dict[str, t.Any]:
    """The module's return values: the delegation as it is when the run has ended."""
    record = spec.record if spec.present else snapshot.delegation
    if not spec.present and record and is_own(spec, snapshot, record):
        record = None
    return {
        "zone": readable(spec.zone),
        "parent_zone": readable(spec.parent_zone),
        "parent_zone_id": snapshot.parent.zone_id if snapshot.parent else "",
        "name_servers": sorted(readable(name) for name in record.values) if record else [],
        "delegated": record is not None,
    }


def _absent(spec: DelegationSpec, snapshot: Snapshot) -> Plan:
    found = snapshot.delegation
    if found is None or not is_own(spec, snapshot, found):
        return Plan()
    # The DS goes first: alone it would make whatever is delegated there next look forged.
    writes = [RecordChange(RecordAction.DELETE, record) for record in (snapshot.signer, found) if record]
    return _with_sync(spec, _change(spec, Action.DELETE, "not wanted any more", found, *writes))


def _change(
    spec: DelegationSpec, action: Action, reason: str, found: RecordSet | None, *writes: RecordChange
) -> Change:
    return Change(
        kind=_KIND,
        name=_NAME,
        action=action,
        reason=reason,
        before=_shown(found) if found else {},
        after={} if action is Action.DELETE else _shown(spec.record),
        data=DelegationChange(writes, spec.role, comment=f"{spec.owner.prefix}: {reason}"),
    )


def _shown(record: RecordSet) -> dict[str, t.Any]:
    return {
        "name": readable(record.name),
        "ttl": record.ttl,
        "name_servers": sorted(readable(name) for name in record.values),
    }


def _with_sync(spec: DelegationSpec, change: Change) -> Plan:
    what = f"{readable(spec.parent_zone)} to have the change on all name servers"
    wait = Wait(
        kind="delegation_sync",
        name=_NAME,
        what=what,
        timeout=spec.timeout,
        interval=SYNC_POLL_SECONDS,
        needs=frozenset({change.address}),
        data=spec.role,
    )
    return Plan(changes=(change,), waits=(wait,))
