# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ECS's events about deployments: ECS Developer Guide, "Service deployment state change events"."""

from __future__ import annotations

from sandbox.overlay import eventbridge
from sandbox.overlay.base import World
from sandbox.overlay.ecs.model import Rollout, Service

_KINDS = {"FAILED": "ERROR"}


def announce(world: World, service: Service, rollout: Rollout) -> None:
    """Send the event about the state in which the deployment is now."""
    detail = {
        "eventType": _KINDS.get(rollout.state, "INFO"),
        "eventName": f"SERVICE_DEPLOYMENT_{rollout.state}",
        "deploymentId": rollout.id,
        "updatedAt": rollout.updated_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "reason": rollout.reason,
    }
    place = (service.ecs.account_id, service.ecs.region_name)
    eventbridge.send(world, place, "aws.ecs", "ECS Deployment State Change", [service.moto.arn], detail)
