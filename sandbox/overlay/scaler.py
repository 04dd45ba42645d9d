# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Application Auto Scaling at work: it brings counts between the limits, and follows the requests that come.

Application Auto Scaling User Guide, "How target tracking scaling for Application Auto Scaling works", "Define cooldown
periods": three minutes above the target scale out, in proportion; fifteen minutes below 90 % of it scale in; a rollout
keeps it from scaling in. Scheduled actions are kept, and not carried out. CPU and memory of a process on this machine
say nothing: policies for these have no data, and do nothing.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from math import ceil
from typing import Any

from moto.applicationautoscaling.models import applicationautoscaling_backends

from sandbox.overlay.base import World
from sandbox.overlay.ecs.model import Service
from sandbox.overlay.ecs.scheduler import Scheduler
from sandbox.overlay.ecs.services import services_in

_DIMENSION = "ecs:service:DesiredCount"
_REQUESTS = "ALBRequestCountPerTarget"
# Data points of a minute that the alarms look at.
_OUT, _IN = 3, 15
_LOW = 0.9
_MINUTE = 60.0


@dataclass(slots=True)
class _State:
    """What a target remembers: requests as they were counted last, and a minute's requests for each minute."""

    counted: int = 0
    minutes: deque[int] = field(default_factory=lambda: deque(maxlen=_IN))
    # When the last scaling was, out and in
    scaled_out: float = float("-inf")
    scaled_in: float = float("-inf")


@dataclass(frozen=True, slots=True)
class Scaler:
    """The target of one service."""

    world: World
    account: str
    region: str
    resource: str

    def registered(self, *, is_new: bool) -> None:
        """Bring a count that is outside of the limits inside in a moment; look at a new target every minute.

        One that is set later stays until an alarm rings (ECS Developer Guide, "Automatically scale your service").
        """
        found = self._service()
        if found is not None and self._limited(found.desired) != found.desired:
            self.world.schedule("scaling_activity", self._bring)
        if is_new:
            target, service = self._target(), self._service()
            self._state(target).counted = self._counted(service) if service else 0
            self.world.schedule("scaling_minute", lambda: self._look(target))

    def _look(self, target: Any) -> None:
        """Once a minute, for as long as it is the service's target."""
        if self._target() is not target:
            return
        service, state = self._service(), self._state(target)
        if service is not None:
            counted = self._counted(service)
            state.minutes.append(counted - state.counted)
            state.counted = counted
            for policy in self._policies():
                self._follow(target, policy, service, state)
        self.world.schedule("scaling_minute", lambda: self._look(target))

    def _follow(self, target: Any, policy: dict[str, Any], service: Service, state: _State) -> None:
        wanted, now, count = float(policy["TargetValue"]), self.world.moment(), service.desired
        recent = [requests / max(count, 1) for requests in state.minutes]
        suspended = target.suspended_state or {}
        if len(recent) >= _OUT and min(recent[-_OUT:]) > wanted:
            rested = now - state.scaled_out >= self._seconds(policy.get("ScaleOutCooldown", 300))
            if rested and not suspended.get("DynamicScalingOutSuspended"):
                state.scaled_out = now if self._set(ceil(count * recent[-1] / wanted)) else state.scaled_out
        elif len(recent) == _IN and max(recent) < wanted * _LOW and not policy.get("DisableScaleIn"):
            last = max(state.scaled_in, state.scaled_out)
            rested = now - last >= self._seconds(policy.get("ScaleInCooldown", 300))
            rolling = service.primary.state == "IN_PROGRESS"
            if rested and not rolling and not suspended.get("DynamicScalingInSuspended"):
                state.scaled_in = now if self._set(max(ceil(count * max(recent) / wanted), 1)) else state.scaled_in

    def _bring(self) -> None:
        service = self._service()
        if service is not None and self._target() is not None:
            self._set(service.desired)

    def _set(self, count: int) -> bool:
        """Have the service run that many tasks, as far as the limits go. True if that is another number."""
        service = self._service()
        if service is None or self._target() is None:
            return False
        count = self._limited(count)
        if count == service.desired:
            return False
        service.desired = service.moto.desired_count = count
        Scheduler(self.world).disturb(service)
        return True

    def _limited(self, count: int) -> int:
        target = self._target()
        return max(int(target.min_capacity), min(count, int(target.max_capacity)))

    def _counted(self, service: Service) -> int:
        groups = (item["targetGroupArn"] for item in service.settings.get("loadBalancers") or [])
        return sum(self.world.requests[group] for group in groups)

    def _seconds(self, cooldown: float) -> float:
        """What a cooldown is here, where a minute is what `scaling_minute` says."""
        return cooldown / _MINUTE * self.world.timings.of("scaling_minute")

    def _policies(self) -> Iterator[dict[str, Any]]:
        backend = applicationautoscaling_backends[self.account][self.region]
        for policy in backend.policies.values():
            config = policy.target_tracking_scaling_policy_configuration or {}
            metric = config.get("PredefinedMetricSpecification", {}).get("PredefinedMetricType")
            if policy.resource_id == self.resource and metric == _REQUESTS:
                yield config

    def _target(self) -> Any:
        backend = applicationautoscaling_backends[self.account][self.region]
        return backend.targets.get(_DIMENSION, {}).get(self.resource)

    def _state(self, target: Any) -> _State:
        return self.world.store(_State, "scalable target", target.arn)

    def _service(self) -> Service | None:
        _kind, cluster, name = self.resource.split("/")
        service = services_in(self.world, self.account, self.region).get(f"{cluster}:{name}")
        return service if service is not None and service.moto.status == "ACTIVE" else None
