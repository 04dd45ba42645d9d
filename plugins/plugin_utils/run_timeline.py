# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the time of a run went: its long steps, and the critical path. Pure."""

from __future__ import annotations

import dataclasses
import typing as t

# Shorter steps are not shown.
_SHOWN_SECONDS: t.Final = 5.0
# Times are rounded to tenths: a step may seem to end after the start of the one that waited for it.
_ROUNDING_SECONDS: t.Final = 0.2


@dataclasses.dataclass(frozen=True, kw_only=True)
class Entry:
    """A step of a run. ``started`` and ``ended`` in seconds since the epoch.

    :param region: empty for a layer of the environment.
    :param after: the step of the same layer and region that it waited for last; empty if none.
    """

    region: str
    layer: str
    step: str
    started: float
    ended: float
    after: str = ""

    @property
    def seconds(self) -> float:
        """How long it took."""
        return self.ended - self.started

    @property
    def where(self) -> str:
        """Region and layer."""
        return f"{self.region} {self.layer}".strip()


def entries(region: str, layer: str, result: t.Mapping[str, t.Any]) -> list[Entry]:
    """The entries in a layer's result."""
    return [Entry(region=region, layer=layer, **item) for item in result.get("timeline") or ()]


def critical_path(found: t.Sequence[Entry]) -> tuple[Entry, ...]:
    """The chain of steps, each waiting for the one before, that ended last."""
    left = sorted(found, key=lambda entry: entry.ended)
    chain = [left.pop()] if left else []
    while chain:
        earlier = _waited_for(chain[-1], left)
        if earlier is None:
            break
        left = left[: left.index(earlier)]
        chain.append(earlier)
    return tuple(reversed(chain))


def _waited_for(entry: Entry, ended: t.Sequence[Entry]) -> Entry | None:
    """The step that it waited for: the one of its own layer that it names, else the one that ended last before it."""
    for other in reversed(ended):
        if entry.after and (other.where, other.step) == (entry.where, entry.after):
            return other
    before = [other for other in ended if other.ended <= entry.started + _ROUNDING_SECONDS]
    return before[-1] if before else None


def lines(found: t.Sequence[Entry]) -> list[str]:
    """The timeline for people; empty if no step took long."""
    if not found or max(entry.seconds for entry in found) < _SHOWN_SECONDS:
        return []
    begin = min(entry.started for entry in found)
    path = critical_path(found)
    shown = [entry for entry in found if entry.seconds >= _SHOWN_SECONDS or entry in path]
    steps = [
        f"  {'*' if entry in path else ' '} {clock(entry.started - begin)} - {clock(entry.ended - begin)}  "
        f"{entry.where}: {entry.step}"
        for entry in sorted(shown, key=lambda entry: (entry.started, entry.ended))
    ]
    whole = max(entry.ended for entry in found) - begin
    waited = sum(entry.seconds for entry in path)
    head = (
        f"Where the time went (* the critical path: {clock(waited)} of {clock(whole)}, each step after the one before):"
    )
    return [head, *steps]


def clock(seconds: float) -> str:
    """Minutes and seconds."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"
