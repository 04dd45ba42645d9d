# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Signs for states. Each has a shape of its own and stands beside a word, so that colour says nothing alone."""

from __future__ import annotations

import typing as t

from .html import Markup, el

Kind = t.Literal["good", "bad", "warn", "none", "standby"]

_STROKE: t.Final = 'fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"'
# A tick in a disc, a cross in an octagon, a mark of exclamation in a triangle, a dash or two bars in a ring.
_SHAPES: t.Final[dict[Kind, str]] = {
    "good": '<circle cx="10" cy="10" r="9" fill="currentColor"/><path class="cut" d="M5.5 10.5l3 3 6-7"/>',
    "bad": '<path fill="currentColor" d="M6.3 1h7.4L19 6.3v7.4L13.7 19H6.3L1 13.7V6.3z"/>'
    '<path class="cut" d="M6.5 6.5l7 7m0-7l-7 7"/>',
    "warn": '<path fill="currentColor" d="M10 1.2L19.5 18.5H.5z"/><path class="cut" d="M10 7.5v5m0 3v.1"/>',
    "none": f'<g {_STROKE}><circle cx="10" cy="10" r="8" stroke-dasharray="2.5 3.8"/><path d="M6.5 10h7"/></g>',
    "standby": f'<g {_STROKE}><circle cx="10" cy="10" r="8"/><path d="M7.8 7v6m4.4-6v6"/></g>',
}


def symbols() -> Markup:
    """The shapes, once for the page."""
    shapes = [el("symbol", Markup(shape), id=f"i-{kind}", viewBox="0 0 20 20") for kind, shape in _SHAPES.items()]
    return el("svg", *shapes, class_="symbols", aria_hidden="true", width=0, height=0)


def icon(kind: Kind) -> Markup:
    """The sign alone: say in words beside it what it says."""
    return el("svg", el("use", href=f"#i-{kind}"), class_=f"icon is-{kind}", aria_hidden="true", viewBox="0 0 20 20")


def badge(kind: Kind, word: str) -> Markup:
    """A sign and its word on a ground of their own."""
    return el("span", icon(kind), word, class_=f"badge on-{kind}")


def marked(kind: Kind, *words: str) -> Markup:
    """A sign and its words in running text."""
    return el("span", icon(kind), el("span", *words), class_="marked")


def health(healthy: bool | None) -> Kind:
    """The sign of something that is healthy, or not, or that nobody has asked."""
    return "none" if healthy is None else "good" if healthy else "bad"
