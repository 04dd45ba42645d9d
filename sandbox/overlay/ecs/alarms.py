# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Alarms that fail a service's rollouts.

From the ECS Developer Guide, "How CloudWatch alarms detect Amazon ECS deployment failures": ECS watches them from the
beginning of a rollout until the bake time after it. One that goes to ALARM fails the rollout, which is rolled back if
the service says so. One in ALARM at the beginning counts only when it goes to ALARM again.
"""

from __future__ import annotations

from typing import Any

from moto.cloudwatch.models import cloudwatch_backends

from sandbox.overlay.base import World
from sandbox.overlay.ecs.model import Rollout, Service, ServiceDeployment

REASON = "Service deployment rolled back because an alarm went to ALARM."


def of(service: Service) -> dict[str, Any]:
    """The service's configuration of alarms; empty if it has none, or they are not enabled."""
    found: dict[str, Any] = service.settings["deploymentConfiguration"].get("alarms") or {}
    return found if found.get("enable") and found.get("alarmNames") else {}


def watch(service: Service, rollout: Rollout) -> None:
    """Watch from now on: alarms already in ALARM do not count."""
    names = of(service).get("alarmNames") or []
    rollout.history.alarms = {"alarmNames": names, "status": "MONITORING" if names else "DISABLED"}
    rollout.ringing = _ringing(service, names)


def rang(service: Service, rollout: Rollout) -> list[str]:
    """Alarms that have gone to ALARM since then; none for a rollback."""
    if rollout.undoes is not None:
        return []
    now = _ringing(service, of(service).get("alarmNames") or [])
    new = sorted(now - rollout.ringing)
    rollout.ringing &= now
    if new:
        rollout.history.alarms |= {"status": "TRIGGERED", "triggeredAlarmNames": new}
    return new


def end(history: ServiceDeployment) -> None:
    """End the watch of a successful rollout's alarms and circuit breaker."""
    if history.breaker == "MONITORING":
        history.breaker = "MONITORING_COMPLETE"
    if history.alarms.get("status") == "MONITORING":
        history.alarms["status"] = "MONITORING_COMPLETE"


def settles(world: World, service: Service, rollout: Rollout) -> float:
    """Seconds of wall time until a rollout ends once all tasks run. A rollback has no bake time."""
    # A rollout that shifts traffic has its own bake time.
    bakes = of(service) and rollout.undoes is None and rollout.shift is None
    bake = world.timings.of("alarm_bake") if bakes else 0.0
    return world.timings.of("deployment_settle") + bake


def _ringing(service: Service, names: list[str]) -> set[str]:
    known = cloudwatch_backends[service.ecs.account_id][service.ecs.region_name].alarms
    return {name for name in names if name in known and known[name].state_value == "ALARM"}
