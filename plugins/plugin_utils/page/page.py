# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole page."""

from __future__ import annotations

from . import details, drawing, drill, header
from .facts import Facts
from .html import Markup, el, join
from .icons import symbols
from .style import STYLE


def render(facts: Facts) -> str:
    """The page as one HTML file that loads nothing."""
    head = el(
        "head",
        el("meta", charset="utf-8"),
        el("meta", name="viewport", content="width=device-width, initial-scale=1"),
        el("meta", name="color-scheme", content="light dark"),
        el("title", f"{facts.stack} in {facts.environment}: {facts.sentence}"),
        el("style", Markup(STYLE)),
    )
    main = el(
        "main",
        header.problems(facts),
        header.tiles(facts),
        drawing.drawing(facts),
        drill.last_drill(facts),
        drill.history(facts),
        details.regions(facts),
        details.drift(facts),
    )
    body = el("body", symbols(), header.header(facts), main, details.sources(facts))
    return join(Markup("<!DOCTYPE html>\n"), el("html", head, body, lang="en"), Markup("\n"))
