# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole page."""

from __future__ import annotations

from .facts import Facts
from .html import Markup, el, join


def render(facts: Facts) -> str:
    """The page as one HTML file that loads nothing."""
    head = el("head", el("meta", charset="utf-8"), el("title", facts.sentence))
    return join(Markup("<!DOCTYPE html>\n"), el("html", head, el("body", el("h1", facts.sentence)), lang="en"))
