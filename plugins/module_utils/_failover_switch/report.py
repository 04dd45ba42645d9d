# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The outcome of a switch for people. Pure."""

from __future__ import annotations

import typing as t

from .plan import Point
from .snapshot import Snapshot
from .spec import Spec


def summary(
    spec: Spec, observed: Snapshot, published: t.Sequence[Point], serving: str | None, seconds: float
) -> list[str]:
    """The outcome for people."""
    who = serving or "No region"
    if not published:
        held = "its switch is set" if spec.target else "no region is evicted"
        text = f"{who} already serves {spec.record}, and {held}: nothing to do."
        overtaken = f"Data points were published for {seconds:.0f} seconds, so that no older one counts."
        return [text, *([overtaken] if seconds else [])]
    before = "as before" if serving == observed.serving else f"before: {observed.serving or 'no region'}"
    after = "Health decides again." if spec.target is None else "It serves until the next switch; to=auto releases it."
    return [f"{who} serves {spec.record} after {seconds:.0f} seconds ({before}).", after]


def intention(spec: Spec, observed: Snapshot, missing: t.Sequence[Point]) -> list[str]:
    """What would be done, for people."""
    lines = [f"  {point.value} for {point.evicted} in {point.seat}" for point in missing]
    head = f"{observed.serving or 'No region'} serves {spec.record}."
    return [
        head,
        *(["These data points would be published:", *lines] if lines else ["No data point would be published."]),
    ]
