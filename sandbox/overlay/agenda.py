# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What happens later, without threads: due changes are made when somebody next asks."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

from moto.core.responses import BaseResponse
from moto.core.utils import camelcase_to_underscores, get_service_model

from sandbox.overlay.base import World

Action = Callable[[float], None]


class Agenda:
    """Changes and the moments at which they are due, made in the order of these moments."""

    def __init__(self) -> None:
        self._entries: list[tuple[float, int, Action]] = []
        self._numbers = count()
        self.moment: float | None = None

    def at(self, due: float, action: Action) -> None:
        """Have `action(due)` called once `due`, on the world's clock, has passed."""
        heapq.heappush(self._entries, (due, next(self._numbers), action))

    def settle(self, now: float) -> None:
        """Do what is due. What that puts on the agenda is done too if its time has come."""
        while self._entries and self._entries[0][0] <= now:
            due, _number, action = heapq.heappop(self._entries)
            with self.standing_still(due):
                action(due)

    @contextmanager
    def standing_still(self, moment: float) -> Iterator[None]:
        """Have everything that is done meanwhile happen at one moment."""
        before, self.moment = self.moment, moment
        try:
            yield
        finally:
            self.moment = before


def agenda(world: World) -> Agenda:
    """The world's agenda; empty again after a reset."""
    return world.store(Agenda, "agenda")


def moment(world: World) -> float:
    """The time: for a change on the agenda the time it was due, however late it is made.

    A call sees one moment from its beginning to its end: a target that it lists does not go while it is described.
    """
    due = agenda(world).moment
    return world.now() if due is None else due


def after(world: World, timing: str, action: Action) -> float:
    """Have the action called once the named duration has passed. Returns when that is."""
    due = moment(world) + world.timings.of(timing)
    agenda(world).at(due, action)
    return due


def settle(world: World) -> None:
    """Bring everything up to now: for those who look at state without an API call."""
    agenda(world).settle(world.now())


def settle_first(response_class: type[BaseResponse], service: str, world: World) -> None:
    """Bring the world up to now before every operation of a service that moto has.

    `service` is botocore's name of it. Comes after the overrides of that service.
    """
    for operation in get_service_model(service).operation_names:
        name = camelcase_to_underscores(operation)
        if hasattr(response_class, name):
            setattr(response_class, name, _settled(getattr(response_class, name), name, world))


def _settled(original: Callable[[Any], Any], name: str, world: World) -> Callable[[Any], Any]:
    def method(response: Any) -> Any:
        now = world.now()
        agenda(world).settle(now)
        with agenda(world).standing_still(now):
            return original(response)

    method.__name__ = name
    return method
