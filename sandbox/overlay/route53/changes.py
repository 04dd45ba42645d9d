# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Record sets in moto's zones, and the operations that read and change them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from moto.route53 import models
from moto.route53.responses import Route53

from sandbox.overlay.base import AwsError, Call, World, corrects
from sandbox.overlay.elbv2.common import every_balancer
from sandbox.overlay.route53.records import (
    BatchError,
    Key,
    Record,
    Records,
    Scope,
    apply_batch,
    key_of,
    normal_name,
    normal_record,
    order_of,
)

_MOST_LISTED = 300


class _RecordSet(models.RecordSet):
    """moto's, with the record set in the API's shape."""

    def __init__(self, record: Record) -> None:
        super().__init__(record | {"ResourceRecords": [value["Value"] for value in record.get("ResourceRecords", [])]})
        self.record = record


def read_records(zone: models.FakeZone) -> Records:
    """The record sets of a zone in the API's shape."""
    return {key_of(kept.record): kept.record for kept in zone.rrsets}


def write_records(zone: models.FakeZone, records: Mapping[Key, Record]) -> None:
    """Replace the record sets of a zone."""
    zone.rrsets = [_RecordSet(record) for record in sorted(records.values(), key=order_of)]


def insert_records(zone: models.FakeZone, *records: tuple[str, str, int, list[str]]) -> None:
    """Add record sets (name, type, TTL, values) without a call."""
    for name, kind, ttl, values in records:
        record = {"Name": name, "Type": kind, "TTL": ttl, "ResourceRecords": [{"Value": value} for value in values]}
        write_records(zone, read_records(zone) | {key_of(normal_record(record)): normal_record(record)})


def zone_of(account: str, zone_id: str) -> models.FakeZone:
    """A zone of the account. Raises moto's NoSuchHostedZone."""
    return models.route53_backends[account]["aws"].get_hosted_zone(zone_id)


def start_change(world: World, account: str, comment: str | None = None) -> dict[str, Any]:
    """A ChangeInfo that is PENDING for a while, then INSYNC."""
    kept: dict[str, tuple[float, dict[str, Any]]] = world.store(dict, "route53", "changes", account)
    identifier = f"C{models.create_route53_zone_id(None)[1:]}"
    info = {"Id": f"/change/{identifier}", "Status": "PENDING", "SubmittedAt": datetime.now(UTC)}
    if comment:
        info["Comment"] = comment
    kept[identifier] = (world.after("change_insync"), info)
    return info


@corrects(Route53, "GetChange")
def _get_change(call: Call) -> Any:
    kept: dict[str, tuple[float, dict[str, Any]]] = call.world.store(dict, "route53", "changes", call.account)
    identifier = call.get("Id").removeprefix("/change/")
    if identifier not in kept:
        raise AwsError("NoSuchChange", f"Could not find resource with ID: {identifier}")
    done, info = kept[identifier]
    return {"ChangeInfo": info | {"Status": "INSYNC" if call.world.moment() >= done else "PENDING"}}


def alias_rules(world: World) -> dict[str, bool]:
    """Where AWS documents nothing, for tests to change: see `Scope.same_batch`."""
    return world.store(lambda: {"same_batch": True}, "route53", "alias rules")


@corrects(Route53, "ChangeResourceRecordSets")
def _change_record_sets(call: Call) -> Any:
    zone = zone_of(call.account, call.get("HostedZoneId"))
    checks = call.backend.health_checks
    scope = Scope(
        zone_id=zone.resource_id,
        zone_name=normal_name(zone.name),
        known_check=checks.__contains__,
        foreign_target=lambda target, kind: _foreign_target(call.account, target, kind),
        same_batch=alias_rules(call.world)["same_batch"],
    )
    try:
        after = apply_batch(scope, read_records(zone), call.get("ChangeBatch.Changes") or [])
    except BatchError as error:
        raise AwsError(error.code, str(error)) from error
    write_records(zone, after)
    return {"ChangeInfo": start_change(call.world, call.account, call.get("ChangeBatch.Comment"))}


def _foreign_target(account: str, target: Mapping[str, Any], kind: str) -> str | None:
    """What is wrong with an alias to a target outside the zone: a load balancer or another zone."""
    name = target["DNSName"].rstrip(".").removeprefix("dualstack.")
    if name.endswith(".elb.amazonaws.com"):
        balancer = load_balancer_named(name)
        if balancer is None:
            return "but that target was not found"
        if balancer.canonical_hosted_zone_id != target["HostedZoneId"]:
            return "but the alias target name does not lie within the target zone"
        return None
    zone = models.route53_backends[account]["aws"].zones.get(target["HostedZoneId"])
    if zone is None:
        return "but the alias target name does not lie within the target zone"
    found = any(key[:2] == (target["DNSName"], kind) for key in read_records(zone))
    return None if found else "but that target was not found"


def load_balancer_named(dns_name: str) -> Any:
    """The load balancer of any account with this DNS name, None when there is none."""
    wanted = dns_name.lower().rstrip(".").removeprefix("dualstack.")
    return next((balancer for _elb, balancer in every_balancer() if balancer.dns_name.lower() == wanted), None)


@corrects(Route53, "ListResourceRecordSets")
def _list_record_sets(call: Call) -> Any:
    zone = zone_of(call.account, call.get("HostedZoneId"))
    name, kind = call.get("StartRecordName"), call.get("StartRecordType")
    if kind and not name:
        raise AwsError("InvalidInput", "The input is not valid: StartRecordType without StartRecordName")
    size = min(int(call.get("MaxItems") or _MOST_LISTED), _MOST_LISTED)
    records = sorted(read_records(zone).values(), key=order_of)
    if name:
        start = {"Name": normal_name(name), "Type": kind or "", "SetIdentifier": call.get("StartRecordIdentifier")}
        records = [record for record in records if order_of(record) >= order_of(start)]
    result: dict[str, Any] = {
        "ResourceRecordSets": records[:size],
        "IsTruncated": len(records) > size,
        "MaxItems": str(size),
    }
    if len(records) > size:
        following = records[size]
        result |= {"NextRecordName": following["Name"], "NextRecordType": following["Type"]}
        result["NextRecordIdentifier"] = following.get("SetIdentifier")
    return result
