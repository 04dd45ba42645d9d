# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Templates and style sheets: nothing in them gets around the escaping, and all of them are used."""

from __future__ import annotations

import re
from pathlib import Path

import jinja2
import pytest

from ansible_collections.everlook.failover.plugins.plugin_utils.page import render

FOLDER = Path(render.__file__).parent
TEMPLATES = sorted(FOLDER.rglob("*.j2"))
STYLES = sorted(FOLDER.rglob("*.css"))
CODE = sorted(FOLDER.rglob("*.py"))
HOSTILE = "<i>\"'&"
ESCAPED = "&lt;i&gt;&#34;&#39;&amp;"


def name(path: Path) -> str:
    return path.name


def macro(call: str, **values: object) -> str:
    source = '{% import "macros.html.j2" as macros %}{{ macros.' + call + " }}"
    return render.environment().from_string(source).render(values)


def test_what_is_escaped_depends_on_no_name() -> None:
    """Jinja2 can escape by the endings of names, and ``.html.j2`` is none that it knows."""
    assert render.environment().from_string('<p title="{{ a }}">{{ a }}').render(a=HOSTILE) == (
        f'<p title="{ESCAPED}">{ESCAPED}'
    )


def test_a_value_that_is_missing_is_an_error() -> None:
    with pytest.raises(jinja2.UndefinedError):
        render.environment().from_string("{{ nothing }}").render()


@pytest.mark.parametrize(
    "call", ["badge(sign)", "marked(sign)", "line(sign.kind, sign.words)", "time(text)", "unbroken(text)", "icon(text)"]
)
def test_macros_escape(call: str) -> None:
    sign = {"kind": "good", "words": HOSTILE}
    found = macro(call, sign=sign, text=HOSTILE)
    assert ESCAPED in found
    assert HOSTILE not in found


def test_words_without_a_sign_are_escaped() -> None:
    assert macro("marked(sign)", sign={"kind": None, "words": HOSTILE}) == ESCAPED


def test_names_of_regions_stay_in_one_piece() -> None:
    assert macro("unbroken('us-east-1 <b>')") == '<span class="unbroken">us-east-1</span> &lt;b&gt;'


@pytest.mark.parametrize("path", TEMPLATES, ids=name)
def test_no_template_says_what_is_safe(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"\|\s*(safe|xmlattr|tojson)\b|autoescape|Markup", text)
    # Escaping protects an attribute in quotes alone.
    assert not re.search(r"=\{\{", text)


@pytest.mark.parametrize("path", CODE, ids=name)
def test_code_makes_no_markup(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"</|/>|<(svg|p|div|span|td|tr|li)\b|Markup|markupsafe", text)


def test_every_template_and_style_sheet_is_used() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in (*TEMPLATES, *CODE))
    assert [path.name for path in (*TEMPLATES, *STYLES) if f'"{path.name}"' not in text] == []
