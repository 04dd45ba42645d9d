# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Renders the page with the templates and style sheets beside this file."""

from __future__ import annotations

import base64
import functools
import hashlib
import pathlib
import typing as t

import jinja2

from ..worker import templates
from . import words
from .details import cards
from .drawing import drawing
from .drill import history, last_drill
from .facts import Facts
from .header import header

_FOLDER: t.Final = pathlib.Path(__file__).parent


def render(facts: Facts) -> str:
    """The page as one HTML file that loads nothing."""
    return (
        environment()
        .get_template("page.html.j2")
        .render(
            facts=facts,
            header=header(facts),
            drawing=drawing(facts),
            last_drill=last_drill(facts),
            history=history(facts),
            cards=cards(facts),
        )
    )


@functools.cache
def environment() -> jinja2.Environment:
    """Jinja2's environment: escapes every value, whatever the template's name, and fails on a missing one."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader([_FOLDER / "templates", _FOLDER / "styles"]),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
        bytecode_cache=templates.cache(),
    )
    environment.filters |= {
        "clock": words.clock,
        "counted": words.counted,
        "percent": words.percent,
        "pieces": words.pieces,
        "seconds": words.seconds,
        "sha256": _sha256,
    }
    return environment


def _sha256(text: str) -> str:
    """The source expression of the text in a Content Security Policy (CSP Level 3, hash-source)."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
