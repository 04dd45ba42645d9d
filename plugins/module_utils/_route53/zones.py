# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosted zones, found by their exact name or their owner, never as the first item of a list."""

from __future__ import annotations

import dataclasses
import typing as t

from .._aws.owner import Owner
from .._engine.aws_errors import unless
from .._engine.context import Context
from .._engine.errors import ConflictError
from .._engine.unknown import is_unknown
from .caller_references import caller_reference, reference_role
from .names import is_within, normalise, readable
from .records import RecordSet

_ZONE_ROLE: t.Final = ("global", "zone")
_RECORDS_OF_AN_EMPTY_ZONE: t.Final = 2


@dataclasses.dataclass(frozen=True, kw_only=True)
class Zone:
    """A hosted zone as ListHostedZonesByName describes it. ``zone_id`` is bare, without ``/hostedzone/``."""

    zone_id: str
    name: str
    private: bool
    caller_reference: str
    comment: str = ""
    record_count: int = 0

    @classmethod
    def from_api(cls, item: t.Mapping[str, t.Any]) -> Zone:
        """From the HostedZone of an answer."""
        config = item.get("Config", {})
        return cls(
            zone_id=bare_id(item["Id"]),
            name=normalise(item["Name"]),
            private=bool(config.get("PrivateZone", False)),
            caller_reference=item["CallerReference"],
            comment=config.get("Comment", ""),
            record_count=int(item.get("ResourceRecordSetCount", 0)),
        )

    @property
    def is_empty(self) -> bool:
        """Whether it has no records besides the SOA and NS that Route 53 made."""
        return self.record_count <= _RECORDS_OF_AN_EMPTY_ZONE


def bare_id(path: str) -> str:
    """``Z…`` of ``/hostedzone/Z…``, ``C…`` of ``/change/C…``."""
    return path.rpartition("/")[2]


def public_zones(zones: t.Iterable[Zone], name: str) -> tuple[Zone, ...]:
    """The zones that are public and have exactly this name. AWS allows several."""
    return tuple(zone for zone in zones if not zone.private and zone.name == normalise(name))


def own_zones(zones: t.Iterable[Zone], owner: Owner) -> tuple[Zone, ...]:
    """The zones that route53_zone made for this stack and environment, the one in use first.

    There are several only after concurrent runs. Those with records come before empty ones, then by age.
    """
    own = [zone for zone in zones if reference_role(owner, zone.caller_reference) == _ZONE_ROLE]
    return tuple(sorted(own, key=lambda zone: (zone.is_empty, zone.caller_reference)))


def choose(
    zones: t.Sequence[Zone], owner: Owner, zone_id: str | None = None, *, option: str = "zone_id"
) -> Zone | None:
    """The zone to use of an account's public zones of one name: the given one, else the stack's, else the only one.

    Raises ConflictError if the given one is not among them, or if several are left.
    """
    if zone_id:
        found = [zone for zone in zones if zone.zone_id == zone_id]
        if not found:
            raise ConflictError(
                f"{option}: {zone_id} is not a public zone of this name in the account; it has "
                f"{names_of(zones) or 'none'}. Correct it, or leave it out.",
                option=option,
            )
        return found[0]
    own = own_zones(zones, owner)
    candidates = [zone for zone in own if not zone.is_empty] or own[:1] or zones
    if len(candidates) > 1:
        raise ConflictError(
            f"there are several public zones of one name: {names_of(candidates)}. "
            f"Set {option} to the one that its parent delegates to, or delete the others.",
            option=option,
        )
    return candidates[0] if candidates else None


def new_zone_reference(owner: Owner) -> str:
    """A CallerReference for the zone of this stack and environment."""
    return caller_reference(owner, *_ZONE_ROLE)


# Where ListResourceRecordSets continues; the next request has Start in place of Next.
_NEXT_RECORD: t.Final = ("NextRecordName", "NextRecordType", "NextRecordIdentifier")


def read_public_zones(client: t.Any, name: str) -> tuple[Zone, ...]:
    """The account's public zones of exactly this name.

    ListHostedZonesByName starts at a name and continues with others, and has no paginator in boto3.
    """
    found: list[Zone] = []
    request: dict[str, str] = {"DNSName": normalise(name)}
    while True:
        page = client.list_hosted_zones_by_name(**request)
        zones = [Zone.from_api(item) for item in page["HostedZones"]]
        found += public_zones(zones, name)
        # Zones of one name are adjacent, so another name ends them.
        if not page.get("IsTruncated") or any(zone.name != normalise(name) for zone in zones):
            return tuple(found)
        request = {"DNSName": page["NextDNSName"], "HostedZoneId": page["NextHostedZoneId"]}


def read_records(client: t.Any, zone_id: str) -> tuple[RecordSet, ...]:
    """All record sets of a zone (ListResourceRecordSets, 300 a call)."""
    pages = client.get_paginator("list_resource_record_sets").paginate(HostedZoneId=zone_id)
    return tuple(RecordSet.from_api(item) for page in pages for item in page["ResourceRecordSets"])


def read_records_within(client: t.Any, zone_id: str, name: str) -> tuple[RecordSet, ...]:
    """The zone's record sets at ``name`` and below it.

    ListResourceRecordSets sorts by reversed labels, trailing dot included, so they are adjacent. Pages are requested
    one by one: reading ahead a paginator's pages would read the rest of a zone that may be large.
    """
    start = normalise(name)
    found: list[RecordSet] = []
    request: dict[str, str] = {"StartRecordName": start}
    while True:
        page = client.list_resource_record_sets(HostedZoneId=zone_id, **request)
        records = [RecordSet.from_api(item) for item in page["ResourceRecordSets"]]
        inside = [record for record in records if is_within(record.name, start)]
        found += inside
        if not page.get("IsTruncated") or len(inside) < len(records):
            return tuple(found)
        request = {f"Start{key[4:]}": page[key] for key in _NEXT_RECORD if key in page}


def names_of(zones: t.Iterable[Zone]) -> str:
    """Zones for a message: ``dev.example.com (Z1), dev.example.com (Z2)``."""
    return ", ".join(f"{readable(zone.name)} ({zone.zone_id})" for zone in zones)


def read_zone(ctx: Context, owner: Owner, name: str, zone_id: str | None) -> tuple[str | None, tuple[RecordSet, ...]]:
    """(id, records) of a zone, looked up by name unless the id is given. None if it does not exist."""
    client = ctx.client("route53")
    if zone_id is None:
        zone = choose(read_public_zones(client, name), owner)
        zone_id = zone.zone_id if zone else None
    if zone_id is None or is_unknown(zone_id):
        return zone_id, ()
    records = unless({"NoSuchHostedZone"}, lambda: read_records(client, zone_id))
    return (None, ()) if records is None else (zone_id, records)
