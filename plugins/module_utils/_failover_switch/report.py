# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The outcome of a switch, for its result and for people. Pure."""

from __future__ import annotations

import dataclasses
import typing as t

from .._failover_chain.schedules import LASTS
from .._probe.answers import Answer
from .capacity import Preparation
from .plan import Hold
from .snapshot import Snapshot
from .spec import Spec
from .switch import Due

_NONE: t.Final = "No region of the inventory"


def published(due: Due, preparation: Preparation) -> dict[str, t.Any]:
    """``published``, ``schedules`` and ``raised`` of the module's result."""
    return {
        "published": [dataclasses.asdict(point) for point in due.points],
        "schedules": [
            {"region": hold.seat, "enabled": bool(hold.evicts), "evicts": list(hold.evicts)} for hold in due.holds
        ],
        "raised": [dataclasses.asdict(item) for item in preparation.raises],
    }


def answered(answer: Answer) -> dict[str, t.Any]:
    """``answer`` of the module's result."""
    return {
        "response_code": answer.rcode,
        "values": list(answer.addresses),
        "ttl": answer.ttl,
        "differing": list(answer.differing),
        "note": answer.note,
    }


def summary(spec: Spec, observed: Snapshot, made: Due, serving: str | None, seconds: float) -> list[str]:
    """The outcome, for people."""
    who = serving or _NONE
    if not made.points and not made.holds:
        held = "its switch is set" if spec.target else "no region is evicted"
        text = f"{who} already serves {spec.record}, and {held}: nothing to do."
        overtaken = f"Data points were published for {seconds:.0f} seconds, so that no older one counts."
        return [text, *([overtaken] if seconds else [])]
    if not made.points:
        text = "Its switch is held again." if spec.target else "No switch is held now."
        return [f"{who} already serves {spec.record}. {text}"]
    before = "as before" if serving == observed.serving else f"before: {observed.serving or _NONE.lower()}"
    after = "Health decides again." if spec.target is None else "It serves until the next switch; to=auto releases it."
    return [f"{who} serves {spec.record} after {seconds:.0f} seconds ({before}).", after]


def unheld(holds: t.Mapping[Hold, str]) -> t.Iterator[str]:
    """Warnings about switches that no schedule holds.

    :param holds: those that could not be set → why.
    """
    for hold, reason in holds.items():
        yield (
            f"the schedule that holds the switch in {hold.seat} could not be enabled ({reason}): AWS promises that the "
            f"switch stays for {LASTS} only. Repeat the command before."
        )


def intention(spec: Spec, observed: Snapshot, missing: Due, preparation: Preparation) -> list[str]:
    """What the switch would do, for people."""
    lines = [f"  {point.value} for {point.evicted} in {point.seat}" for point in missing.points]
    held = [
        f"The schedule in {hold.seat} would "
        + (f"publish it for {' and '.join(hold.evicts)} every minute." if hold.evicts else "be disabled.")
        for hold in missing.holds
    ]
    head = f"{observed.serving or _NONE} serves {spec.record}."
    return [
        head,
        *(
            f"{item.service} in {spec.target} would get {item.to} tasks, it has {item.before}."
            for item in preparation.raises
        ),
        *(["These data points would be published:", *lines] if lines else ["No data point would be published."]),
        *held,
    ]
