# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m chaos`: disturbs runs, judges what comes of them, and writes the tables of docs/reliability.md."""

from __future__ import annotations

import argparse
import contextlib
import json
import queue
import sys
import threading
import time
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks import machine
from benchmarks.report import put
from chaos import report
from chaos.lab import Lab
from chaos.plan import ROUNDS, Trial, trials
from chaos.scenarios import SCENARIOS
from chaos.verdict import Judged, Verdict

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "chaos" / "results" / "latest.json"
DOCUMENT = ROOT / "docs" / "reliability.md"


def main(argv: list[str] | None = None) -> int:
    """Run the scenarios. The exit code is 1 if a run succeeded and is wrong, or failed without saying why."""
    arguments = _parser().parse_args(argv)
    if arguments.tables:
        put(DOCUMENT, report.sections(json.loads(RESULTS.read_text())), "chaos")
        return 0
    about = machine.describe()
    judged = run(trials(arguments.only, arguments.seed, arguments.rounds), arguments.jobs, arguments.minutes)
    data = {
        **about,
        "rows": _with_earlier(report.rows(judged)),
        "not right": [
            f"{one.trial.command}: {one.what}: {one.detail}" for one in judged if one.verdict is not Verdict.RIGHT
        ],
    }
    print(f"\n{report.counts(report.rows(judged))}\n\n{report.problems(judged)}")
    if arguments.write:
        RESULTS.parent.mkdir(exist_ok=True)
        RESULTS.write_text(json.dumps(data, indent=1) + "\n")
        put(DOCUMENT, report.sections(data), "chaos")
    return 1 if any(one.bad for one in judged) else 0


def run(planned: Sequence[Trial], jobs: int, minutes: float = float("inf")) -> list[Judged]:
    """Run the trials, `jobs` at a time: a disturbed run waits more than it computes.

    None starts after that many minutes.
    """
    deadline = time.monotonic() + 60 * minutes
    waiting: queue.SimpleQueue[Trial] = queue.SimpleQueue()
    for trial in planned:
        waiting.put(trial)
    found: list[Judged] = []
    threads = [threading.Thread(target=_work, args=(waiting, found, deadline)) for _ in range(min(jobs, len(planned)))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    order = {trial: number for number, trial in enumerate(planned)}
    return sorted(found, key=lambda one: order[one.trial])


def _work(waiting: queue.SimpleQueue[Trial], found: list[Judged], deadline: float) -> None:
    """Run trials until there are none, each in the lab it needs, which the next ones use again."""
    labs: dict[bool, Lab] = {}
    with contextlib.ExitStack() as opened, contextlib.suppress(queue.Empty):
        while time.monotonic() < deadline:
            trial = waiting.get_nowait()
            plane = SCENARIOS[trial.scenario].plane
            if plane not in labs:
                labs[plane] = opened.enter_context(Lab(plane))
            found += _trial(labs[plane], trial)


def _with_earlier(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """These rows, and the last ones of each scenario that was not run."""
    kept = json.loads(RESULTS.read_text())["rows"] if RESULTS.exists() else []
    known = {row["scenario"]: row for row in [*kept, *rows]}
    return [known[name] for name in SCENARIOS if name in known]


def _trial(lab: Lab, trial: Trial) -> list[Judged]:
    """The judged runs of a trial. A trial that raises an exception counts as a failure."""
    begun, found = time.monotonic(), []
    lab.stack = trial.stack
    try:
        for judged in SCENARIOS[trial.scenario].run(lab, trial):
            found.append(judged)
            seconds = time.monotonic() - begun
            print(
                f"{time.strftime('%H:%M:%S')} {trial.scenario:<8} {trial.seed:>4} {trial.stack:<5} {seconds:>5.0f} s  "
                f"{judged.verdict.value:<18} {judged.what}",
                flush=True,
            )
            if judged.detail:
                print(f"{judged.detail}\n  {trial.command}", flush=True)
    except Exception as error:  # noqa: BLE001
        print(f"{type(error).__name__}: {str(error)[:1500]}\n  {trial.command}", flush=True)
        found.append(Judged(trial, "the trial itself", Verdict.SILENT, traceback.format_exc()))
        lab.fresh()
    return found


def _names(text: str) -> list[str]:
    if unknown := sorted(set(text.split(",")) - set(SCENARIOS)):
        raise argparse.ArgumentTypeError(f"{', '.join(unknown)}: none of {', '.join(SCENARIOS)}")
    return text.split(",")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m chaos", description=__doc__)
    parser.add_argument("--only", type=_names, default=list(SCENARIOS), help=f"of {','.join(SCENARIOS)}")
    parser.add_argument(
        "--seed", type=int, default=1, help="of the first trial of each; the next ones count on (default: 1)"
    )
    default = ", ".join(f"{name} {count}" for name, count in ROUNDS.items())
    parser.add_argument("--rounds", type=int, help=f"trials of each (default: {default})")
    parser.add_argument("--jobs", type=int, default=2, help="trials side by side (default: %(default)s)")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="begin no trial after so many minutes")
    parser.add_argument("--write", action="store_true", help="put the table into docs/reliability.md")
    parser.add_argument("--tables", action="store_true", help="only write the table again, from the results")
    return parser


if __name__ == "__main__":
    sys.exit(main())
