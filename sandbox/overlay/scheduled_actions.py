# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Scheduled actions of Application Auto Scaling, by the local AWS's own clock.

Application Auto Scaling API, PutScheduledAction: the minimum and the maximum become those of the action, and the count
is brought between them. One whose minimum would be above the maximum changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from moto.applicationautoscaling.models import applicationautoscaling_backends

from sandbox.cron import next_due
from sandbox.overlay.base import World
from sandbox.overlay.scaler import Scaler


@dataclass(frozen=True, slots=True)
class ScheduledAction:
    """One of a target, by its name."""

    world: World
    account: str
    region: str
    resource: str
    name: str

    def start(self) -> None:
        """Schedule the action from now on, replacing its former schedule."""
        self._versions()[self._key()] = self._versions().get(self._key(), 0) + 1
        self._again(self._versions()[self._key()], datetime.fromtimestamp(self.world.clock(), UTC))

    def _again(self, version: int, after: datetime) -> None:
        action = self._action()
        due = next_due(action.schedule, action.timezone or "UTC", after) if action else None
        if due is not None:
            wait = (due.timestamp() - self.world.clock()) / self.world.clock_rate
            self.world.at(self.world.moment() + wait, lambda: self._fire(version, due))

    def _fire(self, version: int, due: datetime) -> None:
        action = self._action()
        if action is None or self._versions().get(self._key()) != version:
            return
        scaler = Scaler(self.world, self.account, self.region, self.resource)
        scaler.limit(*_capacities(action))
        self._again(version, due)

    def _action(self) -> Any:
        actions = applicationautoscaling_backends[self.account][self.region].scheduled_actions
        mine = (self.name, self.resource)
        return next((item for item in actions if (item.scheduled_action_name, item.resource_id) == mine), None)

    def _versions(self) -> dict[tuple[str, ...], int]:
        return self.world.store(dict, "scheduled actions")

    def _key(self) -> tuple[str, ...]:
        return self.account, self.region, self.resource, self.name


def _capacities(action: Any) -> tuple[int | None, int | None]:
    given = action.scalable_target_action or {}
    return given.get("MinCapacity"), given.get("MaxCapacity")
