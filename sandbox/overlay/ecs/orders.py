# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The settings with which a service's tasks start."""

from __future__ import annotations

from sandbox.overlay.ecs import providers, tasks
from sandbox.overlay.ecs.model import Rollout, Service, Task


def order_of(service: Service, rollout: Rollout, running: list[Task]) -> tasks.Order:
    """The order for the next task of a rollout, of which others run."""
    settings, groups = rollout.revision.settings, rollout.revision.groups
    used = [task.capacity_provider for task in running]
    balancers = settings.get("loadBalancers") or []
    propagated = {
        "SERVICE": service.moto.tags,
        "TASK_DEFINITION": rollout.revision.definition.tags,
    }.get(settings.get("propagateTags", "NONE"))
    return tasks.Order(
        cluster=service.ecs.clusters[service.moto.cluster_name],
        definition=rollout.revision.definition,
        network=settings["networkConfiguration"]["awsvpcConfiguration"],
        group=f"service:{service.name}",
        started_by=rollout.id,
        number=service.launched,
        options={
            "targets": [(groups[known["targetGroupArn"]], int(known["containerPort"])) for known in balancers],
            "capacity_provider": providers.choose(settings.get("capacityProviderStrategy"), used),
            "enable_execute_command": bool(service.settings.get("enableExecuteCommand")),
            "tags": [dict(tag) for tag in propagated or []],
        },
    )
