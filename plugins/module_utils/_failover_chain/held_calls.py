# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reads of what holds switches, only for those that evict a region."""

from __future__ import annotations

import dataclasses
import functools
import typing as t

from .._aws.owner import Owner
from .._engine.context import Context, Unread
from .._engine.gather import gather
from .._engine.unread import guarded
from .held import Held
from .schedule_calls import read_schedule
from .status import Status
from .switch_calls import read_newest


def with_held(ctx: Context, owner: Owner, status: Status) -> Status:
    """Add to the status what holds the switches that evict a region. Raises nothing."""
    by_seat: dict[str, list[str]] = {}
    for evicted, seats in status.evicted().items():
        for seat in seats:
            by_seat.setdefault(seat, []).append(evicted)
    readers = {seat: functools.partial(_read, ctx, owner, seat, evicted) for seat, evicted in sorted(by_seat.items())}
    return dataclasses.replace(status, held=tuple(held for found in gather(readers).values() for held in found))


def _read(ctx: Context, owner: Owner, seat: str, evicted: t.Sequence[str]) -> list[Held]:
    def read() -> list[Held]:
        schedule, newest = read_schedule(ctx, seat, owner), read_newest(ctx, seat, owner, evicted)
        return [
            Held(evicted=region, seat=seat, schedule=schedule, newest=newest[region][0] if region in newest else None)
            for region in evicted
        ]

    found = guarded(ctx, seat, read)
    if isinstance(found, Unread):
        return [Held(evicted=region, seat=seat, problem=found.reason) for region in evicted]
    return found
