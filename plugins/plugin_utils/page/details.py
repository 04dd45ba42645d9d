# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each region in words: what checkers, load balancer and service say of it. And where all of it comes from."""

from __future__ import annotations

import typing as t

from .facts import Check, Facts, Region, Source
from .html import Markup, el, join
from .icons import health, icon, marked
from .words import brief, clock, counted, listed

# Days that a certificate should have left: ACM renews one 60 days before its end.
_RENEWAL: t.Final = 30

Line = tuple[str, list[Markup]]


def regions(facts: Facts) -> Markup | None:
    """A card for each region."""
    if not facts.regions:
        return None
    cards = [_card(region) for region in facts.regions]
    title = el("h2", "Regions in detail", id="regions")
    return el("section", title, el("div", *cards, class_="cards"), aria_labelledby="regions")


def _card(region: Region) -> Markup:
    lines = [
        ("Health", _health(region)),
        ("Endpoint", _checkers(region.endpoint)),
        ("Switches", [_switch(seat, check) for seat, check in region.switches.items()]),
        ("Targets", _targets(region)),
        ("Tasks", _tasks(region)),
        ("Image", [el("code", region.image)] if region.image else []),
        ("Certificate", _certificate(region)),
        ("Load balancer", [el("span", region.load_balancer)] if region.load_balancer else []),
        ("VPC", [el("span", " ".join(filter(None, [region.vpc_id, region.cidr])))] if region.vpc_id else []),
        (
            "Deployed",
            [el("time", clock(region.deployed_at), datetime=region.deployed_at)] if region.deployed_at else [],
        ),
        ("Last run", [el("div", marked("bad", f"failed: {failure}")) for failure in region.failures]),
    ]
    shown = [join(el("dt", term), el("dd", *values)) for term, values in lines if values]
    return el("article", el("h3", region.name), el("dl", *shown), class_="card")


def _health(region: Region) -> list[Markup]:
    words = {True: "Route 53 takes it as healthy", False: "Route 53 takes it as unhealthy", None: "nobody has asked"}
    return [el("div", marked(health(region.healthy), words[region.healthy]))]


def _checkers(check: Check | None) -> list[Markup]:
    if check is None:
        return []
    if check.checkers is None:
        return [el("div", marked(health(check.healthy), "asked, and nobody has reported yet"))]
    seen = f"{check.healthy_checkers} of {counted(check.checkers, 'checker')} report success"
    reports = list(dict.fromkeys(brief(report) for report in check.reports))
    # Where all fail, or none does, the places say nothing.
    failing = el("div", f"failing from {listed(check.failing_in)}") if check.failing_in and len(reports) > 1 else None
    shown = [el("div", marked(health(check.healthy), seen)), failing]
    shown += [el("div", report, class_="quiet") for report in reports]
    shown.append(_last_failure(check, reports))
    return [item for item in shown if item]


def _last_failure(check: Check, reports: t.Collection[str]) -> Markup | None:
    """What failed before, if it does not fail still."""
    failure = brief(check.last_failure)
    if not failure or failure in reports:
        return None
    when = el("time", clock(check.failed_at), datetime=check.failed_at) if check.failed_at else None
    return el("div", "Last failure ", when, ": ", failure, class_="quiet")


def _switch(seat: str, check: Check) -> Markup:
    if check.healthy is False:
        return el("div", marked("warn", f"the one in {seat} sends users away"))
    return el("div", marked(health(check.healthy), f"the one in {seat} is not pulled"))


def _targets(region: Region) -> list[Markup]:
    targets = region.targets
    if targets.problem:
        return [el("div", marked("none", targets.problem))]
    states = [f"{count} {state}" for state, count in sorted(targets.states.items())]
    return [el("div", listed(states) or "none registered")] if targets.total is not None else []


def _tasks(region: Region) -> list[Markup]:
    tasks = region.tasks
    if tasks.problem:
        return [el("div", marked("none", tasks.problem))]
    counts = {"desired": tasks.desired, "running": tasks.running, "pending": tasks.pending}
    known = [f"{count} {name}" for name, count in counts.items() if count is not None]
    return [el("div", ", ".join(known))] if known else []


def _certificate(region: Region) -> list[Markup]:
    certificate = region.certificate
    if certificate is None:
        return []
    days = certificate.days
    left = f"{counted(days, 'day')} left, until " if days is not None else "until "
    until = el("time", clock(certificate.expires_at), datetime=certificate.expires_at)
    return [el("div", icon("warn" if days is not None and days < _RENEWAL else "good"), " ", left, until)]


def drift(facts: Facts) -> Markup | None:
    """What the next deployment would change."""
    if not facts.drifted:
        return None
    items = [el("li", icon("warn"), el("span", change)) for change in facts.drifted]
    title = el("h2", "What site.yml would change", id="drift")
    return el("section", title, el("ul", *items, class_="card why"), aria_labelledby="drift")


def sources(facts: Facts) -> Markup:
    """Which report says what, when it was written, and where it was measured."""
    title = el("h2", "Where this comes from", id="sources")
    if not facts.sources:
        return el("footer", title, el("p", "There is no report yet.", class_="note"))
    heads = [el("th", head, scope="col") for head in ("Report", "Says", "Written", "Seen in")]
    rows = el("tbody", *map(_source, facts.sources))
    table = el("table", el("thead", el("tr", *heads)), rows)
    made = "Drawn by everlook.failover from these reports. The page asks nobody and loads nothing."
    return el("footer", title, table, el("p", made, class_="note"))


def _source(source: Source) -> Markup:
    seen = join("a stand-in at ", el("code", source.endpoint_url)) if source.endpoint_url else "AWS"
    when = el("time", clock(source.written_at), datetime=source.written_at)
    name = el("a", source.name, href=source.name)
    return el("tr", el("th", name, scope="row"), el("td", source.says), el("td", when), el("td", seen))
