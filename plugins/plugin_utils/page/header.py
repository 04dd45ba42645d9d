# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The top of the page: the sentence, the problems, and the most important facts."""

from __future__ import annotations

import typing as t

from .facts import Facts, State
from .signs import Kind, Sign
from .words import counted, fault, listed, seconds

_SIGN: t.Final[dict[State, Kind]] = {
    "good": "good",
    "attention": "warn",
    "down": "bad",
    "gone": "none",
    "unknown": "none",
}

# A longer sentence is set in a smaller font.
_SHORT: t.Final = 130


class Tile(t.NamedTuple):
    """One of the most important facts."""

    term: str
    sign: Sign


class Header(t.NamedTuple):
    """The top of the page.

    :param link: the URL of the service; empty if it is not HTTP or HTTPS.
    :param problems: the problems that the sentence does not say.
    """

    kind: Kind
    long: bool
    link: str
    problems: tuple[str, ...]
    tiles: tuple[Tile, ...]


def header(facts: Facts) -> Header:
    """The top of the page."""
    return Header(
        kind=_SIGN[facts.state],
        long=len(facts.sentence) > _SHORT,
        link=facts.url if facts.url.startswith(("http://", "https://")) else "",
        problems=tuple(line for line in facts.problems if line != facts.sentence),
        tiles=_tiles(facts) if facts.regions else (),
    )


def _tiles(facts: Facts) -> tuple[Tile, ...]:
    """The facts that are known."""
    found = {
        "Serves": _serves(facts),
        "Ready to take over": _ready(facts),
        "Last drill": _drilled(facts),
        "Switch": _switch(facts),
        "Drift": _drift(facts),
        "Image": _image(facts),
    }
    return tuple(Tile(term, sign) for term, sign in found.items() if sign)


def _serves(facts: Facts) -> Sign:
    serving = next((region for region in facts.regions if region.serves), None)
    if serving is None or not facts.resolves:
        return Sign("bad", "no region: users get no answer")
    if facts.lags:
        return Sign("warn", f"{serving.name}, until DNS moves to {facts.expected}")
    if serving.healthy is False:
        return Sign("bad", f"{serving.name}, unhealthy")
    return Sign("good", serving.name)


def _ready(facts: Facts) -> Sign:
    ready = [region.name for region in facts.regions if region.ready]
    return Sign("good", listed(ready)) if ready else Sign("bad", "no region")


def _drilled(facts: Facts) -> Sign:
    drill = facts.drill
    if drill is None:
        return Sign("none", "none yet")
    if not drill.passed:
        return Sign("bad", f"failed: {fault(drill.fault)}")
    return Sign("good", "passed" if drill.moved is None else f"passed: moved in {seconds(drill.moved)}")


def _switch(facts: Facts) -> Sign | None:
    if facts.switch is None:
        return None
    if facts.switch == "auto":
        return Sign("good", "auto: health decides")
    if any(held.warning for held in facts.held):
        return Sign("bad", f"at {facts.switch}, and not held")
    newest = max((held.newest for held in facts.held), default="")
    last = f", newest data point {newest[11:19]} UTC" if newest else ""
    return Sign("warn", f"held at {facts.switch}{last}")


def _drift(facts: Facts) -> Sign | None:
    if facts.drift is None:
        return None
    return Sign("warn" if facts.drifted else "good" if facts.drift == "none" else "none", facts.drift)


def _image(facts: Facts) -> Sign | None:
    if facts.same_image is None:
        return None
    if facts.same_image:
        return Sign("good", f"the same in {counted(len(facts.regions), 'region')}")
    return Sign("warn", "differs between regions")
