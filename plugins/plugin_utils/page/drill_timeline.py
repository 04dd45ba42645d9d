# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The timeline of a drill: DNS answers, requests by region, failures, and the budget.

Lanes stretch to the width of the page, so places on them are in percent.
"""

from __future__ import annotations

import typing as t

from .chart import Scale, counts, rows, scale, spans
from .facts import Answer, Drill, Event
from .words import counted, first_sentence, offset, seconds

# Width of a number in its ring on a phone, in percent
_RING: t.Final = 8.0
# Events that are not moments of the failover.
_QUIET: t.Final = frozenset({"ready", "ended"})
# Number of colours for regions
_COLOURS: t.Final = 4


class Stretch(t.NamedTuple):
    """A piece of a lane: its start and width in percent."""

    left: float
    width: float
    kind: str
    text: str = ""


class Moment(t.NamedTuple):
    """An event, drawn as a ring with its ``number``; ``row`` counts from 0."""

    number: int
    kind: str
    left: float
    row: int
    offset: str
    text: str


class Requests(t.NamedTuple):
    """A lane of requests: ``path`` draws its bars, 100 high and ``width`` wide."""

    name: str
    colour: str
    total: int
    path: str
    width: int


class Budget(t.NamedTuple):
    """The lane of the budget: how much of it the failover has used."""

    says: str
    stretches: tuple[Stretch, ...]


class Tick(t.NamedTuple):
    """A mark of the axis."""

    left: float
    text: str
    zero: bool


class Timeline(t.NamedTuple):
    """The figure.

    :param label: the figure in words, for screen readers; events and numbers are beside it.
    :param rows: number of rows of rings.
    :param fault: the duration of the fault.
    :param limit: the deadline for traffic to move, in percent; None if it is beyond the figure.
    """

    label: str
    moments: tuple[Moment, ...]
    rows: int
    fault: Stretch | None
    limit: float | None
    answers: tuple[Stretch, ...]
    visits: tuple[Stretch, ...]
    requests: tuple[Requests, ...]
    budget: Budget | None
    ticks: tuple[Tick, ...]


def timeline(drill: Drill) -> Timeline | None:
    """The figure; None if the drill made no requests."""
    if not drill.samples:
        return None
    along = scale(drill)
    moments = _moments(drill, along)
    return Timeline(
        label=_label(drill),
        moments=moments,
        rows=max((moment.row + 1 for moment in moments), default=1),
        fault=_fault(drill, along),
        limit=along.percent(along.zero + drill.limit) if drill.limit and _is_shown(drill.limit, along) else None,
        answers=_answers(drill, drill.answers, along),
        visits=_answers(drill, drill.visits, along),
        requests=_requests(drill, along),
        budget=_budget(drill, along),
        ticks=tuple(
            Tick(left=along.percent(along.zero + tick), text=offset(tick), zero=tick == 0) for tick in along.ticks
        ),
    )


def _label(drill: Drill) -> str:
    by_region = {name: sum(sample.ok and sample.region == name for sample in drill.samples) for name in drill.regions}
    answered = ", ".join(f"{name} answered {counted(count, 'request')}" for name, count in by_region.items())
    return f"Timeline of the drill. {answered}, {counted(drill.failed, 'request')} failed."


def _moments(drill: Drill, along: Scale) -> tuple[Moment, ...]:
    marked = [event for event in drill.events if event.kind not in _QUIET]
    places = [along.percent(event.at) for event in marked]
    return tuple(
        Moment(
            number=number,
            kind=event.kind,
            left=place,
            row=row,
            offset=offset(event.at - along.zero),
            text=_text(event),
        )
        for number, (event, place, row) in enumerate(zip(marked, places, rows(places, _RING), strict=True), 1)
    )


def _text(event: Event) -> str:
    return f"detected: {first_sentence(event.text)}" if event.kind == "detected" else event.text


def _fault(drill: Drill, along: Scale) -> Stretch | None:
    """The duration of the fault, drawn behind all lanes."""
    fault, healed = drill.when("fault"), drill.when("healed")
    return None if fault is None else _stretch(along, fault, along.end if healed is None else healed, "fault")


def _answers(drill: Drill, answers: t.Sequence[Answer], along: Scale) -> tuple[Stretch, ...]:
    """The spans of answers, by region."""
    return tuple(
        _stretch(
            along,
            span.start,
            span.end,
            _colour(drill, span.region),
            span.region or (span.rcode if span.rcode not in ("", "NOERROR") else "no address"),
        )
        for span in spans(answers, along)
    )


def _colour(drill: Drill, region: str | None) -> str:
    return f"r{drill.regions.index(region) % _COLOURS + 1}" if region in drill.regions else "nobody"


def _requests(drill: Drill, along: Scale) -> tuple[Requests, ...]:
    """A lane for each region, and one for failed requests. All lanes have the same scale."""
    found = {name: counts(drill.samples, along, name) for name in drill.regions}
    failed = counts(drill.samples, along, None)
    top = max(map(max, [*found.values(), failed])) or 1
    lanes = [(name, _colour(drill, name), bars) for name, bars in found.items()]
    return tuple(
        Requests(name=name, colour=colour, total=sum(bars), path=_path(bars, top), width=10 * len(bars))
        for name, colour, bars in (*lanes, ("Failed", "nobody", failed))
    )


def _path(bars: t.Sequence[int], top: int) -> str:
    """One path of all bars."""
    return "".join(
        f"M{index * 10} 100V{100 - 100 * count / top:.0f}h8.5V100z" for index, count in enumerate(bars) if count
    )


def _budget(drill: Drill, along: Scale) -> Budget | None:
    """How much of the budget was used. Users whose resolvers cache answers may take the TTL longer."""
    limit, total, moved = drill.limit, drill.budget_seconds, drill.moved
    if not limit or not total:
        return None
    over = moved is None or moved > limit
    stretches = [
        _since(along, 0.0, limit if moved is None else moved, "used over" if over else "used"),
        _since(along, 0.0, limit, "may"),
    ]
    if not _is_shown(limit, along):
        stretches.append(_since(along, moved or 0.0, total, "beyond", f"until {offset(limit)}"))
    elif drill.ttl_budget:
        stretches.append(_since(along, limit, total, "later", f"+{seconds(drill.ttl_budget)} TTL"))
    says = "exceeded" if moved is None else f"{seconds(moved)} of {seconds(limit)}"
    return Budget(says=says, stretches=tuple(stretches))


def _is_shown(limit: float, along: Scale) -> bool:
    """Whether the moment that many seconds after the fault is on the figure."""
    return along.zero + limit <= along.end


def _since(along: Scale, start: float, end: float, kind: str, text: str = "") -> Stretch:
    """A stretch between two moments, in seconds after the fault."""
    return _stretch(along, along.zero + start, along.zero + end, kind, text)


def _stretch(along: Scale, start: float, end: float, kind: str, text: str = "") -> Stretch:
    """A stretch between two moments, in seconds after the start of the drill."""
    left = along.percent(start)
    return Stretch(left, along.percent(end) - left, kind, text)
