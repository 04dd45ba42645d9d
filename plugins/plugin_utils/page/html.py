# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Markup out of Python: whatever is not markup already is escaped."""

from __future__ import annotations

import html
import typing as t


class Markup(str):
    """Text that is HTML or SVG."""

    __slots__ = ()


Child = str | None
Attribute = str | int | float | bool | None

# Elements of HTML that have no end tag; those of SVG are written with one, which HTML parsers take.
_VOID: t.Final = frozenset({"br", "meta"})


def el(tag: str, /, *children: Child, **attributes: Attribute) -> Markup:
    """An element. A child that is no Markup is text and is escaped; None and "" are left out.

    :param attributes: ``class_`` is class, other underscores are hyphens. None and False are left out, True is a
        bare name.
    """
    start = f"<{tag}{''.join(_attribute(key, value) for key, value in attributes.items())}>"
    return Markup(start if tag in _VOID else f"{start}{join(*children)}</{tag}>")


def join(*children: Child) -> Markup:
    """Children without an element around them."""
    return Markup("".join(child if isinstance(child, Markup) else html.escape(child) for child in children if child))


def _attribute(name: str, value: Attribute) -> str:
    if value is None or value is False:
        return ""
    shown = name.rstrip("_").replace("_", "-")
    return f" {shown}" if value is True else f' {shown}="{html.escape(_text(value))}"'


def _text(value: Attribute) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
