# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Protections of record sets, which moto does not have.

Developer Guide, "Protecting records from changes", and the API reference of CreateResourceRecordSetProtections: while
one exists, changes of record sets with its name and type are refused as InvalidChangeBatch, and so is the deletion of
the zone.
"""

from __future__ import annotations

from typing import Any

from moto.route53 import urls
from moto.route53.responses import Route53

from sandbox.overlay.base import AwsError, Call, corrects
from sandbox.overlay.route53.changes import zone_of
from sandbox.overlay.route53.records import normal_name

Protections = dict[tuple[str, str], dict[str, Any]]


def patch() -> None:
    """The addresses of operations that moto has not."""
    path = r"{0}/(?P<api_version>[\d_-]+)/hostedzone/(?P<zone_id>[^/]+)/rrsetprotection"
    urls.url_paths[path + "$"] = Route53.dispatch
    urls.url_paths[path + "/delete$"] = Route53.dispatch


def _kept(call: Call) -> Protections:
    """The protected record sets of the call's zone, by name and type."""
    zone = zone_of(call.account, call.get("HostedZoneId") or call.get("Id"))
    protections: Protections = call.world.store(dict, "route53", "protections", call.account, zone.resource_id)
    return protections


def _key(item: dict[str, Any]) -> tuple[str, str]:
    return normal_name(item["RecordName"]), item["RecordType"]


@corrects(Route53, "CreateResourceRecordSetProtections")
def _create(call: Call) -> Any:
    kept, wanted = _kept(call), call.get("Protections") or []
    if all(_key(item) in kept for item in wanted):
        raise AwsError("ProtectionAlreadyExists", "Every entry already has a protection")
    for item in wanted:
        kept.setdefault(_key(item), {**item, "RecordName": normal_name(item["RecordName"])})
    return {}


@corrects(Route53, "DeleteResourceRecordSetProtections")
def _delete(call: Call) -> Any:
    kept, unwanted = _kept(call), call.get("Protections") or []
    if any(_key(item) not in kept for item in unwanted):
        raise AwsError("InvalidResourceRecordSetProtectionBatch", "No protection exists for an entry")
    for item in unwanted:
        del kept[_key(item)]
    return {}


@corrects(Route53, "ListResourceRecordSetProtections")
def _list(call: Call) -> Any:
    return {"ResourceRecordSetProtections": [item for _key, item in sorted(_kept(call).items())]}


@corrects(Route53, "ChangeResourceRecordSets")
def _change(call: Call) -> Any:
    kept = _kept(call)
    for change in call.get("ChangeBatch.Changes") or []:
        record = change["ResourceRecordSet"]
        if (normal_name(record["Name"]), record["Type"]) in kept:
            raise AwsError(
                "InvalidChangeBatch",
                f"[The resource record set [name='{record['Name']}', type='{record['Type']}'] is protected]",
            )
    return call.proceed()


@corrects(Route53, "DeleteHostedZone")
def _delete_zone(call: Call) -> Any:
    if _kept(call):
        raise AwsError("HostedZoneNotEmpty", "The hosted zone contains resource record set protections")
    return call.proceed()
