# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The hosted zone. Ownership is in its CallerReference: a zone is the stack's even without any tag."""

from __future__ import annotations

import typing as t

from ..._engine.changes import create, delete, update
from ..._engine.errors import ConflictError
from ..._engine.field import parameter
from ..._engine.plan import Change, Step, Wait
from ..._engine.resource import Resource
from ..._failover_chain.chain import stack_records
from ..._failover_chain.health_checks import Check
from ..._route53.names import is_within, readable
from ..._route53.records import SYNC_POLL_SECONDS, RecordSet, name_records, validation_records
from ..._route53.zones import Zone
from ..snapshot import Snapshot, deletable
from ..spec import ZoneSpec

KIND: t.Final = "zone"
ADDRESS: t.Final = f"{KIND}/main"
WAIT_KIND: t.Final = "zone_sync"
FIELDS: t.Final = (parameter("comment", "Comment", ""),)


def plan(spec: ZoneSpec, snapshot: Snapshot) -> t.Iterator[Step | None]:
    """The changes. Raises ConflictError if others' zone, records in the stack's zone, or its users are in the way."""
    if spec.absent:
        yield from _absent(spec, snapshot)
    elif snapshot.zone is None:
        _refuse_to_leave(spec, snapshot.served)
        yield from _create(spec)
    elif snapshot.owned:
        yield _update(spec, snapshot.zone, snapshot.tags)
        yield from _duplicates(spec, snapshot)
    elif not spec.zone_id:
        raise ConflictError(
            f"the account has a public zone {readable(spec.name)} ({snapshot.zone.zone_id}) that {spec.owner.stack} in "
            f"{spec.owner.environment} did not make. If it was deployed under another app_name or app_environment, set "
            "that again: a stack cannot be renamed. To use the zone as it is, set zone_id to "
            f"{snapshot.zone.zone_id} (route53_zone_zone_id in the inventory): records are then made in it, and the "
            "zone itself is never changed or deleted. Otherwise choose another name, or delete the zone.",
            option="name",
        )


def served_names(checks: t.Iterable[Check]) -> tuple[str, ...]:
    """The names of the failover records of which these health checks probe the regional ones."""
    probed = [(check.region, str(check.config.get("FullyQualifiedDomainName", ""))) for check in checks]
    return tuple(sorted({name.removeprefix(f"{region}.") for region, name in probed if name.startswith(f"{region}.")}))


def _refuse_to_leave(spec: ZoneSpec, served: t.Iterable[str]) -> None:
    """Raise ConflictError if the stack serves its users at a name that former_name does not confirm."""
    left = [readable(name) for name in served if not (spec.former_name and is_within(name, spec.former_name))]
    if not left:
        return
    former, name = " and ".join(left), readable(spec.name)
    raise ConflictError(
        f"{spec.owner.title} serves its users at {former}, and {name} (app_domain in an inventory) is not its name so "
        f"far. Zone, records and delegation of {former} would stay behind, which no run would converge or delete, and "
        f"over HTTPS its users would get a certificate for other names. Set {former} again; to move to {name}, deploy "
        "it as another environment, and destroy this one when its users have moved. To move this stack all the same, "
        f"set former_name to {left[0]} (route53_zone_former_name in an inventory).",
        option="name",
    )


def identify(snapshot: Snapshot) -> dict[str, dict[str, str]]:
    """What is known about the zone before the apply."""
    if snapshot.zone is None:
        return {}
    return {ADDRESS: {"id": snapshot.zone.zone_id, "name_servers": ",".join(snapshot.name_servers)}}


def _create(spec: ZoneSpec) -> t.Iterator[Step]:
    after = {"name": readable(spec.name), "comment": spec.comment, "tags": spec.owner.tags(ADDRESS)}
    yield create(ADDRESS, after, data=spec)
    yield Wait(
        kind=WAIT_KIND,
        name="main",
        what=f"zone {readable(spec.name)} to reach all name servers",
        timeout=spec.timeout,
        interval=SYNC_POLL_SECONDS,
        needs=frozenset({ADDRESS}),
    )


def _update(spec: ZoneSpec, zone: Zone, tags: t.Mapping[str, str]) -> Change | None:
    drift = spec.owner.tag_drift(tags, ADDRESS)
    before = {"comment": zone.comment, "tags": {key: tags[key] for key in drift if key in tags}}
    return update(ADDRESS, before, {"comment": spec.comment, "tags": drift}, data=zone.zone_id)


def _duplicates(spec: ZoneSpec, snapshot: Snapshot) -> t.Iterator[Change]:
    """Delete the stack's other zones, from concurrent runs, if they are empty."""
    if not spec.zone_id:
        others = (zone for zone in snapshot.own if zone != snapshot.zone and zone.is_empty)
        yield from (_delete(zone, _duplicate(zone), "an empty second zone") for zone in others)


def _duplicate(zone: Zone) -> str:
    return f"{KIND}/duplicate-{zone.zone_id}"


def _absent(spec: ZoneSpec, snapshot: Snapshot) -> t.Iterator[Change]:
    in_the_way = [record for record in snapshot.leftovers if record not in _expected(spec, snapshot)]
    if in_the_way:
        raise ConflictError(
            f"the zone {readable(spec.name)} still has records: {name_records(in_the_way)}. Run route53_failover with "
            "state absent for those that it made, and delete the others; nothing was changed. destroy.yml keeps the "
            "zone with --tags vpc."
        )
    for zone in deletable(snapshot.own, spec.zone_id):
        address = ADDRESS if zone == snapshot.zone else _duplicate(zone)
        yield _delete(zone, address, "state is absent")


def _expected(spec: ZoneSpec, snapshot: Snapshot) -> list[RecordSet]:
    """In a dry run, the records that route53_failover and acm_certificate would have deleted."""
    if not snapshot.dry_run:
        return []
    going = spec.validation_records
    validating = [each for each in validation_records(snapshot.leftovers) if going is None or each.name in going]
    return [*stack_records(spec.owner, snapshot.leftovers), *validating]


def _delete(zone: Zone, address: str, reason: str) -> Change:
    before = {"name": readable(zone.name), "zone_id": zone.zone_id, "comment": zone.comment}
    # Query logging is deleted before its zone.
    return delete(address, before, data=zone.zone_id, needs=["query_logging/main"], reason=reason)


RESOURCE: t.Final[Resource[ZoneSpec, Snapshot]] = Resource(kind=KIND, plan=plan, identify=identify)
