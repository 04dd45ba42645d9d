# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""drill.json → a drill."""

from __future__ import annotations

from .facts import Answer, Document, Drill, Event, Sample, text


def drill(found: Document) -> Drill:
    """The drill in a report."""
    budget, requests = found.get("budget") or {}, found.get("requests") or {}
    measured = found.get("measured") or {}
    return Drill(
        started_at=text(found, "started_at"),
        fault=str(found.get("fault") or "unknown"),
        region=text(found, "region"),
        standby=text(found, "standby"),
        regions=tuple(found.get("regions") or ()),
        passed=found.get("verdict") == "passed",
        reasons=tuple(str(reason) for reason in found.get("reasons") or ()),
        budget_seconds=budget.get("total_seconds"),
        ttl_budget=budget.get("ttl_seconds"),
        formula=text(budget, "formula"),
        measured={name: float(value) for name, value in measured.items() if value is not None},
        total=int(requests.get("total") or 0),
        failed=int(requests.get("failed") or 0),
        samples=tuple(
            Sample(at=float(item["t"]), region=item.get("region"), ok=bool(item.get("ok")), error=text(item, "error"))
            for item in found.get("timeline") or ()
        ),
        answers=tuple(
            Answer(at=float(item["t"]), region=item.get("region"), rcode=text(item, "rcode"))
            for item in found.get("dns_timeline") or ()
        ),
        visits=tuple(
            Answer(float(item["t"]), item.get("region") if item.get("ok") else None, text(item, "error"))
            for item in found.get("kept_timeline") or ()
        ),
        events=tuple(
            Event(at=float(item["t"]), kind=str(item["kind"]), text=text(item, "text"))
            for item in found.get("events") or ()
        ),
        endpoint_url=found.get("endpoint_url"),
    )
