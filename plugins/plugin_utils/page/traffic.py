# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The traffic of a region, as a sign."""

from __future__ import annotations

import typing as t

from .facts import Region
from .signs import Sign


class Traffic(t.NamedTuple):
    """A region as the drawing shows it.

    :param sign: for the region.
    :param pipe: the kind of line from the record down to the region.
    :param line: the text on that line.
    """

    sign: Sign
    pipe: t.Literal["flows", "fails", "waits", "avoided", "held", "absent"]
    line: str


def traffic(region: Region, resolves: bool, lags: bool = False) -> Traffic:
    """The traffic of the region.

    :param resolves: whether users get an answer from DNS.
    :param lags: whether DNS does not answer with the expected region yet.
    """
    if region.place is None and not region.serves:
        return Traffic(Sign("none", "Not in DNS"), "absent", "no record")
    if region.serves:
        return _first(region, resolves, lags)
    if region.evicted_by:
        return Traffic(Sign("warn", "Evicted by the switch"), "held", "users sent elsewhere by the switch")
    if region.healthy is False:
        return Traffic(Sign("bad", "Unhealthy"), "avoided", "DNS avoids it")
    return Traffic(Sign("standby", "Stands by"), "waits", "takes over when the region before it fails")


def _first(region: Region, resolves: bool, lags: bool) -> Traffic:
    """The region that Route 53 answers with."""
    if not resolves:
        return Traffic(Sign("bad", "Unreachable"), "avoided", "users get no answer")
    if region.healthy is False:
        line = "all requests, until DNS moves" if lags else "all requests, as the last resort"
        return Traffic(Sign("bad", "Answers, unhealthy"), "fails", line)
    return Traffic(Sign("good", "Serves now"), "flows", "all requests")
