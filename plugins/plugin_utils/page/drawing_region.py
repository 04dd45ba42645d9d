# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A region in the drawing: its network by zones, the load balancer and the service across them."""

from __future__ import annotations

import typing as t

from .facts import Region, Targets, Tasks, Zone
from .html import Markup, el, join
from .icons import Kind, badge, marked
from .standing import Standing

# Tasks beyond these are counted and not drawn.
_DRAWN: t.Final = 12
# What could not be read; why is told among the details.
_UNREAD: t.Final = "could not be read"
# Zones that have room for whole words.
_WIDE_ZONES: t.Final = 2


def region_box(region: Region, found: Standing) -> Markup:
    """The region with what stands in it."""
    head = el("div", el("h3", region.name), badge(found.kind, found.word), class_="region-head")
    return el("div", head, _reasons(region), _network(region), class_=f"region is-{found.pipe}")


def _reasons(region: Region) -> Markup | None:
    why = [*region.reasons, *(f"the last deployment failed: {failure}" for failure in region.failures)]
    return el("ul", *(el("li", reason) for reason in why), class_="reasons") if why else None


def _network(region: Region) -> Markup:
    """The VPC: a column for each zone, with load balancer and service lying across."""
    zones = region.zones
    name = el("p", "VPC ", el("b", region.cidr), class_="vpc-name") if region.cidr else None
    narrow = len(zones) > _WIDE_ZONES
    columns = [_zone(zone, index, narrow) for index, zone in enumerate(zones, 1)]
    across = [_load_balancer(region), _service(region)]
    return el(
        "div",
        name,
        el("div", *columns, *across, class_="zones narrow" if narrow else "zones", style=f"--zones:{len(zones) or 1}"),
        class_="vpc",
    )


def _zone(zone: Zone, column: int, narrow: bool) -> Markup:
    nat = join(el("b", "NAT" if narrow else "NAT gateway"), el("span", zone.nat)) if zone.nat else "no NAT"
    subnet, style = "" if narrow else " subnet", f"--column:{column}"
    public = el("div", "Public" + subnet, el("div", nat, class_="nat"), class_="public", style=style)
    private = el("div", "Private" + subnet, class_="private", style=style)
    return join(
        el("div", el("span", zone.name), class_="zone-frame", style=style),
        public if zone.public_subnet else None,
        private if zone.private_subnet else None,
    )


def _load_balancer(region: Region) -> Markup:
    targets = region.targets
    return el("div", el("b", "Load balancer"), marked(_sign(targets), _seen(targets)), class_="alb")


def _sign(targets: Targets) -> Kind:
    if targets.problem or targets.healthy is None:
        return "none"
    if targets.healthy and targets.total and targets.healthy < targets.total:
        return "warn"
    return "good" if targets.healthy else "bad"


def _seen(targets: Targets) -> str:
    if targets.problem or targets.healthy is None:
        return _UNREAD
    return f"{targets.healthy} of {targets.total} targets healthy" if targets.total else "no targets"


def _service(region: Region) -> Markup:
    tasks = region.tasks
    return el(
        "div",
        el("b", f"Service {region.service}".strip()),
        el("span", *_glyphs(tasks), class_="tasks", aria_hidden="true"),
        el("span", _running(tasks)),
        class_="service",
    )


def _glyphs(tasks: Tasks) -> list[Markup]:
    """A square for each task: full when it runs, half when it starts, empty when it is missing."""
    running, pending = tasks.running or 0, tasks.pending or 0
    missing = max(0, (tasks.desired or 0) - running - pending)
    kinds = ["running"] * running + ["pending"] * pending + ["missing"] * missing
    return [el("i", class_=kind) for kind in kinds[:_DRAWN]]


def _running(tasks: Tasks) -> str:
    if tasks.problem or tasks.running is None:
        return _UNREAD
    starting = f", {tasks.pending} starting" if tasks.pending else ""
    if tasks.desired == 0:
        return f"scaled to zero{starting}"
    return f"{tasks.running} of {tasks.desired} tasks run{starting}"
