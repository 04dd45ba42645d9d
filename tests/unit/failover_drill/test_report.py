# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report of a drill."""

from __future__ import annotations

import dataclasses
import json

from ansible_collections.everlook.failover.plugins.module_utils._aws.owner import Owner
from ansible_collections.everlook.failover.plugins.module_utils._failover_drill import fault as kinds
from ansible_collections.everlook.failover.plugins.module_utils._failover_drill import journal
from ansible_collections.everlook.failover.plugins.module_utils._failover_drill.budget import Timing, budget_for
from ansible_collections.everlook.failover.plugins.module_utils._failover_drill.plan import DrillPlan
from ansible_collections.everlook.failover.plugins.module_utils._failover_drill.report import Outcome, compose, summary
from ansible_collections.everlook.failover.plugins.module_utils._failover_drill.spec import Commands, Spec
from ansible_collections.everlook.failover.plugins.module_utils._failover_drill.timeline import (
    DnsAnswer,
    Event,
    Measured,
    ProbeResults,
    Request,
    Visit,
)

from .worlds import planned

EAST, WEST = "us-east-1", "us-west-1"
FORMULA = "(10 s + 4 s timeout) x 3 health checks + 15 s until Route 53's name servers know + 60 s TTL = 117 s"
TIMING = Timing(interval=10, threshold=3, target_interval=10, target_threshold=2, target_timeout=5, tolerance=15)
STATUS = {
    "record": "dev.example.com",
    "url": "http://dev.example.com/",
    "regions": [{"name": EAST, "place": 1}, {"name": WEST, "place": 2}, {"name": "eu-west-1", "place": None}],
}
MEASURED = Measured(
    detection_seconds=30.2,
    dns_moved_seconds=36,
    first_failed_request_seconds=0.1,
    last_failed_request_seconds=35.8,
    all_traffic_moved_seconds=36,
    kept_answered_seconds=0,
    kept_ended_seconds=3.02,
    kept_moved_seconds=37.1,
    dns_back_seconds=33,
)


def plan(give_up: float | None = None) -> DrillPlan:
    spec = Spec(
        owner=Owner(stack="hello", environment="dev", component="dns"),
        services=("hello",),
        account_id="111111111111",
        state="drilled",
        allowed=True,
        fault=kinds.BLOCK_ALB,
        region=None,
        status=STATUS,
        parent_zone="example.com",
        path="/health",
        verify=True,
        minimum=None,
        share=100,
        timing=TIMING,
        rate=5.0,
        hold=5.0,
        give_up=give_up,
        return_timeout=600.0,
        commands=Commands(),
        directory="reports",
    )
    return DrillPlan(
        spec=spec,
        region=EAST,
        standby=WEST,
        fault=planned(kinds.BLOCK_ALB),
        budget=budget_for(kinds.BLOCK_ALB, TIMING),
        check_id="hc-1",
        group_arns=(),
        endpoint_url="",
    )


def outcome(*reasons: str) -> Outcome:
    return Outcome(
        started_at="2026-11-25T15:40:12Z",
        ended_at="2026-11-25T15:42:30Z",
        reasons=reasons,
        measured=MEASURED,
        seen=ProbeResults(
            requests=(
                Request(t=0.2011, region=EAST, ok=True, status=200, ms=12),
                Request(t=5.0, region=EAST, ok=False, error="timed out", ms=3001),
            ),
            answers=(DnsAnswer(t=0.2, region=EAST, rcode="NOERROR"), DnsAnswer(t=5.0, region=None, rcode="NXDOMAIN")),
            visits=(Visit(t=0.5011, region=EAST, ok=False, error="timed out", ended=3.5022),),
        ),
        events=(Event(t=9.0, kind="dns_moved", text="b"), Event(t=2.5, kind="ready", text="a")),
    )


def test_the_report_is_json_with_everything_in_order() -> None:
    document = json.loads(json.dumps(compose(plan(), outcome())))
    assert (document["schema"], document["verdict"], document["reasons"]) == (1, "passed", [])
    assert (document["stack"], document["environment"], document["endpoint_url"]) == ("hello", "dev", None)
    assert (document["record"], document["url"]) == ("dev.example.com", "http://dev.example.com/health")
    assert (document["region"], document["standby"], document["regions"]) == (EAST, WEST, [EAST, WEST])
    assert [event["kind"] for event in document["events"]] == ["ready", "dns_moved"]
    assert document["timeline"][0] == {"t": 0.2, "region": EAST, "ok": True, "status": 200, "error": "", "ms": 12}
    assert document["dns_timeline"][1] == {"t": 5.0, "region": None, "rcode": "NXDOMAIN"}
    assert document["kept_timeline"] == [{"t": 0.5, "region": EAST, "ok": False, "error": "timed out", "ended": 3.5}]
    assert document["requests"] == {"total": 2, "failed": 1, "by_region": {EAST: 1}}
    assert document["measured"]["all_traffic_back_seconds"] is None


def test_the_lines_for_people() -> None:
    lines = summary(compose(plan(), outcome("traffic did not return")))
    assert lines == [
        "Drill failed: block_alb of us-east-1, taken over by us-west-1.",
        "  traffic did not return",
        "  Away: health checks noticed after 30.2 s, DNS moved after 36.0 s, all traffic after 36.0 s (budget 57.0 s).",
        "  Back: DNS 33.0 s after healing, all traffic never.",
        "  1 of 2 requests failed, from 0.1 s to 35.8 s after the fault.",
        "  Open connection: us-east-1 answered until 0.0 s, ended after 3.0 s, us-west-1 answered after 37.1 s.",
        f"  Budget: {FORMULA}.",
    ]


def test_how_dns_was_asked_is_said() -> None:
    document = compose(plan(), outcome())
    note = "queried over HTTPS (https://dns.google/dns-query), since port 53 is closed here"
    assert summary({**document, "dns_note": note})[-1] == f"  DNS was {note}."
    assert summary({**document, "dns_note": ""}) == summary(document)


def test_a_connection_that_outlives_the_fault_is_said_to() -> None:
    still = dataclasses.replace(MEASURED, kept_answered_seconds=41.0, kept_ended_seconds=None, kept_moved_seconds=None)
    lines = summary(compose(plan(), dataclasses.replace(outcome(), measured=still)))
    assert lines[4] == (
        "  Open connection: us-east-1 answered until 41.0 s, still open when the fault was healed, "
        "us-west-1 answered after never."
    )


def test_the_guardian_waits_for_longer_than_the_drill_may_last() -> None:
    written = plan().journal("20261125T154012Z-1", 1000.0)
    assert written.phase == journal.PLANNED
    assert written.deadline > 1000 + plan().give_up + plan().spec.hold
    assert plan().give_up == 117 * 1.5
    assert plan(give_up=7.0).give_up == 7.0
