# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Application Auto Scaling: brings counts between the limits, and follows target values.

Application Auto Scaling User Guide, "How target tracking scaling for Application Auto Scaling works", "Define cooldown
periods": three minutes above the target scale out, in proportion; fifteen minutes below 90 % of it scale in; a rollout
keeps it from scaling in. Of several policies the largest count wins, and all have to agree to scale in. CPU and memory
are set by `sandbox.overlay.loads`; until then these policies have no data, and do nothing.
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
from sandbox.overlay.loads import busy

_DIMENSION = "ecs:service:DesiredCount"
# Metric of AWS → its value in a minute
_METRICS = {
    "ALBRequestCountPerTarget": "requests",
    "ECSServiceAverageCPUUtilization": "cpu",
    "ECSServiceAverageMemoryUtilization": "memory",
}
# Data points of a minute that the alarms evaluate
_OUT, _IN = 3, 15
_LOW = 0.9
_MINUTE = 60.0


@dataclass(frozen=True, slots=True)
class _Minute:
    """The metrics of a minute: all requests, and average percent of a task; None if not known."""

    requests: int
    cpu: float | None
    memory: float | None

    def of(self, metric: str, count: int) -> float | None:
        """The metric for that many tasks."""
        value: float | None = getattr(self, metric)
        return value / max(count, 1) if metric == "requests" and value is not None else value


@dataclass(slots=True)
class _State:
    """The state of a target: the last count of requests, and the last minutes."""

    counted: int = 0
    minutes: deque[_Minute] = field(default_factory=lambda: deque(maxlen=_IN))
    # When the last scaling was, out and in
    scaled_out: float = float("-inf")
    scaled_in: float = float("-inf")


@dataclass(frozen=True, slots=True)
class _Proposal:
    """The count that a policy wants, whether that is scaling out, and its cooldown in seconds."""

    count: int
    out: bool
    cooldown: float


@dataclass(frozen=True, slots=True)
class Scaler:
    """The target of one service."""

    world: World
    account: str
    region: str
    resource: str

    def registered(self, *, is_new: bool) -> None:
        """Bring a count within the limits at once, and evaluate a new target every minute.

        A count that is set later stays until an alarm fires (ECS Developer Guide, "Automatically scale your service").
        """
        found = self._service()
        if found is not None and self._limited(found.desired) != found.desired:
            self.world.schedule("scaling_activity", self._bring)
        if is_new:
            target, service = self._target(), self._service()
            self._state(target).counted = self._counted(service) if service else 0
            self.world.again(self.world.timings.of("scaling_minute"), lambda: self._look(target))

    def _look(self, target: Any) -> None:
        """Evaluate once a minute, as long as it is the service's target."""
        if self._target() is not target:
            return
        service, state = self._service(), self._state(target)
        if service is not None:
            counted = self._counted(service)
            state.minutes.append(
                _Minute(counted - state.counted, self._average(service, "cpu"), self._average(service, "memory"))
            )
            state.counted = counted
            self._follow(target, service, state)
        self.world.again(self.world.timings.of("scaling_minute"), lambda: self._look(target))

    def _follow(self, target: Any, service: Service, state: _State) -> None:
        """Scale out as far as any policy wants; scale in only if all policies that may do so agree."""
        rolling, suspended = service.primary.state == "IN_PROGRESS", target.suspended_state or {}
        proposals = [
            proposal
            for policy in self._policies()
            if (proposal := self._proposal(policy, service.desired, state)) is not None
        ]
        if out := [proposal for proposal in proposals if proposal.out]:
            proposal = max(out, key=lambda each: each.count)
            rested = self.world.moment() - state.scaled_out >= proposal.cooldown
            if rested and not suspended.get("DynamicScalingOutSuspended") and self._set(proposal.count):
                state.scaled_out = self.world.moment()
        elif proposals and all(proposal.count < service.desired for proposal in proposals):
            proposal = max(proposals, key=lambda each: each.count)
            rested = self.world.moment() - max(state.scaled_in, state.scaled_out) >= proposal.cooldown
            if rested and not rolling and not suspended.get("DynamicScalingInSuspended") and self._set(proposal.count):
                state.scaled_in = self.world.moment()

    def _proposal(self, policy: dict[str, Any], count: int, state: _State) -> _Proposal | None:
        """The count that a policy wants; None without data, or if it would scale in and may not."""
        metric = _METRICS.get(policy.get("PredefinedMetricSpecification", {}).get("PredefinedMetricType", ""))
        target = float(policy["TargetValue"])
        recent = [value for each in state.minutes if metric and (value := each.of(metric, count)) is not None]
        if len(recent) >= _OUT and min(recent[-_OUT:]) > target:
            return _Proposal(
                ceil(count * recent[-1] / target), True, self._seconds(policy.get("ScaleOutCooldown", 300))
            )
        if not recent or policy.get("DisableScaleIn"):
            return None
        low = len(recent) == _IN and max(recent) < target * _LOW
        wanted = max(ceil(count * max(recent) / target), 1) if low else count
        return _Proposal(wanted, False, self._seconds(policy.get("ScaleInCooldown", 300)))

    def _average(self, service: Service, metric: str) -> float | None:
        values = busy(self.world, self.account, self.region, service, metric)
        return sum(values) / len(values) if values else None

    def limit(self, lowest: int | None, highest: int | None) -> None:
        """Set other limits, as a scheduled action does, unless schedules are suspended."""
        target = self._target()
        if target is None or (target.suspended_state or {}).get("ScheduledScalingSuspended"):
            return
        low = int(target.min_capacity if lowest is None else lowest)
        high = int(target.max_capacity if highest is None else highest)
        if low <= high:
            target.min_capacity, target.max_capacity = low, high
            self._bring()

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
        Scheduler(self.world).mark_changed(service)
        return True

    def _limited(self, count: int) -> int:
        target = self._target()
        return max(int(target.min_capacity), min(count, int(target.max_capacity)))

    def _counted(self, service: Service) -> int:
        groups = (item["targetGroupArn"] for item in service.settings.get("loadBalancers") or [])
        return sum(self.world.requests[group] for group in groups)

    def _seconds(self, cooldown: float) -> float:
        """A cooldown in wall time, by `scaling_minute`."""
        return cooldown / _MINUTE * self.world.timings.of("scaling_minute")

    def _policies(self) -> Iterator[dict[str, Any]]:
        backend = applicationautoscaling_backends[self.account][self.region]
        for policy in backend.policies.values():
            if policy.resource_id == self.resource and policy.target_tracking_scaling_policy_configuration:
                yield policy.target_tracking_scaling_policy_configuration

    def _target(self) -> Any:
        backend = applicationautoscaling_backends[self.account][self.region]
        return backend.targets.get(_DIMENSION, {}).get(self.resource)

    def _state(self, target: Any) -> _State:
        return self.world.store(_State, "scalable target", target.arn)

    def _service(self) -> Service | None:
        _kind, cluster, name = self.resource.split("/")
        service = services_in(self.world, self.account, self.region).get(f"{cluster}:{name}")
        return service if service is not None and service.moto.status == "ACTIVE" else None
