# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the desired and the observed zone to changes. Pure."""

from __future__ import annotations

import typing as t

from .._engine.errors import ConflictError
from .._engine.known import Known
from .._engine.plan import Action, Change, Plan, Wait
from .._route53.names import readable
from .._route53.records import SYNC_POLL_SECONDS, name_records
from .._route53.zones import Zone
from .snapshot import Snapshot, deletable
from .spec import ADDRESS, ZoneSpec

_KIND, _NAME = ADDRESS.split("/")


def plan(spec: ZoneSpec, snapshot: Snapshot) -> Plan:
    """The changes. Raises ConflictError when a zone that isn't ours, or records in ours, are in the way."""
    if not spec.present:
        return _absent(spec, snapshot)
    if snapshot.zone is None:
        return _create(spec)
    if spec.zone_id and not snapshot.owned:
        return Plan()
    if not snapshot.owned:
        raise ConflictError(
            f"the account has a public zone {readable(spec.name)} ({snapshot.zone.zone_id}) that this stack did not "
            f"make. To use it as it is, set zone_id to {snapshot.zone.zone_id}: records are then made in it, and the "
            "zone itself is never changed or deleted. Otherwise delete it, or choose another name."
        )
    changes = [_update(spec, snapshot.zone, snapshot.tags), *_duplicates(spec, snapshot)]
    return Plan(changes=tuple(change for change in changes if change))


def identify(snapshot: Snapshot) -> dict[str, dict[str, str]]:
    """What is known of the zone before the apply."""
    if snapshot.zone is None:
        return {}
    return {ADDRESS: {"id": snapshot.zone.zone_id, "name_servers": ",".join(snapshot.name_servers)}}


def outputs(spec: ZoneSpec, snapshot: Snapshot, known: Known) -> dict[str, t.Any]:
    """The module's return values. After a deletion, those of the zone that was there."""
    if spec.present:
        zone_id, servers = known.describe(ADDRESS), known.describe(ADDRESS, "name_servers")
    else:
        zone_id = snapshot.zone.zone_id if snapshot.zone else ""
        servers = ",".join(snapshot.name_servers)
    return {
        "zone": readable(spec.name),
        "zone_id": zone_id,
        "name_servers": [server for server in servers.split(",") if server],
        "owned": snapshot.owned or (spec.present and snapshot.zone is None),
    }


def _create(spec: ZoneSpec) -> Plan:
    after = {"name": readable(spec.name), "comment": spec.comment, "tags": spec.owner.tags(ADDRESS)}
    create = Change(kind=_KIND, name=_NAME, action=Action.CREATE, reason="missing", after=after, data=(spec, None))
    wait = Wait(
        kind="zone_sync",
        name=_NAME,
        what=f"zone {readable(spec.name)} to reach all name servers",
        timeout=spec.timeout,
        interval=SYNC_POLL_SECONDS,
        needs=frozenset({ADDRESS}),
    )
    return Plan(changes=(create,), waits=(wait,))


def _update(spec: ZoneSpec, zone: Zone, tags: t.Mapping[str, str]) -> Change | None:
    before: dict[str, t.Any] = {}
    after: dict[str, t.Any] = {}
    if zone.comment != spec.comment:
        before["comment"], after["comment"] = zone.comment, spec.comment
    if drift := spec.owner.tag_drift(tags, ADDRESS):
        before["tags"], after["tags"] = {key: tags[key] for key in drift if key in tags}, drift
    if not after:
        return None
    return Change(
        kind=_KIND,
        name=_NAME,
        action=Action.UPDATE,
        reason=f"differs in {', '.join(after)}",
        before=before,
        after=after,
        data=(spec, zone.zone_id),
    )


def _duplicates(spec: ZoneSpec, snapshot: Snapshot) -> list[Change]:
    """Empty zones of ours beside the one in use, from another run at the same time."""
    if spec.zone_id:
        return []
    others = [zone for zone in snapshot.own if zone != snapshot.zone and zone.is_empty]
    return [_delete(spec, zone, f"duplicate-{zone.zone_id}", "an empty second zone") for zone in others]


def _absent(spec: ZoneSpec, snapshot: Snapshot) -> Plan:
    if snapshot.leftovers and not snapshot.rehearsal:
        raise ConflictError(
            f"the zone {readable(spec.name)} still has records: {name_records(snapshot.leftovers)}. "
            "Run route53_failover with state absent for those that it made, and delete the others; nothing was changed."
        )
    changes = [
        _delete(spec, zone, _NAME if zone == snapshot.zone else f"duplicate-{zone.zone_id}", "not wanted any more")
        for zone in deletable(snapshot.own, spec.zone_id)
    ]
    return Plan(changes=tuple(changes))


def _delete(spec: ZoneSpec, zone: Zone, name: str, reason: str) -> Change:
    return Change(
        kind=_KIND,
        name=name,
        action=Action.DELETE,
        reason=reason,
        before={"name": readable(zone.name), "zone_id": zone.zone_id, "comment": zone.comment},
        data=(spec, zone.zone_id),
    )
