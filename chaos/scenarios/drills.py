# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Interrupts a drill at any moment by ending its playbook, its guardian, or both: everything has to be healed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from chaos import canon
from chaos.lab import Lab, settled
from chaos.oracle import UndisturbedError, deploy, golden, serves, stands, whole
from chaos.plan import Trial, choose
from chaos.verdict import Ended, Judged, judge, judge_undisturbed
from chaos.witness import look
from tests.playbooks import end

GUARDIAN = b"module_utils._failover_drill.guardian"
KINDS = ("block_alb", "stop_tasks", "unhealthy_app", "switch")
# From the start of ansible-playbook to the return of the users
_LATEST_SECONDS = 25.0


def run(lab: Lab, trial: Trial) -> Iterator[Judged]:
    """Interrupt a drill, and check that everything is restored, automatically or by the next run."""
    golden(lab)
    _stands(lab)
    draw = trial.draw()
    kind, way = draw.choice(KINDS), choose(trial.turn, sorted(WAYS))
    drill = lab.start("drill", "-e", json.dumps({"fault": kind, "drill_hold": 10}))
    _let_go_on(lab, drill, draw.uniform(0.5, _LATEST_SECONDS), phase=draw.random() < 0.5)
    phase = _phase(lab)
    WAYS[way](lab, drill)
    ended = lab.wait(drill)
    what = f"{kind}, {way} when {phase}"
    # The next run has to heal, alone or beside the guardian.
    left = _phase(lab)
    at_once = lab.run("site") if left != "closed" and (way == "both killed" or draw.random() < 0.5) else None
    closed = settled(lambda: [f"the journal is {_phase(lab)}"] if _phase(lab) != "closed" else [], seconds=180)
    wrong = [*closed, *whole(lab), *serves(lab, "us-east-1")]
    # An interrupted run fails by design: only the state that it leaves counts.
    yield judge(trial, what, Ended(0, ended.text), wrong)
    if at_once is not None:
        judge_it = judge_undisturbed if way == "both killed" else judge
        yield judge_it(trial, f"site at once after {what}, {left} then", at_once, [])
    last = lab.run("site")
    broken = [*stands(lab), *serves(lab, "us-east-1")]
    yield judge_undisturbed(trial, f"site after {what}", last, broken)
    if wrong or broken:
        lab.fresh()


def _stands(lab: Lab) -> None:
    """Use the stack of the last trial if it is right, else deploy a new one."""
    if canon.differences(lab.goldens[lab.stack, "plain"], canon.ours(look(lab.aws))):
        lab.fresh()
        deploy(lab)
    serves(lab, "us-east-1")
    # The drill starts right after a run that read ahead.
    ended = lab.run("site")
    if not ended.ok:
        raise UndisturbedError(ended.message)


def _let_go_on(lab: Lab, drill: subprocess.Popen[str], seconds: float, *, phase: bool) -> None:
    """Wait that many seconds from the drill's start, or from its fault."""
    deadline = time.monotonic() + 60
    while phase and _phase(lab) not in ("armed", "broken") and drill.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    deadline = time.monotonic() + (seconds / 4 if phase else seconds)
    while drill.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)


def _phase(lab: Lab) -> str:
    try:
        return str(json.loads(_journal(lab).read_text())["phase"])
    except FileNotFoundError:
        return "closed"


def _journal(lab: Lab) -> Path:
    return lab.machine().folder / "reports" / "dev" / "drill-journal.json"


def _signal(number: signal.Signals) -> Callable[[Lab, subprocess.Popen[str]], None]:
    def send(_lab: Lab, drill: subprocess.Popen[str]) -> None:
        if drill.poll() is None:
            os.killpg(drill.pid, number)

    return send


def _guardian_killed(lab: Lab, _drill: subprocess.Popen[str]) -> None:
    end(lab.processes(program=GUARDIAN), signal.SIGKILL)


def _both_killed(lab: Lab, drill: subprocess.Popen[str]) -> None:
    lab.power_off(drill)


WAYS: Mapping[str, Callable[[Lab, subprocess.Popen[str]], None]] = {
    "interrupted": _signal(signal.SIGINT),
    "playbook killed": _signal(signal.SIGKILL),
    "guardian killed": _guardian_killed,
    "both killed": _both_killed,
}
