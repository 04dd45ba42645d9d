# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What of others' text reaches a terminal."""

from __future__ import annotations

import json
import typing as t
import unicodedata

import hypothesis
import hypothesis.strategies as st
import pytest

from ansible_collections.everlook.failover.plugins.module_utils._engine.context import new_context
from ansible_collections.everlook.failover.plugins.module_utils._engine.printable import clean, clean_result, one_line
from tests.control_characters import EVERY, found_in

hostile = st.text(st.one_of(st.characters(), st.sampled_from(EVERY)))
documents = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), hostile),
    lambda inner: st.one_of(st.lists(inner), st.dictionaries(hostile, inner)),
)


@hypothesis.given(hostile)
def test_a_line_is_one_line_without_control_characters(text: str) -> None:
    line = one_line(text)
    assert not found_in(line)
    assert line.splitlines() in ([line], [])
    line.encode()


@hypothesis.given(hostile)
def test_a_line_stays_what_it_is(text: str) -> None:
    assert one_line(one_line(text)) == one_line(text)


@hypothesis.given(st.text(st.characters(exclude_categories=["Cc", "Cf", "Zl", "Zp", "Cs"])))
def test_other_text_is_not_touched(text: str) -> None:
    assert one_line(text) == text
    assert clean(text, lines=True) == text


@hypothesis.given(documents)
def test_no_part_of_a_document_has_them(document: t.Any) -> None:
    assert not found_in(json.dumps(clean(document), ensure_ascii=False))
    assert not found_in(json.dumps(clean(document, lines=True), ensure_ascii=False).replace("\\n", ""))


@hypothesis.given(hostile)
def test_a_message_keeps_its_lines_and_everything_else_is_one_line(text: str) -> None:
    result = clean_result({"msg": f"a\n{text}", "diff": {"before": {"a": text}}, "name": text, "failed": True})
    assert result["msg"].startswith("a\n")
    assert not found_in(result["msg"].replace("\n", "").replace("\t", ""))
    assert result["name"] == one_line(text)
    assert result["failed"] is True


@pytest.mark.parametrize("character", EVERY)
def test_each_is_written_out_or_a_blank(character: str) -> None:
    assert not found_in(one_line(f"a{character}b")), unicodedata.name(character, ascii(character))


def test_what_was_written_out_can_be_read() -> None:
    assert one_line("\x1b[2J\x9b31m\u202egnp") == r"\x1b[2J\x9b31m\u202egnp"
    assert one_line("a \r\n  b\tc") == "a b c"


def test_warnings_and_progress_are_printable_in_every_host() -> None:
    said: list[str] = []
    ctx = new_context(
        {"region": "us-east-1", "access_key": "a", "secret_key": "b"},
        check_mode=False,
        warn=said.append,
        progress=said.append,
        is_abandoned=lambda: False,
    )
    ctx.warn("a\nfatal: [b]\x1b[2J")
    ctx.progress("a\nfatal: [b]\x1b[2J")
    assert said == [r"a fatal: [b]\x1b[2J"] * 2
