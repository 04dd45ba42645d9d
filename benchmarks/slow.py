# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A first deployment with provisioning as slow as AWS, against the shortest possible time on AWS."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from graphlib import TopologicalSorter
from typing import Any

from benchmarks.compare import lanes
from benchmarks.contenders import Contender, Phase
from sandbox.timings import AWS, Timings

_COMPLETE = re.compile(r"^(\S+): Creation complete after (?:(\d+)m)?(\d+)s", re.MULTILINE)
# A client has to poll, and is late by at most the interval.
POLL_SECONDS = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A step that takes AWS a while: `seconds`, and the steps that it needs."""

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


def slow(contenders: Sequence[Contender], factor: float, say: Callable[[str], None]) -> dict[str, Any]:
    """Deploy with the durations of AWS divided by `factor`. Returns seconds: critical path, and wall by contender.

    All contenders run at the same time, each against its own local AWS: they mostly wait. Terraform's
    own sleeps do not scale, so that only a factor of 1 is a comparison.
    """
    timings = replace(AWS, speed=factor)
    path = longest(first_deployment(timings))
    say(f"slow     critical path {path.seconds:.0f} s: {' → '.join(path.steps)}")
    with lanes(contenders, speed=factor, timings="aws") as opened:
        with ThreadPoolExecutor() as pool:
            runs = list(pool.map(lambda lane: lane.measure(Phase.FIRST), opened))
        walls = {run.contender: round(run.cost.wall, 1) for run in runs}
        for name, wall in walls.items():
            say(f"slow     {name:<10} {wall:>7.1f} s")
        logs = {lane.contender.name: lane.log.read_text() for lane in opened}
    return {
        "factor": factor,
        "durations": {name: seconds for name, seconds in asdict(AWS).items() if name != "speed"},
        "critical_path": round(path.seconds, 1),
        "steps": list(path.steps),
        **walls,
        "terraform_resources": slowest_resources(logs.get("terraform", "")),
    }


def slowest_resources(output: str) -> list[tuple[str, int]]:
    """Address and seconds of the ten resources that took Terraform longest, from its output."""
    found = [(match[1], 60 * int(match[2] or 0) + int(match[3])) for match in _COMPLETE.finditer(output)]
    return sorted(found, key=lambda item: -item[1])[:10]
