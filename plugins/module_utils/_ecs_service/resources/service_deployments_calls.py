# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Service deployments: which one a run has started, its progress, and why it failed."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
import typing as t

from ..._engine.context import Context

# ECS API, ServiceDeployment, status.
SUCCESSFUL: t.Final = "SUCCESSFUL"
UNDER_WAY: t.Final = frozenset(
    {"PENDING", "IN_PROGRESS", "ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS", "STOP_REQUESTED"}
)

# ListServiceDeployments returns 20 a page by default, in no documented order.
_PAGE: t.Final = 100
_EVENTS_SHOWN: t.Final = 8
_EVENTS_BESIDE_CAUSE: t.Final = 3
# ECS's event of a target: "… is unhealthy in (target-group …) due to (reason Health checks failed with these codes:
# [500])".
_REASON: t.Final = re.compile(r"\(reason (.+)\)")
_CODES: t.Final = re.compile(r"codes: \[(\d+)\]")
_TARGET_GROUP: t.Final = re.compile(r"arn:[\w-]+:elasticloadbalancing:\S+:targetgroup/([\w-]+)/\w+")
_TASKS_SHOWN: t.Final = 3
# "Viewing Amazon ECS service event messages": the account has reached its vCPU quota for Fargate, or has none yet.
_VCPUS: t.Final = "reached the limit on the number of vCPUs"
# "CannotPullContainer task errors" and "ResourceInitializationError": without network access.
_UNREACHED: t.Final = re.compile(
    r"(CannotPullContainerError|ResourceInitializationError).*(timeout|deadline exceeded|Client\.Timeout)"
)


@dataclasses.dataclass(frozen=True, kw_only=True)
class ServiceDeployment:
    """One rollout. ``reason`` is ECS's, empty if there is none.

    :param revision_arn: of the service revision that it rolls out.
    :param stage: ECS's lifecycle stage if it shifts traffic between target groups; empty for a rolling one.
    :param share: percent of the requests that it receives.
    """

    arn: str
    status: str
    created: dt.datetime | None
    revision_arn: str = ""
    reason: str = ""
    running: int = 0
    requested: int = 0
    failed: int = 0
    stage: str = ""
    share: float = 0.0


def list_deployments(ctx: Context, service: str) -> tuple[ServiceDeployment, ...]:
    """The service's deployments of the last 90 days, newest first. botocore has no paginator for them."""
    request: dict[str, t.Any] = {"cluster": service, "service": service, "maxResults": _PAGE}
    found: list[ServiceDeployment] = []
    while True:
        answer = ctx.client("ecs").list_service_deployments(**request)
        found += (
            ServiceDeployment(
                arn=item["serviceDeploymentArn"],
                status=item.get("status", ""),
                created=item.get("createdAt"),
                revision_arn=item.get("targetServiceRevisionArn") or "",
                reason=item.get("statusReason") or "",
            )
            for item in answer.get("serviceDeployments") or ()
        )
        if not answer.get("nextToken"):
            return tuple(sorted(found, key=_age))
        request["nextToken"] = answer["nextToken"]


def describe_deployment(ctx: Context, arn: str) -> ServiceDeployment | None:
    """The deployment's current state; None if ECS does not know it yet."""
    answer = ctx.client("ecs").describe_service_deployments(serviceDeploymentArns=[arn])
    found = next(iter(answer.get("serviceDeployments") or ()), None)
    if found is None:
        return None
    target = found.get("targetServiceRevision") or {}
    reason = found.get("statusReason") or (found.get("rollback") or {}).get("reason") or ""
    share = target.get("requestedProductionTrafficWeight")
    rang = ", ".join((found.get("alarms") or {}).get("triggeredAlarmNames") or ())
    return ServiceDeployment(
        arn=arn,
        status=found.get("status", ""),
        created=found.get("createdAt"),
        reason=f"the alarm {rang} rang ({reason})" if rang else reason,
        running=target.get("runningTaskCount", 0),
        requested=target.get("requestedTaskCount", 0),
        failed=(found.get("deploymentCircuitBreaker") or {}).get("failureCount", 0),
        stage="" if share is None else found.get("lifecycleStage") or "",
        share=share or 0.0,
    )


def started_by_us(
    deployments: t.Iterable[ServiceDeployment], *, former: t.Container[str], since: dt.datetime | None
) -> ServiceDeployment | None:
    """The newest deployment that was not listed before this run's call; None if it is not listed yet.

    :param former: ARNs listed before the call.
    :param since: the earliest time at which AWS can have started it, or None.
    """
    ours = [
        item
        for item in deployments
        if item.arn not in former and (since is None or item.created is None or item.created >= since)
    ]
    return min(ours, key=_age, default=None)


def explanation(ctx: Context, service: t.Mapping[str, t.Any], task_definition_arn: str) -> str:
    """What explains a failed rollout: why tasks were unhealthy, the last service events, and why tasks stopped."""
    messages = [str(item.get("message", "")) for item in service.get("events") or ()]
    cause = _unhealthy(messages)
    events = [sentence(message) for message in messages[: _EVENTS_BESIDE_CAUSE if cause else _EVENTS_SHOWN]]
    parts = [f"The cause: {cause}."] if cause else []
    parts.append(f"Last events: {'; '.join(events)}." if events else "The service has no events.")
    if tasks := _stopped_tasks(ctx, service["serviceName"], task_definition_arn):
        parts.append(f"Stopped tasks: {'; '.join(tasks)}.")
    return " ".join(parts)


def _unhealthy(messages: t.Iterable[str]) -> str:
    """The result of the load balancer's health check: preferably a status code, rather than that it timed out."""
    seen = [match[1] for message in messages if (match := _REASON.search(message))]
    codes = [match[1] for reason in seen if (match := _CODES.search(reason))]
    if codes:
        return f"the container answers its health check with {codes[0]}"
    return f"the container's health check fails ({seen[0]})" if seen else ""


def sentence(text: str) -> str:
    """The text as part of another sentence: without its full stop, and with names of target groups for their ARNs.

    A remedy is added if the cause is Fargate's quota, or missing network access to a registry or an AWS service.
    """
    plain = _TARGET_GROUP.sub(r"\1", text.strip().removesuffix("."))
    if _VCPUS in plain:
        return f"{plain} (request an increase in Service Quotas: fargate, L-3032A538)"
    if _UNREACHED.search(plain):
        return (
            f"{plain} (the tasks cannot reach it: see vpc_nat_gateways, or vpc_interface_endpoints and "
            "vpc_s3_endpoint, and ecs_service_egress)"
        )
    return plain


def _stopped_tasks(ctx: Context, service: str, task_definition_arn: str) -> list[str]:
    ecs = ctx.client("ecs")
    arns = ecs.list_tasks(cluster=service, serviceName=service, desiredStatus="STOPPED").get("taskArns")
    if not arns:
        return []
    tasks = ecs.describe_tasks(cluster=service, tasks=arns[:100]).get("tasks", ())
    tasks = [task for task in tasks if task.get("taskDefinitionArn") == task_definition_arn]
    tasks.sort(key=lambda task: str(task.get("stoppedAt") or ""), reverse=True)
    return list(dict.fromkeys(text for task in tasks if (text := _why_stopped(task))))[:_TASKS_SHOWN]


def _why_stopped(task: t.Mapping[str, t.Any]) -> str:
    containers = []
    for container in task.get("containers") or ():
        code = container.get("exitCode")
        parts = ["" if code is None else f"exit code {code}", container.get("reason")]
        if any(parts):
            containers.append(f"{container['name']}: {', '.join(filter(None, parts))}")
    reason = sentence(task.get("stoppedReason") or "")
    return f"{reason} ({'; '.join(containers)})" if containers else reason


def _age(deployment: ServiceDeployment) -> float:
    """A sort key: newest first."""
    return -deployment.created.timestamp() if deployment.created else float("-inf")
