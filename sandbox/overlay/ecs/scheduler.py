# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Brings services to their desired state: rollouts, the circuit breaker, scaling, deletion."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import Any

from moto.core.exceptions import ServiceException

from sandbox.overlay.base import World
from sandbox.overlay.ecs import alarms, replacing, shifting, tasks
from sandbox.overlay.ecs.announcements import announce
from sandbox.overlay.ecs.common import digits
from sandbox.overlay.ecs.model import REVISION_SETTINGS, Revision, Rollout, Service, ServiceDeployment, Task
from sandbox.overlay.ecs.orders import order_of
from sandbox.overlay.ecs.replacing import threshold

_NO_CANDIDATE = "No rollback candidate was found to run the rollback."
_SUPERSEDED = "Superseded by a newer service deployment."
_TRIGGERED = "Service deployment rolled back because the circuit breaker threshold was exceeded."
_REQUESTED = "Service deployment rolled back because a user asked for it."
_ROLLS_BACK = {"rollback": True}

_LOOK_MOST_SECONDS = 1.0


def until_next_look(settle: float, lasted: float) -> float:
    """Seconds until the next look. They grow with an endless rollout, up to a limit."""
    return min(max(settle, lasted / 8), _LOOK_MOST_SECONDS)


@dataclass(frozen=True, slots=True)
class Scheduler:
    """Works on the services of all accounts, by the world's time."""

    world: World

    def begin(self, service: Service, definition: Any) -> None:
        """Roll out a new revision of the service."""
        base = service.moto.arn.rpartition(":")[0]
        path = f"{service.moto.cluster_name}/{service.name}"
        groups = shifting.groups_of_next(service)
        revision = Revision(f"{base}:service-revision/{path}/{digits()}", definition, dict(service.settings), groups)
        sources = [rollout.revision for rollout in service.rollouts[:1] if rollout.completed]
        history = ServiceDeployment(f"{base}:service-deployment/{path}/{digits()}", revision, sources)
        history.breaker = "MONITORING" if _breaker(service).get("enable") else "DISABLED"
        number = f"ecs-svc/{digits()}"
        rollout = Rollout(
            number, revision, history, self.world.moment(), reason=f"ECS deployment {number} in progress."
        )
        rollout.shift = shifting.shift_of_next(service)
        for former in service.rollouts:
            former.status = "ACTIVE"
            if shifting.holds(former):
                # RECONCILE_SERVICE: one revision serves before the next deployment begins.
                shifting.back(self.world, service, former)
                self._stop(service, former.wanted, rollout)
            if former.undoes is not None:
                former.undoes.history.move("STOPPED", _SUPERSEDED, final=True)
                former.undoes = None
            if former.history.finished_at is None:
                former.history.move("STOPPED", _SUPERSEDED, final=True)
        history.rollout = rollout
        alarms.watch(service, rollout)
        service.rollouts.insert(0, rollout)
        service.history.insert(0, history)
        service.moto.task_definition = definition.arn
        announce(self.world, service, rollout)
        self.mark_changed(service)

    def stop(self, service: Service, rollout: Rollout) -> None:
        """Stop a running deployment and roll back, even if the service has no automatic rollback."""
        rollout.history.move("ROLLBACK_REQUESTED")
        self._fail(service, rollout, "stop: rollback requested", _ROLLS_BACK, _REQUESTED)
        self.mark_changed(service)

    def mark_changed(self, service: Service) -> None:
        """Reconsider a service that was changed: it is no longer steady."""
        service.steady = False
        self.look(service)

    def drain(self, service: Service) -> None:
        """Delete the service: DRAINING while its tasks stop, then INACTIVE."""
        service.moto.status = "DRAINING"
        service.desired = service.moto.desired_count = 0
        if service.primary.history.finished_at is None:
            service.primary.history.move("STOPPED", "The service was deleted.", final=True)
        self._stop(service, [task for task in service.tasks if task.wanted], service.primary)
        service.check += 1
        self.world.schedule("service_draining", lambda: self._leave(service))

    def _leave(self, service: Service) -> None:
        if any(rollout.alive for rollout in service.rollouts):
            self.world.schedule("service_draining", lambda: self._leave(service))
            return
        service.moto.status = "INACTIVE"
        service.rollouts = service.rollouts[:1]

    def look(self, service: Service) -> None:
        """Work on the service now, and again until there is nothing to do."""
        service.check += 1
        service.most = max(service.most, service.desired)
        if service.moto.status != "ACTIVE":
            return
        primary = service.primary
        if primary.state != "FAILED":
            self._judge(service, primary)
        self._scale(service)
        self._prune(service)
        busy = service.primary.state == "IN_PROGRESS" or not self._is_steady(service)
        if busy:
            service.steady = False
            number, now = service.check, self.world.moment()
            # With real probes, the interval does not grow.
            lasted = 0.0 if self.world.addresses else now - service.primary.started
            wait = until_next_look(self.world.timings.of("deployment_settle"), lasted)
            self.world.at(now + wait, lambda: self.look(service) if service.check == number else None)
        elif not service.steady:
            service.steady = True
            if service.primary.state == "COMPLETED":
                service.say("has reached a steady state.")
                self._complete(service)

    def _is_steady(self, service: Service) -> bool:
        primary = service.primary
        if primary.state == "FAILED":
            return not any(rollout.alive for rollout in service.rollouts)
        running = [task for task in primary.wanted if task.last_status == "RUNNING"]
        others = [task for rollout in service.rollouts[1:] for task in rollout.alive]
        return (
            len(running) == len(primary.wanted) == service.desired
            and not others
            and not replacing.unhealthy_tasks(self.world, service)
        )

    def _judge(self, service: Service, primary: Rollout) -> None:
        """Count failures, trip the circuit breaker, end a rollout that has settled."""
        now = self.world.moment()
        self._count_failures(service, primary)
        if primary.state != "IN_PROGRESS":
            return
        if rang := alarms.rang(service, primary):
            self._fail(service, primary, f"alarms: {', '.join(rang)} rang", alarms.of(service), alarms.REASON)
            return
        healthy = [task for task in primary.wanted if tasks.condition(self.world, task) == "healthy"]
        if len(healthy) < service.desired:
            primary.settled_since = None
            if replacing.has_failed(self.world, service, primary) and _breaker(service).get("enable"):
                primary.failed = max(primary.failed, threshold(service.desired))
                primary.history.breaker = "TRIGGERED"
                what = "circuit breaker: tasks failed to start"
                self._fail(service, primary, what, _breaker(service), _TRIGGERED)
            return
        primary.failing_since = None
        if problem := shifting.advance(self.world, service, primary):
            self._fail(service, primary, problem, _ROLLS_BACK, f"Service deployment rolled back because of {problem}")
            return
        if shifting.holds(primary) or not self._is_steady(service):
            return
        primary.settled_since = now if primary.settled_since is None else primary.settled_since
        if now - primary.settled_since >= alarms.settles(self.world, service, primary):
            primary.move("COMPLETED", f"ECS deployment {primary.id} completed.")

    def _count_failures(self, service: Service, primary: Rollout) -> None:
        now = self.world.moment()
        unhealthy = False
        for task in primary.tasks:
            if task.stop_code in ("EssentialContainerExited", "TaskFailedToStart") and task.id not in primary.counted:
                primary.counted.add(task.id)
                primary.failed += 1
                unhealthy = True
            if not task.wanted:
                continue
            found = replacing.condition(self.world, service, task)
            if found in ("starting", "healthy"):
                continue
            unhealthy = True
            if replacing.is_replaced(self.world, primary, task):
                primary.failed += 1
                self._stop_unhealthy(service, task, found)
        if unhealthy and primary.failing_since is None:
            primary.failing_since = now

    def _stop_unhealthy(self, service: Service, task: Task, why: str) -> None:
        group, port = task.targets[0]
        service.say(f"(task {task.id}) (port {port}) is unhealthy in (target-group {group}) due to (reason {why}).")
        reason = f"Task failed ELB health checks in (target-group {group})"
        tasks.stop(self.world, task, "ServiceSchedulerInitiated", reason)
        service.say(f"has stopped 1 running tasks: (task {task.id}).")

    def _fail(self, service: Service, failed: Rollout, what: str, method: dict[str, Any], why: str) -> None:
        """Stop a failed rollout (circuit breaker, alarms or a person), and roll back if there is a former revision."""
        failed.move("FAILED", f"ECS deployment {what}.")
        service.say(f"(deployment {failed.id}) deployment failed: {what.rpartition(': ')[2]}.")
        announce(self.world, service, failed)
        former = service.last_completed
        if former is not None:
            shifting.back(self.world, service, failed)
        self._stop(service, failed.wanted, failed)
        if not method.get("rollback"):
            failed.history.move("STOPPED", why.replace("rolled back", "stopped"), final=True)
        elif former is None:
            failed.history.move("ROLLBACK_FAILED", _NO_CANDIDATE, final=True)
        else:
            self._roll_back(service, failed, former, why)

    def _roll_back(self, service: Service, failed: Rollout, former: Rollout, why: str) -> None:
        service.say(f"rolling back to (deployment {former.id}).")
        failed.history.move("ROLLBACK_IN_PROGRESS", why)
        failed.history.rollback = {
            "reason": why,
            "startedAt": failed.history.updated_at,
            "serviceRevisionArn": former.revision.arn,
        }
        reason = f"ECS deployment circuit breaker: rolling back to deploymentId {former.id}."
        former.move("IN_PROGRESS", reason)
        announce(self.world, service, former)
        former.status, failed.status = "PRIMARY", "ACTIVE"
        former.undoes, former.settled_since, former.failing_since = failed, None, None
        former.started = self.world.moment()
        service.rollouts = [former, *(rollout for rollout in service.rollouts if rollout is not former)]
        service.moto.task_definition = former.revision.definition.arn
        service.settings |= {key: former.revision.settings.get(key) for key in REVISION_SETTINGS}
        service.steady = False

    def _complete(self, service: Service) -> None:
        primary = service.primary
        if service.last_completed is primary and primary.undoes is None:
            return
        service.say(f"(deployment {primary.id}) deployment completed.")
        announce(self.world, service, primary)
        primary.completed = True
        service.last_completed = primary
        if primary.undoes is not None:
            primary.undoes.history.move("ROLLBACK_SUCCESSFUL", final=True)
            primary.undoes = None
        else:
            alarms.end(primary.history)
            primary.history.move("SUCCESSFUL", final=True)

    def _scale(self, service: Service) -> None:
        """Start and stop tasks within the deployment's percentages."""
        primary, desired = service.primary, service.desired
        others = [task for rollout in service.rollouts[1:] for task in rollout.wanted]
        if primary.state == "FAILED":
            return
        config = service.settings["deploymentConfiguration"]
        room = max(desired * config["maximumPercent"] // 100, 1) - len(others) - len(primary.wanted)
        if shifting.holds(primary):
            # All former tasks stay: the next revision scales up beside them.
            room, others = desired, []
        failing = replacing.unhealthy_tasks(self.world, service)
        sound = [task for task in primary.wanted if task not in failing]
        self._start(service, min(desired - len(sound), room))
        self._stop(service, sound[: max(len(sound) - desired, 0)], primary)
        healthy = [task for task in primary.wanted if tasks.condition(self.world, task) == "healthy"]
        needed = ceil(desired * config["minimumHealthyPercent"] / 100)
        self._stop(service, others[: max(len(others) + len(healthy) - needed, 0)], primary)
        for task in failing[: replacing.surplus(len(failing), len(healthy), len(sound) - len(healthy), desired, room)]:
            self._stop_unhealthy(service, task, replacing.condition(self.world, service, task))

    def _start(self, service: Service, count: int) -> None:
        primary = service.primary
        started: list[Task] = []
        for _ in range(count):
            try:
                task = tasks.launch(self.world, service.ecs, order_of(service, primary, [*primary.wanted, *started]))
            except ServiceException as error:
                service.say(f"was unable to place a task. Reason: {error.message}.")
                break
            service.launched += 1
            started.append(task)
        primary.tasks += started
        if started:
            names = " ".join(f"(task {task.id})" for task in started)
            service.say(f"has started {len(started)} tasks: {names}.")

    def _stop(self, service: Service, chosen: list[Task], by: Rollout) -> None:
        for task in chosen:
            reason = f"Scaling activity initiated by (deployment {by.id})"
            tasks.stop(self.world, task, "ServiceSchedulerInitiated", reason)
            for group, _port in task.targets:
                service.say(f"deregistered 1 targets in (target-group {group})")
        if chosen:
            names = " ".join(f"(task {task.id})" for task in chosen)
            service.say(f"has stopped {len(chosen)} running tasks: {names}.")

    def _prune(self, service: Service) -> None:
        """Delete replaced deployments without tasks."""
        primary, *others = service.rollouts
        service.rollouts = [primary, *(rollout for rollout in others if rollout.alive)]


def _breaker(service: Service) -> dict[str, Any]:
    breaker: dict[str, Any] = service.settings["deploymentConfiguration"]["deploymentCircuitBreaker"]
    return breaker
