# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report of a drill: drill.json, and a summary for people. Pure."""

from __future__ import annotations

import dataclasses
import typing as t

from .plan import DrillPlan
from .timeline import DnsAnswer, Event, Measured, ProbeResults, Request, Visit, tally

SCHEMA: t.Final = 1


@dataclasses.dataclass(frozen=True, kw_only=True)
class Outcome:
    """The outcome of a drill.

    :param started_at: ISO 8601, UTC, as ``ended_at``.
    :param reasons: why it failed; empty if it passed.
    """

    started_at: str
    ended_at: str
    reasons: tuple[str, ...]
    measured: Measured
    seen: ProbeResults
    events: tuple[Event, ...]


def compose(plan: DrillPlan, outcome: Outcome) -> dict[str, t.Any]:
    """drill.json."""
    return {
        "schema": SCHEMA,
        "stack": plan.spec.owner.stack,
        "environment": plan.spec.owner.environment,
        "record": plan.record,
        "url": plan.url,
        "started_at": outcome.started_at,
        "ended_at": outcome.ended_at,
        "fault": plan.fault.kind,
        "region": plan.region,
        "standby": plan.standby,
        "regions": plan.regions,
        "endpoint_url": plan.endpoint_url or None,
        "verdict": "failed" if outcome.reasons else "passed",
        "reasons": list(outcome.reasons),
        "budget": dataclasses.asdict(plan.budget),
        "measured": dataclasses.asdict(outcome.measured),
        "requests": tally(outcome.seen),
        "timeline": _rounded(outcome.seen.requests),
        "dns_timeline": _rounded(outcome.seen.answers),
        "kept_timeline": _rounded(outcome.seen.visits),
        "events": _rounded(sorted(outcome.events, key=lambda event: event.t)),
    }


def _rounded(items: t.Iterable[Request | DnsAnswer | Visit | Event]) -> list[dict[str, t.Any]]:
    return [
        {key: round(value, 2) if isinstance(value, float) else value for key, value in dataclasses.asdict(item).items()}
        for item in items
    ]


def summary(document: t.Mapping[str, t.Any]) -> list[str]:
    """The summary, in lines."""
    measured, budget, requests = document["measured"], document["budget"], document["requests"]
    moved = [
        f"health checks noticed after {_seconds(measured['detection_seconds'])}",
        f"DNS moved after {_seconds(measured['dns_moved_seconds'])}",
        f"all traffic after {_seconds(measured['all_traffic_moved_seconds'])}",
    ]
    away, back = ", ".join(moved), _seconds(measured["dns_back_seconds"])
    who = f"{document['fault']} of {document['region']}, taken over by {document['standby']}"
    traffic_back = _seconds(measured["all_traffic_back_seconds"])
    return [
        f"Drill {document['verdict']}: {who}.",
        *[f"  {reason}" for reason in document["reasons"]],
        f"  Away: {away} (budget {_seconds(budget['detection_seconds'])}).",
        f"  Back: DNS {back} after healing, all traffic {traffic_back}.",
        f"  {requests['failed']} of {requests['total']} requests failed{_span(measured)}.",
        *_kept(document),
        f"  Budget: {budget['formula']}.",
        *([f"  DNS was {document['dns_note']}."] if document.get("dns_note") else []),
    ]


def _kept(document: t.Mapping[str, t.Any]) -> list[str]:
    """What a user with an open connection saw."""
    measured = document["measured"]
    answered, ended = measured["kept_answered_seconds"], measured["kept_ended_seconds"]
    if answered is None:
        return []
    closed = "still open when the fault was healed" if ended is None else f"ended after {_seconds(ended)}"
    moved = f"{document['standby']} answered after {_seconds(measured['kept_moved_seconds'])}"
    return [f"  Open connection: {document['region']} answered until {_seconds(answered)}, {closed}, {moved}."]


def _seconds(value: float | None) -> str:
    return "never" if value is None else f"{value:.1f} s"


def _span(measured: t.Mapping[str, t.Any]) -> str:
    first, last = measured["first_failed_request_seconds"], measured["last_failed_request_seconds"]
    return "" if first is None or last is None else f", from {first:.1f} s to {last:.1f} s after the fault"
