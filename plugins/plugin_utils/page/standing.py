# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a region stands to the users of the service, in a word and a sign."""

from __future__ import annotations

import dataclasses
import typing as t

from .facts import Region
from .icons import Kind


@dataclasses.dataclass(frozen=True)
class Standing:
    """A region as the drawing shows it; ``line`` is what the line from the record down to it says."""

    kind: Kind
    word: str
    pipe: t.Literal["flows", "fails", "waits", "avoided", "held", "absent"]
    line: str


def standing(region: Region, resolves: bool, lags: bool = False) -> Standing:
    """How the region stands.

    :param resolves: whether users get an answer from DNS at all.
    :param lags: whether DNS has yet to follow what health says.
    """
    if region.place is None and not region.serves:
        return Standing("none", "Not in DNS", "absent", "no record")
    if region.serves:
        return _first(region, resolves, lags)
    if region.evicted_by:
        return Standing("warn", "Evicted by the switch", "held", "sent elsewhere by the switch")
    if region.healthy is False:
        return Standing("bad", "Unhealthy", "avoided", "DNS avoids it")
    return Standing("standby", "Stands by", "waits", "takes over when the one before fails")


def _first(region: Region, resolves: bool, lags: bool) -> Standing:
    """The region that Route 53 answers with."""
    if not resolves:
        return Standing("bad", "Out of reach", "avoided", "no user gets an answer")
    if region.healthy is False:
        line = "all requests, until DNS follows" if lags else "all requests, as the last resort"
        return Standing("bad", "Answers, unhealthy", "fails", line)
    return Standing("good", "Serves now", "flows", "all requests")
