# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Characters that move a terminal's cursor, end a line, or reorder what is read."""

from __future__ import annotations

import re
import typing as t

# Unicode's general categories Cc, Zl and Zp, and its property Bidi_Control (UAX #9), written out here: the collection
# has a list of its own.
CONTROLS: t.Final = "".join(map(chr, [*range(0x20), *range(0x7F, 0xA0)]))
BIDI: t.Final = "".join(map(chr, [0x61C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)]))
EVERY: t.Final = CONTROLS + BIDI + "\u2028\u2029"

_ANY: t.Final = re.compile(f"[{re.escape(EVERY)}]")


def found_in(text: str, *, but: str = "") -> list[str]:
    """Those that are in the text, but for some that may be."""
    return [character for character in _ANY.findall(text) if character not in but]
