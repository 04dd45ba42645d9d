# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosted zones: IDs, name servers for each zone, references used once, lists in AWS's order."""

from __future__ import annotations

import hashlib
import random
import string
from typing import Any

from moto.route53 import models
from moto.route53.responses import Route53

from sandbox.overlay.base import AwsError, Call, corrects
from sandbox.overlay.route53.changes import insert_records, read_records, start_change, write_records, zone_of
from sandbox.overlay.route53.records import normal_name

_SERVERS = ((0, "com"), (512, "net"), (1024, "org"), (1536, "co.uk"))
# Every private zone shows these.
_PRIVATE_SERVERS = [f"ns-{first}.awsdns-00.{domain}" for first, domain in _SERVERS]
_ID_CHARACTERS = string.ascii_uppercase + string.digits


def patch() -> None:
    """IDs as long as Route 53's, and different name servers for each zone."""
    models.create_route53_zone_id = lambda *_args, **_kwargs: "Z" + "".join(random.choices(_ID_CHARACTERS, k=20))
    _give_own_name_servers()


def own_name_servers(zone_id: str) -> list[str]:
    """Four name servers, in the form and number ranges of Route 53's, that follow from the zone's id."""
    digest = hashlib.sha256(zone_id.encode()).digest()
    return [
        f"ns-{first + int.from_bytes(digest[4 * place : 4 * place + 2]) % 512}"
        f".awsdns-{digest[4 * place + 2] % 64:02d}.{domain}"
        for place, (first, domain) in enumerate(_SERVERS)
    ]


def _give_own_name_servers() -> None:
    create = models.Route53Backend.create_hosted_zone

    def create_hosted_zone(backend: models.Route53Backend, name: str, *args: Any, **kwargs: Any) -> models.FakeZone:
        zone: models.FakeZone = create(backend, normal_name(name), *args, **kwargs)
        if not kwargs.get("delegation_set_id"):
            reusable = {kept.id: kept for kept in backend.delegation_sets.values() if kept.id}
            backend.delegation_sets = reusable
            delegation = zone.delegation_set
            private = kwargs.get("private_zone")
            delegation.name_servers = _PRIVATE_SERVERS if private else own_name_servers(zone.resource_id)
            delegation.id = delegation.caller_reference = None  # those of reusable sets
        _create_apex_records(zone)
        return zone

    models.Route53Backend.create_hosted_zone = create_hosted_zone


def _create_apex_records(zone: models.FakeZone) -> None:
    """The NS and SOA record sets that every zone has from the start."""
    servers = [f"{server}." for server in zone.delegation_set.name_servers]
    soa = f"{servers[0]} awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400"
    write_records(zone, {})
    insert_records(zone, (zone.name, "NS", 172800, servers), (zone.name, "SOA", 900, [soa]))


@corrects(Route53, "CreateHostedZone")
def _create(call: Call) -> Any:
    used: set[str] = call.world.store(set, "route53", "zone references", call.account)
    reference = call.get("CallerReference")
    if reference in used:
        raise AwsError(
            "HostedZoneAlreadyExists",
            f"A hosted zone has already been created with the specified caller reference: {reference}",
        )
    result = call.proceed()
    used.add(reference)
    return result | {"ChangeInfo": start_change(call.world, call.account)}


@corrects(Route53, "DeleteHostedZone")
def _delete(call: Call) -> Any:
    zone = zone_of(call.account, call.get("Id"))
    apex = normal_name(zone.name)
    if any(key not in ((apex, "NS", ""), (apex, "SOA", "")) for key in read_records(zone)):
        raise AwsError(
            "HostedZoneNotEmpty",
            "The specified hosted zone contains non-required resource record sets and so cannot be deleted.",
        )
    backend = call.backend
    del backend.zones[zone.resource_id]
    backend.resource_tags.pop(zone.resource_id, None)
    return {"ChangeInfo": start_change(call.world, call.account)}


def _order(name: str, zone_id: str) -> tuple[list[str], str]:
    return name.rstrip(".").split(".")[::-1], zone_id


@corrects(Route53, "ListHostedZonesByName")
def _list_by_name(call: Call) -> Any:
    """Zones *from* the name on, ordered by reversed labels; the name itself need not exist."""
    name, zone_id = call.get("DNSName"), call.get("HostedZoneId")
    if zone_id and not name:
        raise AwsError("InvalidInput", "HostedZoneId requires DNSName")
    size = int(call.get("MaxItems") or 100)
    zones = sorted(
        call.backend.zones.values(),
        key=lambda zone: _order(normal_name(zone.name), zone.resource_id),
    )
    if name:
        start = _order(normal_name(name), (zone_id or "").removeprefix("/hostedzone/"))
        zones = [zone for zone in zones if _order(normal_name(zone.name), zone.resource_id) >= start]
    result: dict[str, Any] = {
        "HostedZones": zones[:size],
        "DNSName": name,
        "HostedZoneId": zone_id,
        "IsTruncated": len(zones) > size,
        "MaxItems": str(size),
    }
    if len(zones) > size:
        result |= {"NextDNSName": zones[size].name, "NextHostedZoneId": zones[size].resource_id}
    return result
