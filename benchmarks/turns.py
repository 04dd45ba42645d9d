# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m benchmarks.turns`: only runs with nothing to do, of this collection and Terraform in turn.

For a quiet machine. It takes minutes, the whole benchmark half an hour.
"""

from __future__ import annotations

import argparse
import sys

from benchmarks.__main__ import say
from benchmarks.compare import lanes
from benchmarks.contenders import Phase, Terraform, ours
from benchmarks.machine import describe
from benchmarks.results import Measurement, Run, medians
from benchmarks.stacks import DEFAULT, STACKS, Stack

_LATENCIES = (0.0, 0.05)


def in_turn(stack: Stack, runs: int) -> list[Run]:
    """That many runs of each at every latency, after a first deployment and a run that does not count."""
    found = []
    with lanes([ours(stack=stack), Terraform(stack=stack)]) as opened:
        for phase in (Phase.FIRST, Phase.NOTHING):
            for lane in opened:
                say(f"{phase.value}, {lane.contender.name}: {lane.measure(phase).cost.wall:.2f} s")
        for latency in _LATENCIES:
            for number in range(runs):
                for lane in opened[::-1] if number % 2 else opened:
                    run = lane.measure(Phase.NOTHING, latency)
                    say(f"{latency * 1000:.0f} ms, {run.contender}: {run.cost.wall:.2f} s, CPU {run.cost.cpu:.2f} s")
                    found.append(run)
    return found


def table(found: list[Measurement]) -> str:
    """Medians, and the ratio of this collection to Terraform."""
    lines = []
    for mine, theirs in zip(found[::2], found[1::2], strict=True):
        lines.append(
            f"+{mine.latency_ms} ms: {mine.wall:.2f} s to {theirs.wall:.2f} s ({mine.wall / theirs.wall:.2f}), "
            f"CPU {mine.cpu:.2f} s to {theirs.cpu:.2f} s ({mine.cpu / theirs.cpu:.2f}), "
            f"calls {mine.calls} to {theirs.calls} ({mine.calls / theirs.calls:.2f})"
        )
    return "\n".join(lines)


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.turns", description=__doc__)
    parser.add_argument("--stack", choices=list(STACKS), default=DEFAULT.name)
    parser.add_argument("--runs", type=int, default=7, help="of each at each latency (default: %(default)s)")
    arguments = parser.parse_args()
    say(f"load before: {describe()['machine']['load_before']}")
    print(table(medians(in_turn(STACKS[arguments.stack], arguments.runs))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
