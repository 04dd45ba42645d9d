# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Numbers, times and lists for people."""

from __future__ import annotations

import typing as t

from .facts import moment


def listed(names: t.Sequence[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


def counted(number: int, thing: str) -> str:
    """``1 request``, ``2 requests``."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}".replace(",", "\u202f")


def seconds(value: float | None) -> str:
    """A duration in seconds; an em dash for one that was not seen."""
    if value is None:
        return "—"
    return f"{value:.1f} s" if value < 10 else f"{value:.0f} s"


def clock(text: str) -> str:
    """A time in ISO 8601 as people write it, in UTC."""
    found = moment(text)
    return f"{found:%-d %B %Y, %H:%M} UTC" if found else text
