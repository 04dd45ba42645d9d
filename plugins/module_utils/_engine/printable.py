# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Text of others (AWS's, DNS's, HTTP's) on its way to a terminal: it moves no cursor, and forges no line."""

from __future__ import annotations

import re
import typing as t

# What a terminal or an editor takes for the end of a line (Unicode, UAX #14: BK, CR, LF, NL), with the blanks around it
_LINE_BREAKS: t.Final = re.compile(r"[ \t]*[\n\v\f\r\x1c-\x1e\x85\u2028\u2029]+[ \t]*")
# C0, DEL and C1 (ECMA-48), what reorders text (Unicode, UAX #9: Bidi_Control), and halves of characters, which no
# encoding has
_CONTROLS: t.Final = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
# These may be in what is shown in several lines: differences, and messages that a report has put together.
_LAYOUT: t.Final = "\n\t"

# Members of a result whose text may have several lines. Ansible indents the lines of a difference.
_SEVERAL_LINES: t.Final = frozenset({"msg", "diff"})


def one_line(text: str) -> str:
    """The text on one line, with its control characters written out: ``\\x1b[2J`` is seen, and does nothing."""
    return _CONTROLS.sub(_written_out, _LINE_BREAKS.sub(" ", text).replace("\t", " "))


def clean(value: t.Any, *, lines: bool = False) -> t.Any:
    """A value of JSON in which all text is printable.

    :param lines: whether text may have lines and tabs. Otherwise each is one line.
    """
    if isinstance(value, str):
        return _CONTROLS.sub(_kept_or_written_out, value) if lines else one_line(value)
    if isinstance(value, dict):
        return {clean(key, lines=lines): clean(item, lines=lines) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [clean(item, lines=lines) for item in value]
    return value


def clean_result(result: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """The result of a task as callbacks may print it."""
    return {key: clean(value, lines=key in _SEVERAL_LINES) for key, value in result.items()}


def _kept_or_written_out(match: re.Match[str]) -> str:
    return match[0] if match[0] in _LAYOUT else _written_out(match)


def _written_out(match: re.Match[str]) -> str:
    return match[0].encode("unicode_escape").decode()
