# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A first deployment with provisioning as slow as AWS, against the shortest time in which AWS can do it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from typing import Any

from benchmarks.compare import lanes
from benchmarks.contenders import Contender, Phase
from benchmarks.critical_path import first_deployment, longest
from sandbox.timings import AWS

_COMPLETE = re.compile(r"^(\S+): Creation complete after (?:(\d+)m)?(\d+)s", re.MULTILINE)


def slow(contenders: Sequence[Contender], factor: float, say: Callable[[str], None]) -> dict[str, Any]:
    """Deploy with the durations of AWS divided by `factor`. Returns seconds: critical path, and wall by contender.

    All contenders run at the same time, each against a local AWS of its own: nearly all they do is wait. Terraform's
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


def slowest_resources(output: str, most: int = 10) -> list[tuple[str, int]]:
    """What Terraform said of the resources that took it longest: address and seconds."""
    found = [(match[1], 60 * int(match[2] or 0) + int(match[3])) for match in _COMPLETE.finditer(output)]
    return sorted(found, key=lambda item: -item[1])[:most]
