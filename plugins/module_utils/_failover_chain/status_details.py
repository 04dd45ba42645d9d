# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Parts of failover_info's result. Pure."""

from __future__ import annotations

import datetime
import typing as t

from .._route53 import health
from .._route53.names import normalise, readable
from .._route53.records import RecordSet
from .health_checks import Check
from .status import Dns, Request

# The position of the switches if they evict every region
NOBODY: t.Final = "none"
AUTO: t.Final = "auto"
# Their position if the status of one of them is not known
UNKNOWN: t.Final = "unknown"
_PORTS: t.Final = {"http": 80, "https": 443}


def url_of(check: Check, record: str, path: str = "/") -> str:
    """The service's URL, with the scheme and port of this endpoint check."""
    scheme = "https" if check.config["Type"].startswith("HTTPS") else "http"
    port = check.config.get("Port")
    return f"{scheme}://{record}{'' if port in (None, _PORTS[scheme]) else f':{port}'}{path}"


def describe_request(request: Request | None) -> dict[str, t.Any] | None:
    """``request`` of the result."""
    if request is None:
        return None
    reply = request.reply
    return {
        "url": request.url,
        "address": request.address,
        "ok": reply.ok,
        "status": reply.status,
        "problem": reply.error,
        "milliseconds": reply.ms,
        "note": request.note,
    }


def name_servers_of(zone: str, records: t.Sequence[RecordSet]) -> tuple[str, ...]:
    """The zone's own name servers, from the NS record set at its apex."""
    apex = normalise(zone)
    found = next((record.values for record in records if (record.name, record.type) == (apex, "NS")), frozenset())
    return tuple(sorted(readable(name) for name in found))


def describe_dns(dns: Dns | None, answer: t.Mapping[str, t.Any] | None) -> dict[str, t.Any] | None:
    """``dns`` of the result.

    :param answer: of TestDNSAnswer.
    """
    if dns is None:
        return None
    return {
        "response_code": dns.answer.rcode,
        "addresses": list(dns.answer.addresses),
        "region": dns.region,
        "ttl": dns.answer.ttl,
        "name_servers": list(dns.answer.name_servers),
        "differing": list(dns.answer.differing),
        "note": dns.answer.note or _last_resort(dns, answer),
        "problem": dns.answer.problem,
    }


def _last_resort(dns: Dns, answer: t.Mapping[str, t.Any] | None) -> str:
    """TestDNSAnswer's result, where DNS cannot be queried."""
    if dns.answer.rcode or not answer or not answer["values"]:
        return ""
    addresses = ", ".join(answer["values"])
    return f"DNS cannot be queried here; TestDNSAnswer says {addresses}, but need not follow health checks"


def describe_delegation(dns: Dns | None, own: t.Sequence[str]) -> dict[str, t.Any] | None:
    """Whether the parent zone refers to the zone's own name servers, in any order; None if resolving began at the zone.

    :param own: the zone's own name servers; empty if they could not be read.
    """
    if dns is None or dns.parent_zone is None:
        return None
    said, problem = dns.delegation, dns.delegation.problem
    if not problem and own and set(said.name_servers) != set(own):
        problem = f"the servers of {dns.parent_zone} refer to other name servers than the zone's own"
    if said.differing:
        problem = f"the servers of {dns.parent_zone} do not say the same: {'; '.join(said.differing)}"
    return {
        "parent_zone": dns.parent_zone,
        "delegated": bool(said.name_servers) and not problem,
        "parent_answers": list(said.name_servers),
        "zone_name_servers": list(own),
        "problem": problem,
    }


def describe_switch(
    regions: t.Sequence[str], evicted: t.Mapping[str, t.Sequence[str]], *, known: bool = True
) -> dict[str, t.Any]:
    """The switches' position: ``auto``, or the first region that they do not evict, or ``none``.

    :param regions: those in DNS, first to serve first.
    :param evicted: region → the seats of the switches that evict it.
    :param known: whether the status of every switch is known; otherwise the position is ``unknown``.
    """
    held = {region: list(seats) for region, seats in evicted.items() if seats}
    left = next((region for region in regions if region not in held), NOBODY)
    position = (left if held else AUTO) if known else UNKNOWN
    return {"position": position, "evicted": held}


def describe_observations(seen: t.Sequence[t.Mapping[str, t.Any]]) -> list[dict[str, t.Any]]:
    """The checkers' last reports (HealthCheckObservations), sorted by region and address."""
    shown = [
        {
            "region": item.get("Region", ""),
            "ip": item.get("IPAddress", ""),
            "status": health.status_text(item),
            "checked_at": _moment(item.get("StatusReport", {}).get("CheckedTime")),
        }
        for item in seen
    ]
    return sorted(shown, key=lambda item: (item["region"], item["ip"]))


def last_failure(seen: t.Sequence[t.Mapping[str, t.Any]]) -> dict[str, t.Any] | None:
    """The newest of the checkers' last failures; None if there is none."""
    failures = [item for item in describe_observations(seen) if not item["status"].lower().startswith("success")]
    return max(failures, key=lambda item: item["checked_at"] or "", default=None)


def describe_certificate(expires: datetime.datetime | None, now: datetime.datetime) -> dict[str, t.Any] | None:
    """When the certificate expires, and in how many whole days."""
    if expires is None:
        return None
    return {"expires_at": _moment(expires), "days": (expires - now).days}


def _moment(moment: datetime.datetime | None) -> str | None:
    """In ISO 8601 and UTC."""
    return moment.astimezone(datetime.UTC).isoformat(timespec="seconds") if moment else None
