# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The service behind a region's load balancer: how many tasks it has, and which image they run."""

from __future__ import annotations

import dataclasses
import typing as t

from .._aws.owner import Owner
from .._engine.context import Context

_DESCRIBED_A_CALL: t.Final = 100


@dataclasses.dataclass(frozen=True, kw_only=True)
class Tasks:
    """What ECS says of a region's service.

    :param rollout: why its last deployment is not complete; empty if it is.
    :param images: what its tasks run: digests where ECS knows them, else the images' names. Sorted.
    :param problem: why nothing is known; empty otherwise.
    """

    desired: int = 0
    running: int = 0
    pending: int = 0
    rollout: str = ""
    images: tuple[str, ...] = ()
    problem: str = ""

    @property
    def image(self) -> str | None:
        """The images in one text, None without tasks."""
        return ", ".join(self.images) or None

    def describe(self) -> dict[str, t.Any]:
        """For the result."""
        counts = {"desired": self.desired, "running": self.running, "pending": self.pending}
        return {**counts, "rollout": self.rollout, "problem": self.problem}


def tasks_of(service: t.Mapping[str, t.Any], tasks: t.Sequence[t.Mapping[str, t.Any]]) -> Tasks:
    """From a Service of DescribeServices and the Tasks of DescribeTasks."""
    return Tasks(
        desired=service["desiredCount"],
        running=service["runningCount"],
        pending=service["pendingCount"],
        rollout=_rollout(service.get("deployments", ())),
        images=tuple(sorted({_image(container) for task in tasks for container in task.get("containers", ())})),
    )


def _rollout(deployments: t.Sequence[t.Mapping[str, t.Any]]) -> str:
    states = [deployment.get("rolloutState", "COMPLETED") for deployment in deployments]
    if "FAILED" in states:
        return "its last deployment failed"
    return "a deployment is in progress" if len(states) > 1 or "IN_PROGRESS" in states else ""


def _image(container: t.Mapping[str, t.Any]) -> str:
    return str(container.get("imageDigest") or container.get("image") or "unknown")


def read_tasks(ctx: Context, region: str, owner: Owner, *, images: bool) -> Tasks:
    """DescribeServices, and with ``images`` ListTasks and DescribeTasks, for the service of the stack's name."""
    client, name = ctx.client("ecs", region=region), owner.prefix
    clusters = client.describe_clusters(clusters=[name])["clusters"]
    if not any(cluster["status"] == "ACTIVE" for cluster in clusters):
        return Tasks(problem=f"there is no cluster {name} in {region}")
    services = client.describe_services(cluster=name, services=[name])["services"]
    service = next((item for item in services if item["status"] == "ACTIVE"), None)
    if service is None:
        return Tasks(problem=f"there is no service {name} in {region}")
    return tasks_of(service, _running(client, name) if images else ())


def _running(client: t.Any, name: str) -> list[dict[str, t.Any]]:
    pages = client.get_paginator("list_tasks").paginate(cluster=name, serviceName=name, desiredStatus="RUNNING")
    arns = [arn for page in pages for arn in page["taskArns"]]
    found: list[dict[str, t.Any]] = []
    for start in range(0, len(arns), _DESCRIBED_A_CALL):
        found += client.describe_tasks(cluster=name, tasks=arns[start : start + _DESCRIBED_A_CALL])["tasks"]
    return found
