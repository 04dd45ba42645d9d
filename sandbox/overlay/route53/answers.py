# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The answers of a zone's name servers, with failover, for TestDNSAnswer and for the name servers of the data plane.

Weighted, latency and other policies answer with their first healthy record set. Rules from the Developer Guide
("How Amazon Route 53 chooses records", "Choosing between alias and non-alias records") and from RFC 1034, 2308, 4592.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from moto.route53 import models, urls
from moto.route53.responses import Route53

from sandbox.overlay.base import AwsError, Call, World, corrects
from sandbox.overlay.elbv2.common import nodes_of
from sandbox.overlay.route53.changes import load_balancer_named, read_records, zone_of
from sandbox.overlay.route53.health import RecordHealth, members_of
from sandbox.overlay.route53.records import normal_name, order_of

# AWS sets the TTL of aliases to load balancers, and it cannot be changed.
BALANCER_TTL = 60
_LONGEST_CHAIN = 32
_WILDCARD = "\\052."


@dataclass(frozen=True, slots=True)
class RRset:
    """Records of one name and type; the values in the form of a zone file."""

    name: str
    kind: str
    ttl: int
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """A name server's answer: the name of its response code, and two sections."""

    code: str
    answer: tuple[RRset, ...] = ()
    authority: tuple[RRset, ...] = ()
    authoritative: bool = True

    @property
    def referral(self) -> RRset | None:
        """The name servers of the zone below which know more; None when this is an answer."""
        refers = self.code == "NOERROR" and not self.authoritative and not self.answer
        return next((rrset for rrset in self.authority if refers and rrset.kind == "NS"), None)


def patch() -> None:
    """The addresses of operations that moto has not."""
    path = r"{0}/(?P<api_version>[\d_-]+)/"
    urls.url_paths[path + "testdnsanswer$"] = Route53.dispatch
    urls.url_paths[path + "healthcheck/(?P<health_check_id>[^/]+)/lastfailurereason$"] = Route53.dispatch


@corrects(Route53, "TestDNSAnswer")
def _test(call: Call) -> Any:
    zone = zone_of(call.account, call.get("HostedZoneId"))
    name, kind = normal_name(call.get("RecordName")), call.get("RecordType")
    if not within(name, zone.name):
        raise AwsError("InvalidInput", f"{name} is not in the zone {zone.name}")
    found = Answers(call.world, call.account, zone, follows_health=not ignores_health(call.world)).answer(name, kind)
    asked_for = (found.referral,) if found.referral and kind == "NS" else found.answer
    servers = zone.delegation_set.name_servers if zone.delegation_set else ["ns-0.awsdns-00.com"]
    return {
        "Nameserver": servers[0],
        "RecordName": name,
        "RecordType": kind,
        "RecordData": list(asked_for[0].values) if asked_for else [],
        "ResponseCode": found.code,
        "Protocol": "UDP",
    }


def ignores_health(world: World) -> list[bool]:
    """Whether TestDNSAnswer answers as if everything were healthy: not empty if it does.

    AWS does not document whether it considers health checks (Route 53 API Reference, TestDNSAnswer), so callers must
    not rely on either. Tests change the list.
    """
    return world.store(list, "route53", "TestDNSAnswer ignores health")


def within(name: str, zone_name: str) -> bool:
    """Whether the name is that of the zone or below it."""
    return name == zone_name or name.endswith("." + zone_name)


def _ancestors(name: str, zone_name: str) -> Iterator[str]:
    """The name, and every name between it and the zone's, which is left out."""
    while name != zone_name and within(name, zone_name):
        yield name
        name = name.partition(".")[2]


@dataclass(frozen=True, slots=True)
class Answers:
    """The zone's current answer; without `follows_health` as if everything were healthy."""

    world: World
    account: str
    zone: models.FakeZone
    follows_health: bool = True

    def answer(self, name: str, kind: str) -> Answer:
        """The answer for a normal name in the zone; CNAMEs are followed as long as they stay in it."""
        chain: list[RRset] = []
        for _ in range(_LONGEST_CHAIN):
            cut = self._cut(name, kind)
            if cut is not None:
                return Answer("NOERROR", tuple(chain), () if chain else (cut,), authoritative=bool(chain))
            source = self._source(name)
            if source is None:
                return self._negative("NXDOMAIN", chain)
            found = self._rrset(name, source, kind)
            if found is not None:
                return Answer("NOERROR", (*chain, found))
            link = self._rrset(name, source, "CNAME")
            if link is None:
                return self._negative("NOERROR", chain)
            chain.append(link)
            name = normal_name(link.values[0])
            if not within(name, self.zone.name):
                return Answer("NOERROR", tuple(chain))
        return Answer("SERVFAIL")

    def _negative(self, code: str, chain: list[RRset]) -> Answer:
        """A negative answer, with the SOA record for caching it (RFC 2308)."""
        soa = self._rrset(self.zone.name, self.zone.name, "SOA")
        if soa is None:
            return Answer(code, tuple(chain))
        minimum = int(soa.values[0].split()[-1])
        return Answer(code, tuple(chain), (RRset(soa.name, "SOA", min(soa.ttl, minimum), soa.values),))

    def _cut(self, name: str, kind: str) -> RRset | None:
        """The NS record set of the topmost zone below this one that the name is in. Its DS is this zone's matter."""
        for above in reversed(list(_ancestors(name, self.zone.name))):
            found = self._rrset(above, above, "NS")
            if found is not None and not (kind == "DS" and above == name):
                return found
        return None

    def _source(self, name: str) -> str | None:
        """The name whose record sets answer: itself, or the wildcard below its closest existing parent (RFC 4592)."""
        names = {record["Name"] for record in read_records(self.zone).values()}

        def exists(other: str) -> bool:
            return any(within(known, other) for known in names)

        for above in (*_ancestors(name, self.zone.name), self.zone.name):
            if exists(above):
                wildcard = _WILDCARD + above
                return name if above == name else wildcard if wildcard in names else None
        return None

    def _rrset(self, owner: str, source: str, kind: str, depth: int = 0) -> RRset | None:
        """The chosen record set of `source` under the name `owner`; for an alias, that of its target."""
        record = self._chosen(source, kind)
        if record is None or depth > _LONGEST_CHAIN:
            return None
        target = record.get("AliasTarget")
        if target is None:
            values = tuple(value["Value"] for value in record["ResourceRecords"])
            return RRset(owner, kind, int(record["TTL"]), values)
        zone = models.route53_backends[self.account]["aws"].zones.get(target["HostedZoneId"])
        if zone is None:
            return self._balancer(owner, target["DNSName"], kind)
        return replace(self, zone=zone)._rrset(owner, target["DNSName"], kind, depth + 1)

    def _chosen(self, name: str, kind: str) -> Mapping[str, Any] | None:
        members = sorted(members_of(self.zone, name, kind).values(), key=order_of)
        if not members:
            return None
        healthy = RecordHealth(self.world, self.account).healthy if self.follows_health else lambda _record: True
        by_role = {member.get("Failover"): member for member in members}
        if "PRIMARY" in by_role or "SECONDARY" in by_role:
            first = by_role.get("PRIMARY") or by_role["SECONDARY"]
            second = by_role.get("SECONDARY") or first
            if healthy(first) or not healthy(second):
                return first
            return second
        # When nothing is healthy, everything counts as healthy.
        return next((member for member in members if healthy(member)), members[0])

    def _balancer(self, owner: str, dns_name: str, kind: str) -> RRset | None:
        balancer = load_balancer_named(dns_name)
        values = addresses_of(self.world, balancer) if balancer is not None and kind == "A" else ()
        return RRset(owner, "A", BALANCER_TTL, values) if values else None


def addresses_of(world: World, balancer: Any) -> tuple[str, ...]:
    """The addresses that a load balancer's name has in DNS."""
    nodes = nodes_of(world, balancer.arn).values()
    public = balancer.scheme == "internet-facing"
    return tuple(str(node.public_ip if public else node.private_ip_address) for node in nodes)
