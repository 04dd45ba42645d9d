# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The calls for the hosted zone."""

from __future__ import annotations

import typing as t

from ..._aws.owner import Tags, tag_list, tags_from
from ..._engine import field
from ..._engine.aws_errors import unless
from ..._engine.context import Context
from ..._engine.errors import AwsError
from ..._engine.known import Known
from ..._engine.plan import Change, Wait
from ..._engine.resource import Calls
from ..._engine.retry import retry, until_found
from ..._route53.changes import BUSY, insync
from ..._route53.names import readable
from ..._route53.records import RecordSet
from ..._route53.zones import Zone, bare_id, new_zone_reference, own_zones, read_public_zones, read_records
from ..spec import ZoneSpec
from .hosted_zone import ADDRESS, FIELDS, KIND, WAIT_KIND

# Route 53's API does not know a new zone everywhere at once.
_NOT_YET: t.Final = frozenset({"NoSuchHostedZone"})
_OF_THE_ZONE_ITSELF = frozenset({"SOA", "NS"})


def read_name_servers(client: t.Any, zone_id: str) -> tuple[str, ...]:
    """The name servers of the zone's delegation set (GetHostedZone)."""
    return tuple(sorted(client.get_hosted_zone(Id=zone_id)["DelegationSet"]["NameServers"]))


def read_tags(client: t.Any, zone_id: str) -> dict[str, str]:
    """ListTagsForResource."""
    answer = client.list_tags_for_resource(ResourceType="hostedzone", ResourceId=zone_id)
    return tags_from(answer["ResourceTagSet"].get("Tags"))


def read_leftovers(client: t.Any, zone: Zone) -> tuple[RecordSet, ...]:
    """The record sets that are not deleted with the zone."""
    if zone.is_empty:
        return ()
    records = read_records(client, zone.zone_id)
    return tuple(record for record in records if record.name != zone.name or record.type not in _OF_THE_ZONE_ITSELF)


def create(ctx: Context, change: Change, known: Known) -> None:
    """CreateHostedZone, idempotent by its CallerReference, and ChangeTagsForResource, since it takes no tags."""
    spec: ZoneSpec = change.data
    client = ctx.client("route53")
    reference = new_zone_reference(spec.owner)
    config = {"Comment": spec.comment, "PrivateZone": False}
    # A try whose answer was lost may have made the zone, and a reference is refused the second time.
    answer = unless(
        {"HostedZoneAlreadyExists"},
        lambda: client.create_hosted_zone(Name=spec.name, CallerReference=reference, HostedZoneConfig=config),
    )
    made = (Zone.from_api(answer["HostedZone"]),) if answer else ()
    zone = _settle(ctx, client, spec, made, reference)
    servers = retry(ctx, lambda: read_name_servers(client, zone.zone_id), codes=_NOT_YET)
    known.put(
        ADDRESS,
        id=zone.zone_id,
        name_servers=",".join(servers),
        change_id=bare_id(answer["ChangeInfo"]["Id"]) if answer and zone in made else "",
    )
    _tag(ctx, client, zone.zone_id, spec.owner.tags(ADDRESS))


def _settle(ctx: Context, client: t.Any, spec: ZoneSpec, made: tuple[Zone, ...], reference: str) -> Zone:
    """The zone to use: a concurrent run may have made another one, and both must choose the same."""

    def find() -> tuple[Zone, ...] | None:
        zones = {zone.zone_id: zone for zone in (*read_public_zones(client, spec.name), *made)}
        return own_zones(zones.values(), spec.owner) or None

    # A list may not have a new zone yet.
    own = until_found(ctx, find)
    if own is None:
        raise AwsError(f"CreateHostedZone says that {readable(spec.name)} exists, but it isn't listed; run again.")
    for zone in own[1:]:
        if zone.caller_reference == reference:
            _delete_zone(ctx, client, zone.zone_id)
    return own[0]


def update(ctx: Context, change: Change, _known: Known) -> None:
    """UpdateHostedZoneComment and ChangeTagsForResource, for what differs."""
    client = ctx.client("route53")
    if members := field.write(FIELDS, change.after):
        retry(ctx, lambda: client.update_hosted_zone_comment(Id=change.data, **members), codes=BUSY)
    if "tags" in change.after:
        _tag(ctx, client, change.data, change.after["tags"])


def _tag(ctx: Context, client: t.Any, zone_id: str, tags: Tags) -> None:
    added = tag_list(tags)
    retry(
        ctx,
        lambda: client.change_tags_for_resource(ResourceType="hostedzone", ResourceId=zone_id, AddTags=added),
        codes=BUSY | _NOT_YET,
    )


def delete(ctx: Context, change: Change, _known: Known) -> None:
    """DeleteHostedZone, unless it is gone."""
    _delete_zone(ctx, ctx.client("route53"), change.data)


def _delete_zone(ctx: Context, client: t.Any, zone_id: str) -> None:
    unless({"NoSuchHostedZone"}, lambda: retry(ctx, lambda: client.delete_hosted_zone(Id=zone_id), codes=BUSY))


def is_insync(ctx: Context, _wait: Wait, known: Known) -> str | None:
    """GetChange of the creation."""
    return insync(ctx.client("route53"), known.get(ADDRESS, "change_id"))


CALLS: t.Final = Calls(kind=KIND, create=create, update=update, delete=delete, waits={WAIT_KIND: is_insync})
