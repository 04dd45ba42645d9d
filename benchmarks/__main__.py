# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m benchmarks`: measures, and writes results/latest.json and its tables."""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks import machine, report, scale
from benchmarks.compare import Settings, compare
from benchmarks.contenders import ROOT, STOCK, Contender, Terraform, ours, stock
from benchmarks.results import SCHEMA, Measurement, medians, ratios_of
from benchmarks.slow import slow
from benchmarks.stacks import DEFAULT, STACKS, Stack

RESULTS = ROOT / "benchmarks" / "results" / "latest.json"
PLOT = ROOT / "docs" / "pictures" / "scale.svg"
TABLES = (ROOT / "docs" / "performance.md", ROOT / "README.md")
NAMES = ("ours", "terraform", STOCK)
_QUICK = Settings(rounds=1, repeats=1, latencies=(0.0, 0.05))


def main(argv: list[str] | None = None) -> int:
    """Run the measurements; the exit code is 1 if a measured ratio exceeds its limit, else 0."""
    arguments = _parser().parse_args(argv)
    arguments.words = sys.argv[1:] if argv is None else argv
    stack = STACKS[arguments.stack]
    arguments.results = arguments.results or results_of(stack)
    if not arguments.tables:
        data = measure(arguments)
        arguments.results.parent.mkdir(parents=True, exist_ok=True)
        arguments.results.write_text(json.dumps(data, indent=1) + "\n")
    data = json.loads(arguments.results.read_text())
    if arguments.results == results_of(stack):
        write_tables(data, stack)
    found = ratios_of(data)
    print(report.ratios(found))
    return 1 if any(item.held is False for item in found) else 0


def results_of(stack: Stack) -> Path:
    """The file with the data of a stack."""
    return RESULTS if stack is DEFAULT else RESULTS.with_name(f"{stack.name}.json")


def measure(arguments: argparse.Namespace) -> dict[str, Any]:
    """All measurements, as data."""
    about = machine.describe()
    stack = STACKS[arguments.stack]
    contenders = _contenders(arguments.only, stack)
    settings = _QUICK if arguments.quick else Settings(rounds=arguments.rounds, repeats=arguments.repeats)
    measured = medians(compare(contenders, settings, say))
    waiting = [contender for contender in contenders if contender.name != STOCK]
    slowly = None if arguments.no_slow or stack is not DEFAULT else slow(waiting, arguments.factor, say)
    if slowly is not None:
        slowly["fixed_sleeps"] = _fixed_sleeps(measured)
    regions, services = ([], []) if arguments.no_scale or stack is not DEFAULT else _scale(arguments.quick)
    return {
        "schema": SCHEMA,
        "command": " ".join(["python -m benchmarks", *arguments.words]),
        **about,
        "settings": {"rounds": settings.rounds, "repeats": settings.repeats, "latencies": settings.latencies},
        "measurements": [asdict(item) for item in measured],
        "slow": slowly,
        "scale": {"regions": [asdict(point) for point in regions], "services": [asdict(point) for point in services]},
    }


def write_tables(data: dict[str, Any], stack: Stack = DEFAULT) -> None:
    """Put the tables into the documents, and draw the plot. Sections of other stacks start with the stack's name."""
    found = report.sections(data)
    if stack is not DEFAULT:
        found = {f"{stack.name} {name}": text for name, text in found.items()}
    for path in TABLES:
        report.put(path, found)
    if data["scale"]["regions"]:
        PLOT.parent.mkdir(exist_ok=True)
        scale.plot(data["scale"]["regions"], data["scale"]["services"], PLOT)


def say(line: str) -> None:
    """Print progress."""
    print(f"{time.strftime('%H:%M:%S')}  {line}", flush=True)


def _scale(quick: bool) -> tuple[list[scale.Point], list[scale.Point]]:
    counts, services = ((1, 2, 4), (1, 5)) if quick else (scale.COUNTS, scale.SERVICES)
    repeats = 1 if quick else 3
    return scale.by_regions(counts, repeats, say), scale.by_services(services, repeats, say)


def _fixed_sleeps(measured: list[Measurement]) -> float | None:
    """Seconds without calls in Terraform's first deployment with instant provisioning: the sleeps of its waiters."""
    found = [item for item in measured if item.contender == "terraform" and item.phase == "first"]
    return found[0].idle if found else None


def _contenders(names: list[str], stack: Stack) -> list[Contender]:
    chosen: list[Contender] = []
    if "ours" in names:
        chosen.append(ours(stack=stack))
    if "terraform" in names and Terraform.available():
        chosen.append(Terraform(stack=stack))
    elif "terraform" in names:
        say("terraform is not on PATH: it is left out, and so are the ratios against it")
    if "stock" in names and stack is DEFAULT:
        chosen.append(stock())
    return chosen


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one run of each, fewer sizes: does it work, not how fast")
    parser.add_argument(
        "--only", type=lambda text: text.split(","), default=list(NAMES), help="of ours,terraform,stock"
    )
    parser.add_argument("--rounds", type=int, default=2, help="whole lives of a stack (default: %(default)s)")
    parser.add_argument("--repeats", type=int, default=5, help="runs with nothing to do in each (default: %(default)s)")
    parser.add_argument("--no-slow", action="store_true", help="without provisioning as slow as AWS")
    parser.add_argument("--factor", type=float, default=1.0, help="divides the durations of that")
    parser.add_argument("--no-scale", action="store_true", help="without more regions and services")
    parser.add_argument(
        "--stack",
        choices=list(STACKS),
        default=DEFAULT.name,
        help="which one; stock modules, slow provisioning and sizes are of the default one alone",
    )
    parser.add_argument("--results", type=Path, help="where the data go (default: in results/, by the stack)")
    parser.add_argument("--tables", action="store_true", help="only write the tables again, from the data")
    return parser


if __name__ == "__main__":
    sys.exit(main())
