# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The long steps of an applied plan, and what each had waited for. Pure."""

from __future__ import annotations

import dataclasses
import typing as t

from .plan import Plan, Step, Wait

# Shorter steps do not matter for where the time went.
_LONG_SECONDS: t.Final = 1.0


@dataclasses.dataclass(frozen=True)
class Span:
    """When a step ran, in seconds since the epoch."""

    started: float
    ended: float


def long_steps(plan: Plan, spans: t.Mapping[str, Span]) -> list[dict[str, t.Any]]:
    """The finished steps that took a second or more, in the order in which they started.

    Each is ``{"step", "started", "ended", "after"}``: its description, its times in seconds since the epoch, and the
    last long step that it waited for, directly or through short ones; empty for none.
    """
    long = {address for address, span in spans.items() if span.ended - span.started >= _LONG_SECONDS}
    waited_for: dict[str, str] = {}
    found = []
    for step in plan.in_order():
        candidates = [need if need in long else waited_for.get(need, "") for need in step.needs]
        last = max((need for need in candidates if need), key=lambda need: spans[need].ended, default="")
        waited_for[step.address] = last
        if step.address in long:
            found.append((step, last))
    names = {step.address: describe(step) for step, _after in found}
    found.sort(key=lambda pair: round(spans[pair[0].address].started, 1))
    return [
        {
            "step": names[step.address],
            "started": round(spans[step.address].started, 1),
            "ended": round(spans[step.address].ended, 1),
            "after": names.get(after, ""),
        }
        for step, after in found
    ]


def describe(step: Step) -> str:
    """A step in words."""
    return step.what if isinstance(step, Wait) else f"{step.action.value} {step.address}"
