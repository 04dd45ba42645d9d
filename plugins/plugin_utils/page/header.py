# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The top of the page: the one sentence, what is wrong, and the facts that a glance should find."""

from __future__ import annotations

import typing as t

from .facts import Facts, State
from .html import Markup, el, join
from .icons import Kind, icon, marked
from .words import clock, counted, fault, listed, seconds, unbroken

_SIGN: t.Final[dict[State, Kind]] = {
    "good": "good",
    "attention": "warn",
    "down": "bad",
    "gone": "none",
    "unknown": "none",
}

# Letters of a sentence that can be set large.
_SHORT: t.Final = 130


def header(facts: Facts) -> Markup:
    """What it is, the sentence, and when and where that was seen."""
    name = el("p", el("b", facts.stack), " in ", el("b", facts.environment), class_="eyebrow")
    long = "long" if len(facts.sentence) > _SHORT else None
    sentence = el("h1", icon(_SIGN[facts.state]), el("span", unbroken(facts.sentence)), class_=long)
    return el("header", name, sentence, _seen(facts), _stand_in(facts), class_=f"top state-{facts.state}")


def _seen(facts: Facts) -> Markup | None:
    if not facts.seen_at:
        return None
    link = el("a", facts.url, href=facts.url) if facts.url.startswith(("http://", "https://")) else None
    when = el("time", clock(facts.seen_at), datetime=facts.seen_at)
    account = f"account {facts.account_id}" if facts.account_id else None
    parts = [part for part in (link, join("seen ", when), account) if part]
    return el("p", *(el("span", part) for part in parts), class_="seen")


def _stand_in(facts: Facts) -> Markup | None:
    """What was not seen in AWS must not look as if it had been."""
    if not facts.endpoint_url:
        return None
    return el(
        "p",
        icon("warn"),
        el(
            "span",
            el("b", "Not measured in AWS: "),
            "what this page shows was seen at the endpoint ",
            el("code", facts.endpoint_url),
            ", which stands in for it. An account may behave differently.",
        ),
        class_="stand-in",
    )


def problems(facts: Facts) -> Markup | None:
    """What is wrong, one line each, beside what the sentence says already."""
    lines = [line for line in facts.problems if line != facts.sentence]
    if not lines:
        return None
    title = "What is wrong" if len(lines) == len(facts.problems) else "What else is wrong"
    items = [el("li", icon("bad"), el("span", line)) for line in lines]
    return el(
        "section",
        el("h2", title, id="problems"),
        el("ul", *items),
        class_="problems",
        aria_labelledby="problems",
    )


def tiles(facts: Facts) -> Markup | None:
    """The facts that a glance should find. One that nobody has asked is left out."""
    found = [_serves(facts), _ready(facts), _drilled(facts), _switch(facts), _drift(facts), _images(facts)]
    shown = [el("div", el("dt", term), el("dd", value)) for item in found if item for term, value in [item]]
    return el("dl", *shown, class_="tiles") if facts.regions else None


Tile = tuple[str, Markup]


def _serves(facts: Facts) -> Tile:
    serving = next((region for region in facts.regions if region.serves), None)
    if serving is None or not facts.resolves:
        return "Serves", marked("bad", "no region: users get no answer")
    if facts.lags:
        return "Serves", marked("warn", f"{serving.name}, until DNS follows to {facts.expected}")
    if serving.healthy is False:
        return "Serves", marked("bad", f"{serving.name}, unhealthy")
    return "Serves", marked("good", serving.name)


def _ready(facts: Facts) -> Tile:
    ready = [region.name for region in facts.regions if region.ready]
    return "Ready to take over", marked("good", listed(ready)) if ready else marked("bad", "no region")


def _drilled(facts: Facts) -> Tile:
    drill = facts.drill
    if drill is None:
        return "Last drill", marked("none", "none yet")
    if not drill.passed:
        return "Last drill", marked("bad", f"failed: {fault(drill.fault)}")
    moved = drill.measured.get("all_traffic_moved_seconds")
    return "Last drill", marked("good", f"passed: moved in {seconds(moved)}" if moved is not None else "passed")


def _switch(facts: Facts) -> Tile | None:
    if facts.switch is None:
        return None
    automatic = facts.switch == "auto"
    return "Switch", marked("good", "auto: health decides") if automatic else marked("warn", f"held at {facts.switch}")


def _drift(facts: Facts) -> Tile | None:
    if facts.drift is None:
        return None
    sign: Kind = "warn" if facts.drifted else "good" if facts.drift == "none" else "none"
    return "Drift", marked(sign, facts.drift)


def _images(facts: Facts) -> Tile | None:
    if facts.same_image is None:
        return None
    if facts.same_image:
        return "Image", marked("good", f"the same in {counted(len(facts.regions), 'region')}")
    return "Image", marked("warn", "differs between regions")
