# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Corrections of ECS: services that run tasks, rollouts that end, and what AWS refuses."""

from __future__ import annotations

from moto.ecs.responses import EC2ContainerServiceResponse

from sandbox.overlay.agenda import settle_first
from sandbox.overlay.base import World
from sandbox.overlay.ecs import clusters, definitions, deployments, run, services

__all__ = ["clusters", "definitions", "deployments", "install", "run", "services"]


def install(world: World) -> None:
    """Correct clusters, task definitions, tasks, services and service deployments."""
    for part in (clusters, definitions, run, services, deployments):
        part.install(world)
    settle_first(EC2ContainerServiceResponse, "ecs", world)
