# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The timeline of a drill: what DNS answered, who answered requests, what failed, against the budget.

Lanes are stretched to whatever room there is; words beside and in them are HTML, so that they keep their size.
"""

from __future__ import annotations

import typing as t

from .chart import Scale, counts, rows, scale, spans
from .facts import Drill, Event
from .html import Markup, el
from .words import brief, counted, offset, seconds, unbroken

# Percent of the width that a number in its ring takes on a phone.
_RING: t.Final = 8.0
# Events that are not moments of the failover.
_QUIET: t.Final = frozenset({"ready", "ended"})


def timeline(drill: Drill) -> Markup | None:
    """The figure; None if the drill made no requests."""
    if not drill.samples:
        return None
    along = scale(drill)
    lanes = [*_dns(drill, along), *_requests(drill, along), *_budget(drill, along), _axis(along)]
    marked = [event for event in drill.events if event.kind not in _QUIET]
    figure = el(
        "div",
        *_numbers(marked, along),
        el("div", _fault(drill, along), class_="overlay under"),
        *lanes,
        el("div", *_moments(drill, marked, along), class_="overlay over"),
        class_="timeline",
        role="img",
        aria_label=_in_words(drill),
    )
    caption = el(
        "figcaption",
        "Seconds count from the fault. Striped: while the fault lasted. Dashed: when traffic had to have moved.",
        class_="note",
    )
    return el("figure", figure, _events(marked, along), caption)


def _in_words(drill: Drill) -> str:
    """The figure for who cannot see it; the events and the numbers are tables of their own."""
    by_region = {name: sum(sample.ok and sample.region == name for sample in drill.samples) for name in drill.regions}
    answered = ", ".join(f"{name} answered {counted(count, 'request')}" for name, count in by_region.items())
    return f"Timeline of the drill. {answered}, {counted(drill.failed, 'request')} failed."


def _text(event: Event) -> str:
    return f"detected: {brief(event.text)}" if event.kind == "detected" else event.text


def _numbers(marked: t.Sequence[Event], along: Scale) -> list[Markup]:
    places = [along.percent(event.at) for event in marked]
    levels = rows(places, _RING)
    rings = [
        el("span", str(number), class_=f"ring is-{event.kind}", style=f"left:{place:.2f}%;top:{level * 22}px")
        for number, (event, place, level) in enumerate(zip(marked, places, levels, strict=True), 1)
    ]
    height = 22 * (max(levels, default=0) + 1) + 4
    return [
        el("div", class_="lane-name"),
        el("div", *rings, class_="rings", style=f"height:{height}px", aria_hidden="true"),
    ]


def _fault(drill: Drill, along: Scale) -> Markup | None:
    """The time of the fault, behind all lanes."""
    fault, healed = drill.when("fault"), drill.when("healed")
    if fault is None:
        return None
    left, right = along.percent(fault), along.percent(along.end if healed is None else healed)
    return el("span", class_="fault", style=f"left:{left:.2f}%;width:{right - left:.2f}%")


def _moments(drill: Drill, marked: t.Sequence[Event], along: Scale) -> t.Iterator[Markup]:
    """What goes through all lanes: the moments of events, the end of the budget."""
    for event in marked:
        yield el("span", class_=f"moment is-{event.kind}", style=f"left:{along.percent(event.at):.2f}%")
    if drill.limit and along.zero + drill.limit <= along.end:
        yield el("span", class_="limit", style=f"left:{along.percent(along.zero + drill.limit):.2f}%")


def _dns(drill: Drill, along: Scale) -> t.Iterator[Markup]:
    if not drill.answers:
        return
    blocks = []
    for span in spans(drill.answers, along):
        left, width = along.percent(span.start), along.percent(span.end) - along.percent(span.start)
        word = span.region or (span.rcode if span.rcode not in ("", "NOERROR") else "no address")
        kind = _colour(drill, span.region)
        blocks.append(
            el("span", word, class_=f"answer {kind}", style=f"left:{left:.2f}%;width:{width:.2f}%", title=word)
        )
    yield el("div", el("b", "DNS answers"), class_="lane-name")
    yield el("div", *blocks, class_="lane dns-lane")


def _colour(drill: Drill, region: str | None) -> str:
    return f"r{drill.regions.index(region) % 4 + 1}" if region in drill.regions else "nobody"


def _requests(drill: Drill, along: Scale) -> t.Iterator[Markup]:
    lanes: list[tuple[str, str, list[int], int]] = []
    for name in drill.regions:
        found = counts(drill.samples, along, name)
        lanes.append((name, _colour(drill, name), found, sum(found)))
    failed = counts(drill.samples, along, None)
    lanes.append(("Failed", "nobody", failed, sum(failed)))
    top = max(max(found) for _name, _kind, found, _total in lanes) or 1
    for name, kind, found, total in lanes:
        yield el("div", el("b", name), el("span", counted(total, "request")), class_="lane-name")
        yield el("div", _bars(found, top, kind), class_="lane")


def _bars(found: t.Sequence[int], top: int, kind: str) -> Markup:
    """One path of bars, 100 high, stretched to its lane."""
    bars = [f"M{index * 10} 100V{100 - 100 * count / top:.0f}h8.5V100z" for index, count in enumerate(found) if count]
    path = el("path", d="".join(bars), class_=f"bars {kind}")
    return el("svg", path, viewBox=f"0 0 {len(found) * 10} 100", preserveAspectRatio="none", aria_hidden="true")


def _budget(drill: Drill, along: Scale) -> t.Iterator[Markup]:
    """How much of the time that a failover may take was used; users whose resolvers keep answers have the TTL more."""
    if not drill.limit or not drill.budget_seconds:
        return
    moved = drill.measured.get("all_traffic_moved_seconds")
    over = moved is None or moved > drill.limit
    used = _stretch("used over" if over else "used", 0.0, drill.limit if moved is None else moved, along)
    may = _stretch("may", 0.0, drill.limit, along)
    beyond = along.zero + drill.limit > along.end
    label = (
        f"until {offset(drill.limit)}" if beyond else f"+{seconds(drill.ttl_budget)} TTL" if drill.ttl_budget else None
    )
    later = _stretch(
        "beyond" if beyond else "later", moved or 0.0 if beyond else drill.limit, drill.budget_seconds, along, label
    )
    says = f"{seconds(moved)} of {seconds(drill.limit)}" if moved is not None else "not within it"
    yield el("div", el("b", "Budget"), el("span", says), class_="lane-name")
    yield el("div", used, may, later if label else None, class_="lane budget-lane")


def _stretch(kind: str, start: float, end: float, along: Scale, label: str | None = None) -> Markup:
    """A piece of a lane, from and to seconds after the fault."""
    left, right = along.percent(along.zero + start), along.percent(along.zero + end)
    return el("span", label, class_=kind, style=f"left:{left:.2f}%;width:{right - left:.2f}%")


def _axis(along: Scale) -> Markup:
    ticks = [
        el(
            "span",
            offset(tick),
            style=f"left:{along.percent(along.zero + tick):.2f}%",
            class_="zero" if tick == 0 else None,
        )
        for tick in along.ticks
    ]
    return el("div", *ticks, class_="axis", aria_hidden="true")


def _events(marked: t.Sequence[Event], along: Scale) -> Markup:
    """What the numbers in the rings stand for."""
    items = [
        el(
            "li",
            el("span", str(number), class_=f"ring is-{event.kind}", aria_hidden="true"),
            el("span", el("b", offset(event.at - along.zero)), " ", unbroken(_text(event))),
        )
        for number, event in enumerate(marked, 1)
    ]
    return el("ol", *items, class_="events")
