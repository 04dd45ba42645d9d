# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The last drill, and those before it."""

from __future__ import annotations

import collections
import typing as t

from .facts import Drill, Facts
from .html import Markup, el, join
from .icons import badge, icon
from .timeline import timeline
from .words import clock, counted, fault, seconds

# Kinds of errors that are named.
_ERRORS: t.Final = 3
_MEASURED: t.Final = (
    ("detection_seconds", "Failure detected"),
    ("dns_moved_seconds", "DNS answers the standby"),
    ("first_failed_request_seconds", "First failed request"),
    ("last_failed_request_seconds", "Last failed request"),
    ("all_traffic_moved_seconds", "All traffic moved"),
    ("dns_back_seconds", "DNS answers the first region again, after the healing"),
    ("all_traffic_back_seconds", "All traffic back, after the healing"),
)


def last_drill(facts: Facts) -> Markup | None:
    """What the last drill showed."""
    drill = facts.drill
    if drill is None:
        return None
    return el(
        "section",
        el("h2", f"Last drill: {fault(drill.fault)} in {drill.region}", id="drill"),
        el("div", _verdict(drill), timeline(drill), _numbers(drill), class_="card drill"),
        aria_labelledby="drill",
    )


def _verdict(drill: Drill) -> Markup:
    shares = f"{counted(drill.failed, 'request')} of {drill.total:,} failed".replace(",", "\u202f")
    when = el("time", clock(drill.started_at), datetime=drill.started_at)
    reasons = el("ul", *(el("li", icon("bad"), el("span", reason)) for reason in drill.reasons), class_="why")
    return join(
        el("p", _badge(drill), el("span", _outcome(drill), " ", shares, "."), class_="verdict"),
        reasons if drill.reasons else None,
        el("p", _errors(drill), "Started ", when, _where(drill), class_="note"),
    )


def _badge(drill: Drill) -> Markup:
    return badge("good", "Passed") if drill.passed else badge("bad", "Failed")


def _outcome(drill: Drill) -> str:
    moved = drill.measured.get("all_traffic_moved_seconds")
    budget = f"; the budget is {seconds(drill.limit)}" if drill.limit else ""
    if moved is None:
        return f"Traffic did not wholly move to {drill.standby}{budget}."
    later = (
        f", and {seconds(drill.ttl_budget)} more where resolvers keep answers"
        if drill.limit and drill.ttl_budget
        else ""
    )
    return f"All traffic was in {drill.standby} {seconds(moved)} after the fault{budget}{later}."


def _errors(drill: Drill) -> str:
    """What requests failed with, the most frequent first."""
    found = collections.Counter(sample.error for sample in drill.samples if not sample.ok and sample.error)
    said = [f"{error} ({count})" for error, count in found.most_common(_ERRORS)]
    return f"Requests failed with: {', '.join(said)}. " if said else ""


def _where(drill: Drill) -> Markup:
    return (
        join(" at the endpoint ", el("code", drill.endpoint_url), ", not in AWS.") if drill.endpoint_url else join(".")
    )


def _numbers(drill: Drill) -> Markup:
    """Every time that was measured, with a bar against the longest of them and the budget."""
    budgets = {"dns_moved_seconds": drill.limit, "all_traffic_moved_seconds": drill.limit}
    longest = max([1.0, *drill.measured.values(), drill.limit or 0.0])
    rows = []
    for name, what in _MEASURED:
        value, budget = drill.measured.get(name), budgets.get(name)
        meter = el("span", _meter(value, budget, longest), class_="meter", aria_hidden="true")
        limit = f" of {seconds(budget)}" if budget else None
        cells = [
            el("td", seconds(value), el("span", limit, class_="quiet"), class_="number"),
            el("td", meter, class_="wide"),
        ]
        rows.append(el("tr", el("th", what, scope="row"), *cells, class_="main" if budget else None))
    heads = [el("th", "Measured", scope="col"), el("th", "Seconds", scope="col", class_="number")]
    head = el("thead", el("tr", *heads, el("th", "Length", scope="col", class_="wide")))
    caption = el("caption", f"Budget: {drill.formula}") if drill.formula else None
    return el("table", caption, head, el("tbody", *rows), class_="measured")


def _meter(value: float | None, budget: float | None, longest: float) -> Markup:
    """A bar as long as the value, and a line where the budget ends."""
    over = budget is not None and (value is None or value > budget)
    kind = "over" if over else None
    length = el("i", class_=kind, style=f"width:{100 * value / longest:.1f}%") if value is not None else None
    return join(length, el("u", style=f"left:{100 * budget / longest:.1f}%") if budget else None)


def history(facts: Facts) -> Markup | None:
    """All drills that are known, newest first."""
    if len(facts.drills) < 2:
        return None
    heads = ["Drill", "Verdict", "Moved", "Failed"]
    head = el(
        "tr", *(el("th", head, scope="col", class_="number" if index > 1 else None) for index, head in enumerate(heads))
    )
    table = el("table", el("thead", head), el("tbody", *map(_row, facts.drills)), class_="history")
    older = f"{counted(facts.older_drills, 'older drill')} in the folder drills." if facts.older_drills else ""
    note = el("p", older, class_="note") if older else None
    return el("section", el("h2", "Drills so far", id="history"), table, note, aria_labelledby="history")


def _row(drill: Drill) -> Markup:
    when = el("time", clock(drill.started_at, short=True), datetime=drill.started_at)
    moved = drill.measured.get("all_traffic_moved_seconds")
    budget = f"of {seconds(drill.limit)}" if drill.limit else None
    row = el(
        "tr",
        el("th", when, el("div", f"{fault(drill.fault)} in {drill.region}", class_="quiet"), scope="row"),
        el("td", _badge(drill)),
        el("td", seconds(moved), el("div", budget, class_="quiet"), class_="number"),
        el("td", str(drill.failed), el("div", f"of {drill.total}", class_="quiet"), class_="number"),
    )
    reasons = [el("li", reason) for reason in drill.reasons]
    return join(row, el("tr", el("td", el("ul", *reasons), colspan=4), class_="because") if reasons else None)
