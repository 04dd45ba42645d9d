# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""drill.json → a drill."""

from __future__ import annotations

import typing as t

from .facts import Answer, Document, Drill, Event, Sample


def drill(found: Document) -> Drill:
    """The drill in a report."""
    budget, requests = found.get("budget") or {}, found.get("requests") or {}
    measured = found.get("measured") or {}
    return Drill(
        started_at=str(found.get("started_at") or ""),
        fault=str(found.get("fault") or "unknown"),
        region=str(found.get("region") or ""),
        standby=str(found.get("standby") or ""),
        regions=tuple(found.get("regions") or ()),
        passed=found.get("verdict") == "passed",
        reasons=tuple(str(reason) for reason in found.get("reasons") or ()),
        budget_seconds=budget.get("total_seconds"),
        ttl_budget=budget.get("ttl_seconds"),
        formula=str(budget.get("formula") or ""),
        measured={name: float(value) for name, value in measured.items() if value is not None},
        total=int(requests.get("total") or 0),
        failed=int(requests.get("failed") or 0),
        samples=tuple(_samples(found.get("timeline") or ())),
        answers=tuple(_answers(found.get("dns_timeline") or ())),
        visits=tuple(_visits(found.get("kept_timeline") or ())),
        events=tuple(_events(found.get("events") or ())),
        endpoint_url=found.get("endpoint_url"),
    )


def _samples(items: t.Iterable[Document]) -> t.Iterator[Sample]:
    for item in items:
        yield Sample(
            at=float(item["t"]),
            region=item.get("region"),
            ok=bool(item.get("ok")),
            error=str(item.get("error") or ""),
        )


def _answers(items: t.Iterable[Document]) -> t.Iterator[Answer]:
    for item in items:
        yield Answer(at=float(item["t"]), region=item.get("region"), rcode=str(item.get("rcode") or ""))


def _visits(items: t.Iterable[Document]) -> t.Iterator[Answer]:
    for item in items:
        region = item.get("region") if item.get("ok") else None
        yield Answer(at=float(item["t"]), region=region, rcode=str(item.get("error") or ""))


def _events(items: t.Iterable[Document]) -> t.Iterator[Event]:
    for item in items:
        yield Event(at=float(item["t"]), kind=str(item["kind"]), text=str(item.get("text") or ""))
