# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reads of the layer: the zone, then its contents."""

from __future__ import annotations

import dataclasses
import functools
import typing as t

from .._engine.aws_errors import REFUSALS, unless
from .._engine.context import Context, Unread
from .._engine.gather import gather
from .._engine.unread import GLOBAL, guarded
from .._failover_chain.health_check_calls import read_own_checks
from .._route53.names import is_within, readable, zones_between
from .._route53.protections import read_protections, refuse
from .._route53.zones import Zone, choose, own_zones, read_public_zones
from .resources import hosted_zone, query_logging_calls
from .resources.hosted_zone_calls import read_leftovers, read_name_servers, read_tags
from .snapshot import Snapshot, deletable
from .spec import ZoneSpec

_GONE: t.Final = frozenset({"NoSuchHostedZone"})


def observe(ctx: Context, spec: ZoneSpec) -> Snapshot:
    """Read the zone: three calls, and for a deletion its records. With query logging, on or off, four more.

    Without a zone, one call or more: the stack's health checks are read, too.

    Raises ConflictError if it is not clear which of several zones to use.
    """
    if spec.query_logging is None:
        return _observe_zone(ctx, spec)
    found = gather({"zone": lambda: _observe_zone(ctx, spec), **query_logging_calls.readers(ctx, spec)})
    snapshot: Snapshot = found.pop("zone")
    return dataclasses.replace(snapshot, **found)


def _observe_zone(ctx: Context, spec: ZoneSpec) -> Snapshot:
    client = ctx.client("route53")
    zones = read_public_zones(client, spec.name)
    own = own_zones(zones, spec.owner)
    zone = _in_use(spec, zones, own)
    if zone is None:
        served = () if spec.absent else _served_elsewhere(ctx, spec)
        return Snapshot(own=own, served=served, dry_run=ctx.check_mode)
    owned = zone in own
    found = unless(_GONE if spec.absent else (), lambda: gather(_readers(ctx, spec, zone, own)))
    if found is None:
        # A concurrent run has deleted it.
        return Snapshot(dry_run=ctx.check_mode)
    lists = [found[key] for key in found if key.startswith("protections/")]
    protected = [item for items in lists if not isinstance(items, Unread) for item in items]
    refuse(protected, f"{readable(spec.name)} cannot be deleted")
    snapshot = Snapshot(
        zone=zone,
        own=own,
        name_servers=found["name_servers"],
        tags=found.get("tags", {}),
        query_config=found.get("query_config"),
        leftovers=tuple(record for key in found if key.startswith("records/") for record in found[key]),
        dry_run=ctx.check_mode,
    )
    _warn(ctx, spec, snapshot, others=[other for other in zones if other not in own] if owned else [])
    return snapshot


def _served_elsewhere(ctx: Context, spec: ZoneSpec) -> tuple[str, ...]:
    """The names that the stack's health checks probe, one a region, and that the new zone would not have."""
    # A deployer who may not list health checks, such as that of the parent zone, has no stack that serves users.
    names = hosted_zone.served_names(unless(REFUSALS, lambda: read_own_checks(ctx, spec.owner)) or ())
    client = ctx.client("route53")
    return tuple(
        name
        for name in names
        if not is_within(name, spec.name)
        # It may be in a zone of the stack below the new one.
        or any(own_zones(read_public_zones(client, zone), spec.owner) for zone in zones_between(name, spec.name))
    )


def _in_use(spec: ZoneSpec, zones: tuple[Zone, ...], own: tuple[Zone, ...]) -> Zone | None:
    # A deletion ignores others' zones of the name.
    if spec.absent and not spec.zone_id:
        return own[0] if own else None
    if spec.absent and not any(zone.zone_id == spec.zone_id for zone in zones):
        return None
    return choose(zones, spec.owner, spec.zone_id)


def _readers(ctx: Context, spec: ZoneSpec, zone: Zone, own: tuple[Zone, ...]) -> dict[str, t.Callable[[], t.Any]]:
    client = ctx.client("route53")
    readers: dict[str, t.Callable[[], t.Any]] = {
        "name_servers": functools.partial(read_name_servers, client, zone.zone_id)
    }
    if not spec.absent and zone in own:
        readers["tags"] = functools.partial(read_tags, client, zone.zone_id)
    if spec.query_logging is not None and zone in own:
        readers["query_config"] = functools.partial(query_logging_calls.read_config, ctx, zone.zone_id)
    if spec.absent:
        for mine in deletable(own, spec.zone_id):
            readers[f"records/{mine.zone_id}"] = functools.partial(read_leftovers, client, mine)
            look = functools.partial(read_protections, client, mine.zone_id)
            readers[f"protections/{mine.zone_id}"] = functools.partial(guarded, ctx, GLOBAL, look)
    return readers


def _warn(ctx: Context, spec: ZoneSpec, snapshot: Snapshot, others: list[Zone]) -> None:
    name = readable(spec.name)
    if not spec.absent and others:
        ids = ", ".join(zone.zone_id for zone in others)
        ctx.warn(f"There are other public zones named {name} in this account, which are not used: {ids}.")
    if spec.absent and not snapshot.owned:
        ctx.warn(f"The zone {spec.zone_id} ({name}) was not made by this stack and is left alone.")
