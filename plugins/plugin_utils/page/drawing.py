# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The architecture: who asks whom, what stands where. A column for each region, from its record down to its tasks."""

from __future__ import annotations

import typing as t

from .drawing_region import region_box
from .facts import Check, Delegation, Facts, Region
from .html import Markup, el, join
from .icons import badge, health, icon, marked
from .standing import Standing, standing
from .words import counted

_ROLES: t.Final = {"primary": "Primary", "secondary": "Secondary", "standby": "Standby"}
# Wider sets of columns than the style sheet knows are stacked.
_SIDE_BY_SIDE: t.Final = 4


def drawing(facts: Facts) -> Markup | None:
    """Users, the two accounts, the zone with its records and health checks, the regions."""
    if not facts.regions:
        return None
    count = len(facts.regions)
    columns = [_column(facts, region, index) for index, region in enumerate(facts.regions, 1)]
    inside = el("div", _zone(facts), *columns, class_=f"columns n{count if count <= _SIDE_BY_SIDE else 1}")
    account = el("h3", "Environment account ", el("b", facts.account_id), class_="account-name")
    picture = el("div", _above(facts), el("div", account, inside, class_="account"), class_="map")
    return el("section", el("h2", "How it stands", id="map"), _why(facts), picture, _key(), aria_labelledby="map")


def _why(facts: Facts) -> Markup | None:
    if not facts.expected or not facts.serving_reason:
        return None
    verb = "is to serve" if facts.lags or not facts.resolves else "serves"
    return el("p", el("b", facts.expected), f" {verb}: {facts.serving_reason}.", class_="why-serves")


def _above(facts: Facts) -> Markup:
    """What is outside of the environment's account: users, and the parent zone."""
    users = el("div", el("b", "Users"), el("span", "ask for ", el("b", facts.record)), class_="box users")
    parent = _parent(facts.delegation) if facts.delegation and facts.delegation.parent_zone else None
    ask = el("div", el("span", "DNS"), class_="ask") if parent else None
    return el("div", users, ask, parent, class_="above")


def _parent(delegation: Delegation) -> Markup:
    account = join("Management account ", el("b", delegation.account_id)) if delegation.account_id else "Parent zone"
    servers = counted(len(delegation.name_servers), "name server")
    says = {
        True: marked("good", f"delegates to the zone\N{RIGHT SINGLE QUOTATION MARK}s own {servers}"),
        False: marked("bad", delegation.problem or "does not delegate the zone"),
        None: marked("none", "nobody has asked whether it delegates"),
    }[delegation.delegated]
    kind = "cut" if delegation.delegated is False else "whole"
    return el(
        "div",
        el("h3", account, class_="account-name"),
        el("div", el("span", "Zone ", el("b", delegation.parent_zone)), says, class_="box dns-box"),
        class_=f"account parent {kind}",
    )


def _zone(facts: Facts) -> Markup:
    """The band of the zone, behind the records of all columns."""
    chain = "answers with the first healthy region" if len(facts.regions) > 1 else "has one region"
    return join(
        el("div", class_="band", aria_hidden="true"),
        el(
            "div",
            el("span", "Zone ", el("b", facts.zone or facts.record)),
            el("span", "The record ", chain),
            class_="zone",
        ),
    )


def _column(facts: Facts, region: Region, column: int) -> Markup:
    found = standing(region, facts.resolves, facts.lags)
    return el(
        "section",
        _record(region),
        el("div", el("span", el("span", _waits(facts, region, found))), class_=f"pipe is-{found.pipe}"),
        region_box(region, found),
        class_="column",
        style=f"--column:{column}",
        aria_label=f"{region.name}: {found.word}",
    )


def _waits(facts: Facts, region: Region, found: Standing) -> str:
    """What the line from the record to the region says."""
    ahead = [other.name for other in facts.regions if other.place and region.place and other.place < region.place]
    if found.pipe == "waits" and ahead:
        return "takes over after " + ahead[-1] if len(ahead) > 1 else f"takes over from {ahead[0]}"
    return found.line


def _record(region: Region) -> Markup:
    role = _ROLES.get(region.role, "Not in DNS")
    place = f"{region.place} · {role}" if region.place else role
    checks = [_check("Endpoint", region.endpoint)]
    checks += [_switch(seat, check, seat in region.evicted_by) for seat, check in region.switches.items()]
    known = [check for check in checks if check]
    return el(
        "div",
        el("div", el("b", place), badge(health(region.healthy), _healthy(region.healthy)), class_="record-head"),
        el("ul", *known, class_="checks") if known else None,
        class_="box record",
    )


def _healthy(healthy: bool | None) -> str:
    return {True: "healthy", False: "unhealthy", None: "not asked"}[healthy]


def _check(name: str, check: Check | None) -> Markup | None:
    if check is None:
        return None
    seen = f"{check.healthy_checkers} of {check.checkers} checkers" if check.checkers else _healthy(check.healthy)
    return el("li", icon(health(check.healthy)), el("span", name, ": ", seen))


def _switch(seat: str, check: Check, evicts: bool) -> Markup:
    word = "sends users away" if evicts else "not pulled"
    sign = icon("warn") if evicts else icon(health(check.healthy))
    return el("li", sign, el("span", f"Switch in {seat}: {word}"))


def _key() -> Markup:
    """What the signs mean."""
    signs = [
        marked("good", "healthy"),
        marked("bad", "unhealthy"),
        marked("warn", "wants a look"),
        marked("standby", "stands by"),
        marked("none", "not known"),
    ]
    return el("p", *signs, class_="key")
