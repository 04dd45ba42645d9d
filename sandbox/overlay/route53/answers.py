# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""TestDNSAnswer: what the zone's name servers would answer, failover included.

Weighted, latency and other policies answer with their first healthy record set.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from moto.route53 import models, urls
from moto.route53.responses import Route53

from sandbox.overlay.agenda import settle
from sandbox.overlay.base import AwsError, Call, World, override
from sandbox.overlay.route53.changes import load_balancer_named, read_records, zone_of
from sandbox.overlay.route53.health import RecordHealth, members_of
from sandbox.overlay.route53.records import normal_name, order_of

_LONGEST_CHAIN = 32


def install(world: World) -> None:
    """Add the operation, which moto has not, and its address."""
    path = r"{0}/(?P<api_version>[\d_-]+)/"
    urls.url_paths[path + "testdnsanswer$"] = Route53.dispatch
    urls.url_paths[path + "healthcheck/(?P<health_check_id>[^/]+)/lastfailurereason$"] = Route53.dispatch
    override(Route53, "TestDNSAnswer", lambda call: _answer(world, call))


def _answer(world: World, call: Call) -> Any:
    settle(world)
    zone = zone_of(call.account, call.get("HostedZoneId"))
    name, kind = normal_name(call.get("RecordName")), call.get("RecordType")
    if not (name == zone.name or name.endswith("." + zone.name)):
        raise AwsError("InvalidInput", f"{name} is not in the zone {zone.name}")
    found = Answers(world, call.account, zone).values(name, kind)
    servers = zone.delegation_set.name_servers if zone.delegation_set else ["ns-0.awsdns-00.com"]
    return {
        "Nameserver": servers[0],
        "RecordName": name,
        "RecordType": kind,
        "RecordData": found or [],
        "ResponseCode": "NXDOMAIN" if found is None else "NOERROR",
        "Protocol": "UDP",
    }


@dataclass(frozen=True, slots=True)
class Answers:
    """What a zone answers now."""

    world: World
    account: str
    zone: models.FakeZone

    def values(self, name: str, kind: str) -> list[str] | None:
        """The values; empty when the name has none of this type, None when there is no such name."""
        for _ in range(_LONGEST_CHAIN):
            record = self._chosen(name, kind) or self._chosen(name, "CNAME")
            if record is None:
                break
            target = record.get("AliasTarget")
            if target is None:
                return [value["Value"] for value in record["ResourceRecords"]]
            if target["HostedZoneId"] != self.zone.resource_id:
                return self._addresses(target, kind)
            name = target["DNSName"]
        names = {record["Name"] for record in read_records(self.zone).values()}
        exists = any(other == name or other.endswith("." + name) for other in names)
        return [] if exists else None

    def _chosen(self, name: str, kind: str) -> Mapping[str, Any] | None:
        members = sorted(members_of(self.zone, name, kind).values(), key=order_of)
        if not members:
            return None
        health = RecordHealth(self.world, self.account)
        by_role = {member.get("Failover"): member for member in members}
        if "PRIMARY" in by_role or "SECONDARY" in by_role:
            first = by_role.get("PRIMARY") or by_role["SECONDARY"]
            second = by_role.get("SECONDARY") or first
            if health.healthy(self.zone, first) or not health.healthy(self.zone, second):
                return first
            return second
        # When nothing is healthy, everything counts as healthy.
        return next((member for member in members if health.healthy(self.zone, member)), members[0])

    def _addresses(self, target: Mapping[str, Any], kind: str) -> list[str]:
        balancer = load_balancer_named(target["DNSName"])
        if balancer is None or kind != "A":
            return []
        nodes: dict[str, Any] = self.world.store(dict, "load balancer interfaces", balancer.arn)
        public = balancer.scheme == "internet-facing"
        return [str(node.public_ip if public else node.private_ip_address) for node in nodes.values()]
