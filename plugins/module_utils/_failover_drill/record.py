# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is decided before anything is broken, and what is written down of a drill. Pure."""

from __future__ import annotations

import dataclasses
import typing as t

from .budget import Budget
from .fault import Fault
from .journal import PLANNED, Journal
from .plan_readiness import in_dns
from .spec import Spec
from .timeline import DnsAnswer, Event, Measured, Request, Seen, tally
from .verdict import verdict

SCHEMA: t.Final = 1
# What the guardian leaves the drill beyond what it may take, in seconds.
_GRACE_SECONDS: t.Final = 120.0
_PATIENCE: t.Final = 1.5


@dataclasses.dataclass(frozen=True, kw_only=True)
class Task:
    """A drill that may begin.

    :param region: the region that is broken.
    :param standby: the region that takes over.
    :param check_id: the health check that notices: the endpoint's, or the switch's. None if there is none.
    :param group_arn: the target group whose targets notice; None if they do not.
    :param account_id: where it is, as ``endpoint_url``: AWS_ENDPOINT_URL, empty for AWS itself.
    """

    spec: Spec
    region: str
    standby: str
    fault: Fault
    budget: Budget
    check_id: str | None
    group_arn: str | None
    endpoint_url: str

    @property
    def give_up(self) -> float:
        """Seconds after which traffic is not waited for any more."""
        return self.spec.give_up or self.budget.total_seconds * _PATIENCE

    @property
    def record(self) -> str:
        """The name that users ask for."""
        return str(self.spec.status["record"])

    @property
    def url(self) -> str:
        """What users ask for."""
        return str(self.spec.status["url"]).rstrip("/") + self.spec.path

    @property
    def regions(self) -> list[str]:
        """The regions in DNS, first to serve first."""
        return [item["name"] for item in in_dns(self.spec.status)]

    def journal(self, drill_id: str, now: float) -> Journal:
        """The journal before anything is broken. ``now`` in seconds since 1970."""
        return Journal(
            id=drill_id,
            stack=self.spec.owner.stack,
            environment=self.spec.owner.environment,
            account_id=self.spec.account_id,
            endpoint_url=self.endpoint_url,
            fault=self.fault.kind,
            region=self.region,
            phase=PLANNED,
            armed_at=now,
            deadline=now + self.give_up + self.spec.hold + _GRACE_SECONDS,
            text=self.fault.text,
            by_hand=self.fault.by_hand,
            undo=self.fault.undo,
            tagged=self.fault.tagged,
        )


@dataclasses.dataclass(frozen=True, kw_only=True)
class Record:
    """What came of a drill.

    :param started_at: ISO 8601, UTC, as ``ended_at``.
    :param reasons: why it failed; empty if it passed.
    """

    started_at: str
    ended_at: str
    reasons: tuple[str, ...]
    measured: Measured
    seen: Seen
    events: tuple[Event, ...]


def compose(task: Task, record: Record) -> dict[str, t.Any]:
    """drill.json."""
    return {
        "schema": SCHEMA,
        "stack": task.spec.owner.stack,
        "environment": task.spec.owner.environment,
        "record": task.record,
        "url": task.url,
        "started_at": record.started_at,
        "ended_at": record.ended_at,
        "fault": task.fault.kind,
        "region": task.region,
        "standby": task.standby,
        "regions": task.regions,
        "endpoint_url": task.endpoint_url or None,
        "verdict": verdict(record.reasons),
        "reasons": list(record.reasons),
        "budget": task.budget.describe(),
        "measured": record.measured.describe(),
        "requests": tally(record.seen),
        "timeline": _rounded(record.seen.requests),
        "dns_timeline": _rounded(record.seen.answers),
        "events": _rounded(sorted(record.events, key=lambda event: event.t)),
    }


def _rounded(items: t.Iterable[Request | DnsAnswer | Event]) -> list[dict[str, t.Any]]:
    return [{**dataclasses.asdict(item), "t": round(item.t, 2)} for item in items]


def summary(document: t.Mapping[str, t.Any]) -> list[str]:
    """Lines for people."""
    measured, budget, requests = document["measured"], document["budget"], document["requests"]
    moved = [
        f"health checks knew after {_seconds(measured['detection_seconds'])}",
        f"DNS moved after {_seconds(measured['dns_moved_seconds'])}",
        f"all traffic after {_seconds(measured['all_traffic_moved_seconds'])}",
    ]
    away, back = ", ".join(moved), _seconds(measured["dns_back_seconds"])
    who = f"{document['fault']} of {document['region']}, taken over by {document['standby']}"
    traffic_back = _seconds(measured["all_traffic_back_seconds"])
    return [
        f"Drill {document['verdict']}: {who}.",
        *[f"  {reason}" for reason in document["reasons"]],
        f"  Away: {away} (may take {_seconds(budget['detection_seconds'])}).",
        f"  Back: DNS {back} after the healing, all traffic {traffic_back}.",
        f"  {requests['failed']} of {requests['total']} requests failed{_span(measured)}.",
        f"  Budget: {budget['formula']}.",
    ]


def _seconds(value: float | None) -> str:
    return "never" if value is None else f"{value:.1f} s"


def _span(measured: t.Mapping[str, t.Any]) -> str:
    first, last = measured["first_failed_request_seconds"], measured["last_failed_request_seconds"]
    return "" if first is None or last is None else f", from {first:.1f} s to {last:.1f} s after the fault"
