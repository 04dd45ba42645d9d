# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reports of an environment in each state worth a picture. deployment.json is one that site.yml wrote."""

from __future__ import annotations

import copy
import dataclasses
import datetime
import json
import random
import typing as t
from pathlib import Path

from ansible_collections.everlook.failover.plugins.plugin_utils.page.facts import Reports

Document = dict[str, t.Any]

EAST, WEST, IRELAND = "us-east-1", "us-west-1", "eu-west-1"
SEEN_AT = "2026-11-25T14:31:07+00:00"
LOCAL = "http://127.0.0.1:36107"
SERVICE_UNAVAILABLE = "Failure: HTTP Status Code 503, Service Unavailable. Resolved IP: 198.51.100.10"
TIMEOUT = "Failure: Connection timed out. The endpoint or the internet connection is down. Resolved IP: 198.51.100.10"
GOOD = "Success: HTTP Status Code 200, OK"
BROKEN = "A drill is in progress or was interrupted: drill.yml and site.yml heal it first."
CHANGES = [
    {"region": EAST, "layer": "vpc", "action": "update", "kind": "route", "name": "private-a", "reason": "another NAT"},
    {"region": "", "layer": "route53_zone", "action": "create", "kind": "delegation", "name": "main", "reason": ""},
]
IMAGE = "public.ecr.aws/nginx/nginx@sha256:42e917aaa1b5bb40dd0f6f7f4f857490ac7747d7ef73b391c774a41a8b994f15"


TASKS = {"desired": 2, "running": 2, "pending": 0, "minimum": None, "maximum": None, "problem": ""}


def deployment() -> Document:
    path = Path(__file__).parent / "fixtures" / "deployment.json"
    return t.cast("Document", json.loads(path.read_text(encoding="utf-8")))


def region(name: str, priority: int, others: t.Sequence[str], **changed: t.Any) -> Document:
    """A region of status.json in which all is well."""
    found: Document = {
        "name": name,
        "priority": priority,
        "place": priority,
        "role": ("primary", "secondary", "standby")[priority - 1],
        "healthy": True,
        "reasons": [],
        "summary": "stands by, 2 of 2 targets healthy",
        "targets": {"healthy": 2, "total": 2, "states": {"healthy": 2}, "problem": ""},
        "tasks": {**TASKS, "most": 2, "most_source": "Container Insights"},
        "capacity": None,
        "health_check": {"id": "a2480121-88e6-4c7c-8a88-40b5af114482", "healthy": True},
        "endpoint": endpoint(16),
        "switches": {other: {**endpoint(16), "checkers": 0, "healthy_checkers": 0, "reports": []} for other in others},
        "image": IMAGE,
        "certificate": None,
        "zones": [f"{name}a", f"{name}b"],
    }
    return {**found, **changed}


def endpoint(healthy: int, *reports: str) -> Document:
    return {
        "id": "1201a17f-c116-4f8d-b813-a0652a103a86",
        "healthy": healthy > 2,
        "checkers": 16,
        "healthy_checkers": healthy,
        "reports": [*reports, GOOD] if healthy else list(reports),
    }


def seen_from(report: str, *places: str) -> list[Document]:
    """What checkers in other places than these report is success."""
    everywhere = ["eu-west-1", "sa-east-1", "us-east-1", "us-west-2"]
    return [{"region": place, "ip": "192.0.2.1", "status": report if place in places else GOOD} for place in everywhere]


def sick(name: str, priority: int, others: t.Sequence[str], report: str = SERVICE_UNAVAILABLE) -> Document:
    """A region without a healthy target."""
    return region(
        name,
        priority,
        others,
        healthy=False,
        reasons=["no healthy target", f"health checkers fail: {report}"],
        summary=f"does not serve (health checkers fail: {report}), 0 of 2 targets healthy",
        targets={"healthy": 0, "total": 2, "states": {"unhealthy": 2}, "problem": ""},
        tasks={"desired": 2, "running": 2, "pending": 0, "problem": ""},
        health_check={"id": "a2480121-88e6-4c7c-8a88-40b5af114482", "healthy": False},
        endpoint=endpoint(0, report),
    )


def status(regions: t.Sequence[Document], serving: str | None, **changed: t.Any) -> Document:
    servers = deployment()["route53_zone"]["name_servers"]
    found: Document = {
        "schema": 1,
        "stack": "hello",
        "environment": "dev",
        "account_id": "111111111111",
        "record": "dev.example.com",
        "zone": "dev.example.com",
        "zone_id": "ZC383PT5G9UMAI1EMRB33",
        "url": "http://dev.example.com/",
        "written_at": SEEN_AT,
        "endpoint_url": None,
        "serving": serving,
        "expected": serving,
        "serving_reason": "the first region is healthy",
        "sentence": "All is well: us-east-1 serves dev.example.com, and us-west-1 is ready to take over.",
        "problems": [],
        "delegation": {
            "parent_zone": "example.com",
            "delegated": True,
            "parent_answers": servers,
            "zone_name_servers": servers,
            "problem": "",
        },
        "answer": {"response_code": "NOERROR", "addresses": ["198.51.100.10", "198.51.100.20"], "region": serving},
        "switch": {"position": "auto", "evicted": {}},
        "drift": {"summary": "none", "changes": []},
        "journal": None,
        "images": {"same": True, "by_region": {item["name"]: item["image"] for item in regions}},
        "regions": list(regions),
    }
    return {**found, **changed}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Course:
    """How a drill went, in seconds since its start."""

    fault: float = 15.0
    detected: float = 44.2
    moved: float = 46.0
    healed: float = 150.0
    back: float = 183.0
    ended: float = 213.0
    recovers: bool = True


def _requests(course: Course, dice: random.Random) -> list[Document]:
    """One request a quarter of a second."""
    found: list[Document] = []
    moment = 0.0
    while (moment := moment + dice.uniform(0.2, 0.3)) < course.ended:
        place = EAST if moment < course.moved or moment > course.back else WEST
        ok = place == WEST if course.fault < moment < course.healed else True
        ok = ok and (course.recovers or not course.fault < moment < course.healed)
        error = "" if ok else "timed out after 2 s"
        shown = {"region": place if ok else None, "ok": ok, "status": 200 if ok else None, "error": error}
        found.append({"t": round(moment, 2), **shown, "ms": 12 if ok else 2000})
    return found


def _answers(course: Course) -> list[Document]:
    """One DNS answer a second."""
    return [
        {"t": float(at), "region": EAST if at < course.moved or at > course.back else WEST, "rcode": "NOERROR"}
        for at in range(int(course.ended))
    ]


def _visits(course: Course) -> list[Document]:
    """A request every half second of a user whose connection the fault cuts off."""
    found: list[Document] = []
    for at in (index / 2 for index in range(int(course.ended) * 2)):
        lost = course.fault < at < course.moved
        region = None if lost else EAST if at < course.moved else WEST
        found.append({"t": at, "region": region, "ok": not lost, "error": "timed out" if lost else "", "ended": None})
    return found


def _events(course: Course) -> list[Document]:
    events = (
        (0.4, "ready", "us-west-1 could carry the load: 2 healthy targets"),
        (course.fault, "fault", "the load balancer in us-east-1 admits nobody any more"),
        (course.detected, "detected", "Failure: Connection timed out. See AWS's documentation."),
        (course.moved, "dns_moved", "DNS answers us-west-1"),
        (course.healed, "healed", "the ingress rules of us-east-1 are back"),
        (course.back, "dns_back", "DNS answers us-east-1"),
        (course.ended, "ended", "passed"),
    )
    return [{"t": at, "kind": kind, "text": text} for at, kind, text in events]


def _measured(course: Course, failed: t.Sequence[Document]) -> Document:
    """Seconds since the fault, or since its end."""
    return {
        "detection_seconds": course.detected - course.fault,
        "dns_moved_seconds": course.moved - course.fault,
        "first_failed_request_seconds": round(failed[0]["t"] - course.fault, 2),
        "last_failed_request_seconds": round(failed[-1]["t"] - course.fault, 2),
        "all_traffic_moved_seconds": round(course.moved + 0.2 - course.fault, 2) if course.recovers else None,
        "kept_answered_seconds": 0.0,
        "kept_ended_seconds": 3.0,
        "kept_moved_seconds": course.moved + 0.4 - course.fault,
        "dns_back_seconds": course.back - course.healed,
        "all_traffic_back_seconds": course.back + 0.3 - course.healed,
    }


def drill(course: Course, started_at: str = "2026-11-25T14:20:00+00:00", **changed: t.Any) -> Document:
    """A drill of block_alb."""
    requests = _requests(course, random.Random(started_at))
    failed = [item for item in requests if not item["ok"]]
    start = datetime.datetime.fromisoformat(started_at)
    found: Document = {
        "schema": 1,
        "stack": "hello",
        "environment": "dev",
        "record": "dev.example.com",
        "url": "http://dev.example.com/",
        "started_at": started_at,
        "ended_at": (start + datetime.timedelta(seconds=course.ended)).isoformat(),
        "fault": "block_alb",
        "region": EAST,
        "standby": WEST,
        "regions": [EAST, WEST],
        "endpoint_url": None,
        "verdict": "passed",
        "reasons": [],
        "budget": {
            "detection_seconds": 40,
            "ttl_seconds": 60,
            "total_seconds": 100,
            "formula": "3 checks every 10 s + 10 s until Route 53's name servers know + 60 s TTL = 100 s",
        },
        "measured": _measured(course, failed),
        "requests": {
            "total": len(requests),
            "failed": len(failed),
            "by_region": {name: sum(item["region"] == name for item in requests) for name in (EAST, WEST)},
        },
        "timeline": requests,
        "dns_timeline": _answers(course),
        "kept_timeline": _visits(course),
        "events": _events(course),
    }
    return {**found, **changed}


def failed_drill() -> Document:
    """The standby answered errors."""
    reasons = [
        "requests still failed when the fault was healed, 150 s after it; the budget is 40 s",
        "us-west-1 answered no request while the fault lasted",
    ]
    course = Course(recovers=False, moved=74.5, detected=72.0, healed=165.0, back=192.0, ended=220.0)
    return drill(course, started_at="2026-11-25T14:25:00+00:00", verdict="failed", reasons=reasons)


def history() -> tuple[Document, ...]:
    """Earlier drills, newest first."""
    quick = drill(Course(detected=47.8, moved=49.4), "2026-11-11T10:02:31+00:00", fault="stop_tasks")
    slow = {
        "detection_seconds": 180,
        "ttl_seconds": 60,
        "total_seconds": 240,
        "formula": "alarm 180 s + 60 s TTL = 240 s",
    }
    switch = drill(Course(detected=128, moved=140, healed=240, back=390, ended=420), "2026-10-28T09:45:10+00:00")
    switch |= {"fault": "switch", "budget": slow, "requests": {"total": 1680, "failed": 0}}
    late = drill(Course(moved=121, detected=118), "2026-10-14T09:30:00+00:00", fault="unhealthy_app")
    late |= {"verdict": "failed", "reasons": ["DNS answered us-west-1 after 106 s, and not within 40 s"]}
    return (quick, switch, late)


def reports(**documents: t.Any) -> Reports:
    found: dict[str, t.Any] = {"deployment": deployment(), "status": {}, "drill": {}, **documents}
    return Reports(stack="hello", environment="dev", **found)


def deployed() -> Reports:
    """Just deployed, nothing else."""
    return reports()


def healthy() -> Reports:
    """All is well, and drills have passed."""
    both = [region(EAST, 1, [WEST], summary="serves, 2 of 2 targets healthy"), region(WEST, 2, [EAST])]
    return reports(status=status(both, EAST), drill=drill(Course()), drills=history())


def failed_over() -> Reports:
    """The primary answers 503, the standby serves."""
    both = [sick(EAST, 1, [WEST]), region(WEST, 2, [EAST], summary="serves, 2 of 2 targets healthy")]
    sentence = (
        "us-west-1 serves dev.example.com, because us-east-1 is unhealthy: look at the tasks of us-east-1; "
        "traffic goes back by itself when its health check passes."
    )
    why = f"us-east-1 is unhealthy (no healthy target, health checkers fail: {SERVICE_UNAVAILABLE})"
    found = status(both, WEST, sentence=sentence, serving_reason=why, problems=["us-east-1: no healthy target"])
    return reports(status=found)


def both_dead() -> Reports:
    """Nothing is healthy, and Route 53 answers with the first."""
    both = [sick(EAST, 1, [WEST], TIMEOUT), sick(WEST, 2, [EAST])]
    both[0]["tasks"] = {"desired": 2, "running": 0, "pending": 2, "problem": ""}
    both[0]["targets"] = {"healthy": 0, "total": 0, "states": {}, "problem": ""}
    sentence = (
        "No region of dev.example.com is healthy, so Route 53 answers with the first, us-east-1: "
        "bring one region's tasks up, starting with us-west-1."
    )
    problems = ["us-east-1: no registered targets", "us-west-1: no healthy target"]
    why = "no region is healthy, so Route 53 answers with the first"
    return reports(status=status(both, EAST, sentence=sentence, problems=problems, serving_reason=why))


def undelegated() -> Reports:
    """The parent zone does not name the zone's name servers."""
    both = [region(EAST, 1, [WEST]), region(WEST, 2, [EAST])]
    sentence = "dev.example.com does not exist for users: example.com does not delegate it. Run site.yml."
    problem = "example.com has no NS record for dev.example.com"
    delegation = {
        "parent_zone": "example.com",
        "delegated": False,
        "parent_answers": [],
        "zone_name_servers": deployment()["route53_zone"]["name_servers"],
        "problem": problem,
    }
    answer: Document = {"response_code": "NXDOMAIN", "addresses": [], "region": None}
    return reports(
        status=status(both, EAST, sentence=sentence, problems=[problem], delegation=delegation, answer=answer)
    )


def switched() -> Reports:
    """Evicted by the switch, seen at a local endpoint, drifted, with a journal left open."""
    evicted = region(
        EAST,
        1,
        [WEST],
        healthy=False,
        reasons=["evicted by the switch in us-west-1"],
        health_check={"id": "a2480121-88e6-4c7c-8a88-40b5af114482", "healthy": False},
    )
    evicted["switches"][WEST]["healthy"] = False
    other_image = IMAGE.replace("42e9", "77aa")
    found = status(
        [evicted, region(WEST, 2, [EAST], image=other_image)],
        WEST,
        endpoint_url=LOCAL,
        sentence="us-west-1 serves dev.example.com, because the switch in us-west-1 has evicted us-east-1.",
        serving_reason="us-east-1 is unhealthy (evicted by the switch in us-west-1)",
        switch={"position": WEST, "evicted": {EAST: [WEST]}},
        held_switches=[
            {
                "region": EAST,
                "switch_in": WEST,
                "newest_data_point": "2026-11-25T14:30:00+00:00",
                "warning": "",
            }
        ],
        drift={"summary": "2 changes", "changes": CHANGES},
        journal={"fault": "block_alb", "region": EAST},
        problems=[BROKEN],
        images={"same": False, "by_region": {EAST: IMAGE, WEST: other_image}},
    )
    local = {**deployment(), "endpoint_url": LOCAL}
    return reports(deployment=local, status=found, drill={**drill(Course()), "endpoint_url": LOCAL})


def three_regions() -> Reports:
    """A chain of three, of which the third serves; one NAT gateway there."""
    names = [EAST, WEST, IRELAND]
    stands = deployment()
    third = copy.deepcopy(stands["regions"][WEST])
    third["priority"] = 3
    third["vpc"] |= {
        "cidr": "10.30.0.0/16",
        "zones": ["eu-west-1a", "eu-west-1b", "eu-west-1c"],
        "public_subnet_ids": ["subnet-1", "subnet-2", "subnet-3"],
        "private_subnet_ids": ["subnet-4", "subnet-5", "subnet-6"],
        "nat_public_ips": ["198.51.100.77"],
    }
    stands["regions"][IRELAND] = third
    others = {name: [other for other in names if other != name] for name in names}
    found = [sick(EAST, 1, others[EAST]), sick(WEST, 2, others[WEST], TIMEOUT), region(IRELAND, 3, others[IRELAND])]
    partly = {"observations": seen_from(TIMEOUT, "sa-east-1"), "healthy_checkers": 14, "reports": [TIMEOUT, GOOD]}
    partly["last_failure"] = {"status": SERVICE_UNAVAILABLE, "checked_at": "2026-11-25T14:30:59+00:00"}
    found[2]["endpoint"] |= partly
    found[2] |= {"tasks": {"desired": 3, "running": 2, "pending": 1, "problem": ""}}
    found[2]["certificate"] = {"expires_at": "2026-12-09T00:00:00+00:00", "days": 14, "renewal": "blocked"}
    sentence = "eu-west-1 serves dev.example.com, because us-east-1 and us-west-1 are unhealthy."
    problems = ["us-east-1: no healthy target", "us-west-1: no healthy target"]
    return reports(deployment=stands, status=status(found, IRELAND, sentence=sentence, problems=problems))


def drill_failed() -> Reports:
    """Traffic never moved within the budget."""
    return dataclasses.replace(healthy(), drill=failed_drill(), drills=(drill(Course()), *history()))


def destroyed() -> Reports:
    """Nothing stands; an old drill is still told of."""
    gone = {**deployment(), "regions": {}, "written_at": "2026-11-25T18:00:00+00:00", "service": {}}
    gone["route53_zone_delegation"] = {"delegated": False, "name_servers": []}
    return reports(deployment=gone, status=healthy().status, drill=drill(Course()))


def nothing() -> Reports:
    """No report at all."""
    return reports(deployment={})


STATES: t.Final[dict[str, t.Callable[[], Reports]]] = {
    state.__name__: state
    for state in (
        *(deployed, healthy, failed_over, both_dead, undelegated, switched, three_regions, drill_failed, destroyed),
        nothing,
    )
}
