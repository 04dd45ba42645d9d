# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Numbers, times and lists for people."""

from __future__ import annotations

import datetime
import re
import typing as t

from .facts import moment

_FAULTS: t.Final = {
    "block_alb": "load balancer shut off",
    "stop_tasks": "tasks stopped",
    "unhealthy_app": "health checks fail",
    "switch": "evicted by the switch",
    "external": "broken by hand",
}
# Length of the longest name of a region, with a comma
_NAME: t.Final = 16


def listed(names: t.Sequence[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


def counted(number: int, thing: str) -> str:
    """``1 request``, ``2 requests``."""
    return f"{grouped(number)} {thing}{'' if number == 1 else 's'}"


def grouped(number: int) -> str:
    """``1 234``, with a narrow no-break space."""
    return f"{number:,}".replace(",", "\u202f")


def seconds(value: float | None) -> str:
    """A duration in seconds, with a no-break space; an em dash if it was not seen."""
    if value is None:
        return "—"
    return f"{value:.1f}\u00a0s" if value < 10 else f"{value:.0f}\u00a0s"


def first_sentence(report: str) -> str:
    """The first sentence of a health checker's report: the others are AWS's advice and the address."""
    return report.partition(". ")[0]


def clock(text: str, short: bool = False) -> str:
    """A time in ISO 8601 as people write it, in UTC."""
    found = moment(text)
    if found is None:
        return text
    found = found.astimezone(datetime.UTC)
    return f"{found.day} {found:%b %Y, %H:%M}" if short else f"{found.day} {found:%B %Y, %H:%M} UTC"


def fault(kind: str) -> str:
    """The fault of a drill."""
    return _FAULTS.get(kind, kind)


def offset(value: float) -> str:
    """Seconds from a moment, with their sign."""
    whole = f"{value:+.1f}".removesuffix(".0").replace("-", "\N{MINUS SIGN}")
    return "0 s" if whole in ("+0", "\N{MINUS SIGN}0") else f"{whole} s"


class Piece(t.NamedTuple):
    """A piece of a text; whether it must stay on one line."""

    text: str
    unbroken: bool


def pieces(text: str) -> list[Piece]:
    """The text in pieces. Short words with a hyphen, such as names of regions, stay on one line."""
    return [Piece(part, "-" in part and len(part) <= _NAME) for part in re.split("( )", text) if part]


def percent(value: float) -> str:
    """A length in CSS."""
    return f"{value:.2f}%"
