# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from ansible_collections.everlook.failover.plugins.plugin_utils.page.html import Markup, el, join


def test_text_is_escaped_and_markup_is_not() -> None:
    assert el("p", "a < b & c", el("b", "d")) == "<p>a &lt; b &amp; c<b>d</b></p>"
    assert join("<i>", Markup("<i>")) == "&lt;i&gt;<i>"


def test_attributes_are_escaped() -> None:
    assert el("a", href='x" onclick="y') == '<a href="x&quot; onclick=&quot;y"></a>'


def test_names_of_attributes() -> None:
    assert el("th", class_="x", aria_label="y", viewBox="0") == '<th class="x" aria-label="y" viewBox="0"></th>'


def test_attributes_that_are_not_there() -> None:
    assert el("i", class_=None, hidden=True, open=False) == "<i hidden></i>"


def test_numbers_are_short() -> None:
    assert el("g", x=1.5, y=2.0, z=0.128, w=3) == '<g x="1.5" y="2" z="0.13" w="3"></g>'


def test_what_is_empty_is_left_out() -> None:
    assert el("p", None, "", "a") == "<p>a</p>"


def test_void_elements_have_no_end() -> None:
    assert el("meta", charset="utf-8") == '<meta charset="utf-8">'
