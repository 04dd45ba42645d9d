# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The architecture: DNS above, and a column for each region, from its record down to its tasks."""

from __future__ import annotations

import typing as t

from .drawing_region import RegionBox, region_box
from .facts import Check, Delegation, Facts, Region
from .signs import Sign, health
from .traffic import Traffic, traffic
from .words import counted

_ROLES: t.Final = {"primary": "Primary", "secondary": "Secondary", "standby": "Standby"}
_KEY: t.Final = (
    Sign("good", "healthy"),
    Sign("bad", "unhealthy"),
    Sign("warn", "needs attention"),
    Sign("standby", "stands by"),
    Sign("none", "not known"),
)
_HEALTHY: t.Final = {True: "healthy", False: "unhealthy", None: "not checked"}
# More columns are stacked: the style sheet has no layout for them.
_SIDE_BY_SIDE: t.Final = 4


class Record(t.NamedTuple):
    """A region's record with its health checks."""

    place: str
    health: Sign
    checks: tuple[Sign, ...]


class Column(t.NamedTuple):
    """A region with its record above it, and the line between the two with its text."""

    record: Record
    traffic: Traffic
    line: str
    region: RegionBox


class Drawing(t.NamedTuple):
    """The picture.

    :param why: why the expected region serves, or should; empty if not known.
    :param delegation: whether the parent zone delegates to the zone; None without a parent zone.
    :param abreast: number of columns beside each other on a wide screen.
    """

    why: str
    delegation: Sign | None
    abreast: int
    columns: tuple[Column, ...]
    key: tuple[Sign, ...] = _KEY


def drawing(facts: Facts) -> Drawing | None:
    """Users, the two accounts, the zone with its records and health checks, the regions."""
    if not facts.regions:
        return None
    count = len(facts.regions)
    return Drawing(
        why=_why(facts),
        delegation=_delegation(facts.delegation) if facts.delegation and facts.delegation.parent_zone else None,
        abreast=count if count <= _SIDE_BY_SIDE else 1,
        columns=tuple(_column(facts, region) for region in facts.regions),
    )


def _why(facts: Facts) -> str:
    if not facts.expected or not facts.serving_reason:
        return ""
    verb = "should serve" if facts.lags or not facts.resolves else "serves"
    return f"{verb}: {facts.serving_reason}."


def _delegation(delegation: Delegation) -> Sign:
    if delegation.delegated is None:
        return Sign("none", "delegation not checked")
    if not delegation.delegated:
        return Sign("bad", delegation.problem or "does not delegate the zone")
    servers = counted(len(delegation.name_servers), "name server")
    return Sign("good", f"delegates to the zone\N{RIGHT SINGLE QUOTATION MARK}s {servers}")


def _column(facts: Facts, region: Region) -> Column:
    found = traffic(region, facts.resolves, facts.lags)
    return Column(record=_record(region), traffic=found, line=_line(facts, region, found), region=region_box(region))


def _line(facts: Facts, region: Region, found: Traffic) -> str:
    """The text on the line from the record to the region."""
    ahead = [other.name for other in facts.regions if other.place and region.place and other.place < region.place]
    if found.pipe == "waits" and ahead:
        return f"takes over after {ahead[-1]}" if len(ahead) > 1 else f"takes over from {ahead[0]}"
    return found.line


def _record(region: Region) -> Record:
    role = _ROLES.get(region.role, "Not in DNS")
    checks = [_endpoint(region.endpoint)] if region.endpoint else []
    checks += [_switch(seat, check, seat in region.evicted_by) for seat, check in region.switches.items()]
    return Record(
        place=f"{region.place} · {role}" if region.place else role,
        health=Sign(health(region.healthy), _HEALTHY[region.healthy]),
        checks=tuple(checks),
    )


def _endpoint(check: Check) -> Sign:
    seen = f"{check.healthy_checkers} of {check.checkers} checkers" if check.checkers else _HEALTHY[check.healthy]
    return Sign(health(check.healthy), f"Endpoint: {seen}")


def _switch(seat: str, check: Check, evicts: bool) -> Sign:
    word = "sends users away" if evicts else "not known" if check.healthy is None else "off"
    return Sign("warn" if evicts else health(check.healthy), f"Switch in {seat}: {word}")
