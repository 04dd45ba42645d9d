# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes untrusted text (from AWS, DNS, HTTP) safe for a terminal: it cannot move the cursor or forge a line."""

from __future__ import annotations

import re
import typing as t

# Line breaks for a terminal or an editor (Unicode, UAX #14: BK, CR, LF, NL), with the blanks around them.
_LINE_BREAKS: t.Final = re.compile(r"[ \t]*[\n\v\f\r\x1c-\x1e\x85\u2028\u2029]+[ \t]*")
# C0, DEL and C1 (ECMA-48), text reordering (Unicode, UAX #9: Bidi_Control), and surrogates, which cannot be encoded.
_CONTROLS: t.Final = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
# Allowed in text of several lines: diffs and the messages of reports.
_LAYOUT: t.Final = "\n\t"

# Members of a result whose text may have several lines. Ansible indents those of a diff.
_SEVERAL_LINES: t.Final = frozenset({"msg", "diff"})


def one_line(text: str) -> str:
    """The text on one line, with control characters escaped: ``\\x1b[2J``."""
    return _CONTROLS.sub(_written_out, _LINE_BREAKS.sub(" ", text).replace("\t", " "))


def clean(value: t.Any, *, lines: bool = False) -> t.Any:
    """The JSON value with all text printable.

    :param lines: whether text may have several lines and tabs.
    """
    if isinstance(value, str):
        return _CONTROLS.sub(_kept_or_written_out, value) if lines else one_line(value)
    if isinstance(value, dict):
        return {clean(key, lines=lines): clean(item, lines=lines) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [clean(item, lines=lines) for item in value]
    return value


def clean_result(result: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """The result of a task, safe to print."""
    return {key: clean(value, lines=key in _SEVERAL_LINES) for key, value in result.items()}


def _kept_or_written_out(match: re.Match[str]) -> str:
    return match[0] if match[0] in _LAYOUT else _written_out(match)


def _written_out(match: re.Match[str]) -> str:
    return match[0].encode("unicode_escape").decode()
