# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What failover_info returns of an environment, as tests put it together."""

from __future__ import annotations

import typing as t

from ansible_collections.everlook.failover.plugins.plugin_utils.status_look import Drift, Look

EAST, WEST = "us-east-1", "us-west-1"
AT = "2026-11-25T12:00:00+00:00"
OK = "Success: HTTP Status Code 200, OK"
TIMEOUT = "Failure: Connection timed out. The endpoint or the internet connection is down. Resolved IP: 192.0.2.1"
CHECKERS = ("eu-west-1", "us-west-2")
IMAGE = "sha256:0123456789abcdef0123456789abcdef"
NO_DRIFT = Drift(summary="none")
Document = dict[str, t.Any]


def endpoint(
    *failing: str, some: t.Sequence[str] = (), failed_at: str | None = None, healthy: bool | None = None
) -> Document:
    """:param failing: checker regions that fail wholly; ``some``: those of which one of two fails."""
    seen = [
        {
            "region": place,
            "ip": f"192.0.2.{number}",
            "status": TIMEOUT if place in failing or (place in some and number == 1) else OK,
            "checked_at": AT,
        }
        for place in CHECKERS
        for number in (1, 2)
    ]
    well = sum(item["status"] == OK for item in seen)
    failure = {"region": CHECKERS[0], "ip": "192.0.2.1", "status": TIMEOUT, "checked_at": failed_at}
    return {
        "id": "check",
        "healthy": well > 0 if healthy is None else healthy,
        "checkers": len(seen),
        "healthy_checkers": well,
        "reports": [],
        "observations": seen,
        "last_failure": failure if failed_at else None,
    }


def region(name: str, place: int | None, **changed: t.Any) -> Document:
    """A region that is well."""
    return {
        "name": name,
        "place": place,
        "role": {1: "primary", 2: "secondary", None: "not in DNS"}.get(place, "standby"),
        "healthy": True,
        "reasons": [],
        "summary": "stands by",
        "targets": {"healthy": 2, "total": 2, "states": {"healthy": 2}, "missing": "", "problem": ""},
        "tasks": {"desired": 2, "running": 2, "pending": 0, "rollout": "", "problem": ""},
        "health_check": {"id": "calculated", "healthy": True},
        "endpoint": endpoint(),
        "switches": {other: {"healthy": True} for other in (EAST, WEST) if other != name},
        "image": IMAGE,
        "certificate": None,
        "alarms": [{"evicts": other, "state": "OK"} for other in (EAST, WEST) if other != name],
        **changed,
    }


def down(name: str, place: int, *reasons: str, **changed: t.Any) -> Document:
    """A region that Route 53 takes as unhealthy."""
    return region(name, place, healthy=False, reasons=list(reasons or ("health checkers fail: down",)), **changed)


def unread(place: str, reason: str, *, refused: bool = False) -> Document:
    """What failover_info could not read."""
    return {"region": place, "reason": reason, "refused": refused}


def dns(serving: str | None = EAST, *addresses: str, problem: str = "", rcode: str = "NOERROR") -> Document:
    """What DNS answers."""
    found = [] if problem else list(addresses or ("192.0.2.1",))
    return {
        "response_code": rcode,
        "addresses": found,
        "region": serving,
        "ttl": 60 if found else None,
        "name_servers": ["ns"],
        "problem": problem,
    }


def delegation(*answers: str, problem: str = "") -> Document:
    """What the parent says."""
    return {
        "parent_zone": "example.com",
        "delegated": not problem,
        "parent_answers": list(answers),
        "zone_name_servers": ["ns-1", "ns-2"],
        "problem": problem,
    }


def info(*regions: Document, **changed: t.Any) -> Document:
    """The result of failover_info: all is well unless said."""
    return {
        "record": "dev.example.com",
        "zone": "dev.example.com",
        "zone_id": "Z1",
        "url": "http://dev.example.com/",
        "serving": EAST,
        "serving_reason": "the first region is healthy",
        "problems": [],
        "route53_problem": "",
        "dns": dns(),
        "delegation": delegation("ns-1", "ns-2"),
        "switch": {"position": "auto", "evicted": {}},
        "held_switches": [],
        "unread": [],
        "regions": list(regions or (region(EAST, 1), region(WEST, 2))),
        **changed,
    }


def look(*regions: Document, **changed: t.Any) -> Look:
    """A look; ``changed`` are fields of Look, or of what failover_info returned."""
    fields: Document = {
        "stack": "hello",
        "environment": "dev",
        "account_id": "111111111111",
        "priorities": {EAST: 1, WEST: 2},
        "zones": {EAST: ["us-east-1a", "us-east-1b"]},
        "drift": NO_DRIFT,
        "journal": None,
        "drill": None,
        "at": AT,
        "share": 100,
        "certificates": {},
        "alarms": {},
        "lost": {},
    }
    own = {key: changed.pop(key) for key in list(changed) if key in fields}
    return Look(**{**fields, **own}, info=info(*regions, **changed))
