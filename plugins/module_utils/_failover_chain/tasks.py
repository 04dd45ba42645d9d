# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The services behind a region's load balancer: their tasks, and the images that these run. Pure."""

from __future__ import annotations

import dataclasses
import typing as t

from .capacity import Most
from .dependencies import Dependency
from .vcpus import Load


@dataclasses.dataclass(frozen=True, kw_only=True)
class Tasks:
    """A region's services together.

    :param limits: (minimum, maximum) of their scaling; None if none of them scales.
    :param most: the most tasks in the last 24 hours.
    :param loads: how large each service on Fargate may grow.
    :param rollout: why a last deployment is not complete; empty if all are.
    :param images: of running tasks: digests where ECS knows them, else the images' names. Sorted.
    :param dependencies: what the tasks need from other regions. Sorted.
    :param balanced: loadBalancers of DescribeServices.
    :param missing: what does not exist; empty if everything does.
    :param problem: why they could not be read; empty otherwise.
    """

    desired: int = 0
    running: int = 0
    pending: int = 0
    limits: tuple[int, int] | None = None
    most: Most = dataclasses.field(default_factory=Most)
    loads: tuple[Load, ...] = ()
    rollout: str = ""
    images: tuple[str, ...] = ()
    dependencies: tuple[Dependency, ...] = ()
    balanced: tuple[t.Mapping[str, t.Any], ...] = ()
    missing: str = ""
    problem: str = ""

    def __add__(self, other: Tasks) -> Tasks:
        """The sum of both."""
        return Tasks(
            desired=self.desired + other.desired,
            running=self.running + other.running,
            pending=self.pending + other.pending,
            limits=self._limits_with(other),
            most=self.most + other.most,
            loads=(*self.loads, *other.loads),
            rollout=self.rollout or other.rollout,
            images=tuple(sorted({*self.images, *other.images})),
            dependencies=tuple(sorted({*self.dependencies, *other.dependencies})),
            balanced=(*self.balanced, *other.balanced),
            missing=self.missing or other.missing,
            problem=self.problem or other.problem,
        )

    def _limits_with(self, other: Tasks) -> tuple[int, int] | None:
        """The sum of the limits; those of a service that does not scale are its desired count."""
        if self.limits is None and other.limits is None:
            return None
        pairs = [each.limits or (each.desired, each.desired) for each in (self, other)]
        return sum(low for low, _high in pairs), sum(high for _low, high in pairs)

    @property
    def image(self) -> str | None:
        """All images in one text; None without tasks."""
        return ", ".join(self.images) or None

    def describe(self) -> dict[str, t.Any]:
        """For the result."""
        minimum, maximum = self.limits or (None, None)
        return {
            "desired": self.desired,
            "running": self.running,
            "pending": self.pending,
            "minimum": minimum,
            "maximum": maximum,
            "most": self.most.tasks,
            "most_source": self.most.source,
            "fargate": [load.describe() for load in self.loads],
            "rollout": self.rollout,
            "missing": self.missing,
            "problem": self.problem,
        }


def tasks_of(
    service: t.Mapping[str, t.Any],
    tasks: t.Sequence[t.Mapping[str, t.Any]],
    dependencies: tuple[Dependency, ...] = (),
    limits: tuple[int, int] | None = None,
    cpu: int = 0,
) -> Tasks:
    """From a Service of DescribeServices, the tasks of DescribeTasks, and the limits of its scaling.

    :param cpu: CPU units of a task; 0 if not known.
    """
    most = max(service["desiredCount"], limits[1] if limits else 0)
    strategy = tuple(
        (item["capacityProvider"], item.get("base", 0), item.get("weight", 0))
        for item in service.get("capacityProviderStrategy", ())
    )
    return Tasks(
        desired=service["desiredCount"],
        running=service["runningCount"],
        pending=service["pendingCount"],
        rollout=_rollout(service.get("deployments", ())),
        images=tuple(sorted({_image(container) for task in tasks for container in task.get("containers", ())})),
        dependencies=dependencies,
        limits=limits,
        loads=(Load(most, cpu, strategy),) if cpu else (),
        balanced=tuple(service.get("loadBalancers", ())),
    )


def _rollout(deployments: t.Sequence[t.Mapping[str, t.Any]]) -> str:
    states = [deployment.get("rolloutState", "COMPLETED") for deployment in deployments]
    if "FAILED" in states:
        return "its last deployment failed"
    return "a deployment is in progress" if len(states) > 1 or "IN_PROGRESS" in states else ""


def _image(container: t.Mapping[str, t.Any]) -> str:
    return str(container.get("imageDigest") or container.get("image") or "unknown")
