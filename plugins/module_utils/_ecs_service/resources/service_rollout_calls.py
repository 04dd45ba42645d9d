# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waits for a rollout. boto3's waiter takes a service that was rolled back for stable; this follows the deployment."""

from __future__ import annotations

import collections
import datetime as dt
import json
import re
import typing as t

from ..._engine.context import Context
from ..._engine.errors import WaitError
from ..._engine.known import Known
from ..._engine.plan import Wait
from ..._engine.resource import Calls
from ..._engine.unknown import is_unknown
from ..._resources.role_calls import was_made
from .roles import EXECUTION_ROLE, TASK_ROLE
from .service_calls import describe_service, note_counts
from .service_deployments_calls import (
    SUCCESSFUL,
    UNDER_WAY,
    ServiceDeployment,
    describe_deployment,
    explanation,
    list_deployments,
    sentence,
    started_by_us,
)
from .service_fields import primary
from .service_rollout import ADDRESS as ROLLOUT
from .service_rollout import KIND, Rollout
from .target_group import ADDRESS as TARGET_GROUP
from .task_definition import ADDRESS as DEFINITION

Answer: t.TypeAlias = "t.Mapping[str, t.Any]"

# ECS's clocks differ a little from each other.
_CLOCKS: t.Final = dt.timedelta(seconds=5)
# In events and stopped reasons if a role cannot be assumed, or lacks a permission.
_NOT_ALLOWED: t.Final = re.compile(r"unable to assume|AccessDenied|not authorized", re.IGNORECASE)
_EXPLAINED: t.Final = {
    "ROLLBACK_SUCCESSFUL": "was rolled back",
    "ROLLBACK_FAILED": "failed, and so did rolling it back",
    "STOPPED": "was stopped",
}


def wait_rollout(ctx: Context, wait: Wait, known: Known) -> str | None:
    """Until the deployment has succeeded, all tasks run and the load balancer finds them healthy.

    A first deployment replaces nothing and cannot be rolled back: it is done when its tasks are healthy. ECS calls it
    completed a while later.

    Raises WaitError, with ECS's reason and the last events, if it failed, was rolled back or stopped.
    """
    data: Rollout = wait.data
    service = describe_service(ctx, data.service)
    if service is None:
        return "the service is not listed yet"
    state = _follow(ctx, data, service, known) if data.follows else _watch(ctx, data, service, known)
    if state is None:
        state = _count(ctx, data, service, known)
    if state is None:
        note_counts(known, service)
    return state


CALLS: t.Final = Calls(kind=KIND, waits={KIND: wait_rollout})


def _follow(ctx: Context, data: Rollout, service: Answer, known: Known) -> str | None:
    deployment = _ours(ctx, data, known)
    if deployment is None:
        return "the deployment is not listed yet"
    if deployment.status == SUCCESSFUL:
        return None
    if deployment.status in UNDER_WAY:
        if not _is_stalled(deployment, service, known):
            # Only ECS knows whether the tasks of a worker stay healthy.
            counts = deployment.status == "IN_PROGRESS" and not deployment.failed and data.port is not None
            return None if counts and _is_first(known) else _progress(deployment, service)
        reason = primary(service).get("rolloutStateReason") or ""
        return _fail_or_try_again(ctx, data, service, known, deployment.arn, "failed", reason)
    if deployment.status == "STOPPED" and _superseded(ctx, data, service, deployment, known):
        return "another deployment of the same task definition took over"
    outcome = _EXPLAINED.get(deployment.status, deployment.status)
    return _fail_or_try_again(ctx, data, service, known, deployment.arn, outcome, deployment.reason)


def _is_stalled(deployment: ServiceDeployment, service: Answer, known: Known) -> bool:
    """True if a first rollout has failed, and ECS starts no more tasks, since there is nothing to roll back to.

    Only if this is seen twice: otherwise a rollback may be about to begin.
    """
    if deployment.status != "IN_PROGRESS" or primary(service).get("rolloutState") != "FAILED":
        return False
    if _noted(known, "stalled") == deployment.arn:
        return True
    known.put(ROLLOUT, stalled=deployment.arn)
    return False


def _fail_or_try_again(
    ctx: Context, data: Rollout, service: Answer, known: Known, deployment_arn: str, outcome: str, reason: str
) -> str:
    failure = _failure(ctx, data, service, known, outcome, reason)
    if not _roles_came_late(known, failure):
        raise WaitError(failure)
    ctx.client("ecs").update_service(cluster=data.service, service=data.service, forceNewDeployment=True)
    known.put(ROLLOUT, id="", former=json.dumps([deployment_arn]))
    return "retried, because IAM had not propagated the new roles when the first tasks started"


def _ours(ctx: Context, data: Rollout, known: Known) -> ServiceDeployment | None:
    arn = _noted(known, "id")
    if arn is None:
        former = json.loads(_noted(known, "former") or "[]")
        since = _noted(known, "since")
        found = started_by_us(
            list_deployments(ctx, data.service),
            former=former,
            since=dt.datetime.fromisoformat(since) - _CLOCKS if since else None,
        )
        if found is None:
            return None
        arn = found.arn
        known.put(ROLLOUT, id=arn)
    return describe_deployment(ctx, arn)


def _superseded(ctx: Context, data: Rollout, service: Answer, deployment: ServiceDeployment, known: Known) -> bool:
    """True if a newer deployment of the same task definition has replaced this one; it is followed from now on."""
    newest = next(iter(list_deployments(ctx, data.service)), deployment)
    wanted = data.task_definition_arn or known.get(DEFINITION)
    if newest.arn == deployment.arn or service.get("taskDefinition") != wanted:
        return False
    known.put(ROLLOUT, id=newest.arn)
    return True


def _is_first(known: Known) -> bool:
    """True for the first deployment of a service that this run created."""
    return _noted(known, "since") is not None and _noted(known, "former") is None


def _roles_came_late(known: Known, failure: str) -> bool:
    """True if the first tasks of a new service may have failed because its roles are too new.

    IAM propagates roles and policies within seconds, and the circuit breaker of a small service gives up after three
    tasks.
    """
    new = any(was_made(known, address) for address in (EXECUTION_ROLE, TASK_ROLE))
    return new and _is_first(known) and _NOT_ALLOWED.search(failure) is not None


def _watch(ctx: Context, data: Rollout, service: Answer, known: Known) -> str | None:
    """A deployment that this run did not start: only its outcome counts."""
    newest = primary(service)
    running = newest.get("taskDefinition") or service.get("taskDefinition")
    if data.task_definition_arn and running != data.task_definition_arn:
        raise WaitError(_failure(ctx, data, service, known, "was replaced or rolled back", f"{running} runs now"))
    # One task definition can map several ports.
    others = {item.get("containerPort") for item in service.get("loadBalancers") or ()} - {data.port}
    if others:
        now = f"port {', '.join(map(str, others))} serves now"
        raise WaitError(_failure(ctx, data, service, known, "was replaced or rolled back", now))
    rollout = newest.get("rolloutState")
    if rollout == "FAILED":
        raise WaitError(_failure(ctx, data, service, known, "failed", newest.get("rolloutStateReason") or ""))
    if rollout == "IN_PROGRESS":
        return f"{service['runningCount']} of {service['desiredCount']} tasks run{_last_event(service)}"
    return None


def _progress(deployment: ServiceDeployment, service: Answer) -> str:
    text = deployment.status.lower().replace("_", " ")
    text += f", {deployment.running} of {deployment.requested} new tasks run"
    if deployment.failed:
        text += f", {deployment.failed} failed"
    if deployment.stage:
        stage = deployment.stage.lower().replace("_", " ")
        text += f", {stage}: {deployment.share:g} % of the requests go to them"
    return text + _last_event(service)


def _count(ctx: Context, data: Rollout, service: Answer, known: Known) -> str | None:
    desired, running = service["desiredCount"], service["runningCount"]
    if data.between and not data.between[0] <= desired <= data.between[1]:
        return f"{desired} tasks are to run, and {data.between[0]} to {data.between[1]} should be"
    if running != desired or service.get("pendingCount"):
        return f"{running} of {desired} tasks run{_last_event(service)}"
    if desired == 0 or data.port is None:
        return None
    elb = ctx.client("elbv2")
    answers = [
        elb.describe_target_health(TargetGroupArn=arn) for arn in (known.get(TARGET_GROUP), *_alternates(service))
    ]
    health = [item["TargetHealth"] for answer in answers for item in answer.get("TargetHealthDescriptions", ())]
    states = collections.Counter(item["State"] for item in health)
    if states["healthy"] >= desired:
        return None
    others = ", ".join(f"{count} {state}" for state, count in sorted(states.items()) if state != "healthy")
    why = next((item["Description"] for item in health if item["State"] == "unhealthy" and item.get("Description")), "")
    text = f"{states['healthy']} of {desired} targets healthy"
    return f"{text}{f' ({others})' if others else ''}{f': {why}' if why else ''}"


def _alternates(service: Answer) -> list[str]:
    """The second target groups of a strategy that others have set: the tasks may be in these."""
    found = (item.get("advancedConfiguration") or {} for item in service.get("loadBalancers") or ())
    return [str(item["alternateTargetGroupArn"]) for item in found if item.get("alternateTargetGroupArn")]


def _failure(ctx: Context, data: Rollout, service: Answer, known: Known, outcome: str, reason: str) -> str:
    wanted = data.task_definition_arn or known.describe(DEFINITION)
    runs = str(service.get("taskDefinition", ""))
    why = sentence(reason) or "ECS gives no reason"
    # What users get comes first.
    at = f"{ctx.region} is {'at' if runs == wanted else 'still at'} {runs.rpartition('/')[2]}"
    return (
        f"{at}, {service['runningCount']} of {service['desiredCount']} tasks run: "
        f"the rollout of service {data.service} in {ctx.region} {outcome}: {why}. " + explanation(ctx, service, wanted)
    )


def _last_event(service: Answer) -> str:
    message = next((item.get("message") for item in service.get("events") or ()), None)
    return f"; last event: {sentence(message)}" if message else ""


def _noted(known: Known, attribute: str) -> str | None:
    """What update or create noted about the rollout."""
    value = known.describe(ROLLOUT, attribute)
    return None if is_unknown(value) else value
