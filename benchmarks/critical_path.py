# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The shortest time in which AWS can bring the stack up: the longest chain of durations by its own dependencies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from graphlib import TopologicalSorter

from sandbox.timings import Timings

# Nothing tells a client that something is ready: it asks, and is late by at most the time between two questions.
POLL_SECONDS = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Something that takes AWS a while: `seconds`, and what has to be finished before it can start."""

    seconds: float
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Path:
    """The longest chain, first step first. `seconds` has one poll interval for every edge in it."""

    steps: tuple[str, ...]
    seconds: float


def first_deployment(timings: Timings) -> dict[str, Step]:
    """The steps of a first deployment in one region, and of the records over all regions, which are the same in time.

    Tasks start in private subnets, whose way to the image is the NAT gateway. Targets are judged once they run and
    the load balancer is there. A rollout is completed when they are healthy. The failover record of a region that is
    not healthy would be answered with another one: it follows the rollout.
    """
    return {
        "NAT gateway": Step(seconds=timings.of("nat_gateway_create")),
        "load balancer": Step(seconds=timings.of("load_balancer_create")),
        "tasks": Step(seconds=timings.of("task_start"), needs=("NAT gateway",)),
        "healthy targets": Step(seconds=timings.of("target_initial"), needs=("tasks", "load balancer")),
        "rollout": Step(seconds=timings.of("deployment_settle"), needs=("healthy targets",)),
        "records": Step(seconds=timings.of("change_insync"), needs=("healthy targets",)),
    }


def longest(steps: Mapping[str, Step], poll: float = POLL_SECONDS) -> Path:
    """The chain that takes longest. An edge is from a step to the next, and from the last one to the end."""
    best: dict[str, Path] = {}
    for name in TopologicalSorter({name: step.needs for name, step in steps.items()}).static_order():
        before = max((best[need] for need in steps[name].needs), key=lambda path: path.seconds, default=None)
        chain, seconds = (before.steps, before.seconds) if before else ((), 0.0)
        best[name] = Path(steps=(*chain, name), seconds=seconds + steps[name].seconds + poll)
    return max(best.values(), key=lambda path: path.seconds)
