# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long failover takes: the times of docs/drill.md, measured."""

from __future__ import annotations

from typing import Any

from tests.account.experiment import Experiment, Finding
from tests.account.lab import Lab
from tests.account.stack import Stack
from tests.account.stack_uses import STACK

_FAULTS = ("block_alb", "switch")


def _run(lab: Lab) -> Finding:
    stack, seen, said, well = Stack(lab), {}, [], True
    for fault in _FAULTS:
        done = stack.run("drill", "-e", f"fault={fault}")
        drill: dict[str, Any] = stack.report("drill")
        if drill["fault"] != fault:
            raise RuntimeError(f"no drill by {fault}: {done.last}")
        measured, budget = drill["measured"], drill["budget"]
        seen[fault] = {
            "measured": measured,
            "budget": budget,
            "requests": drill["requests"],
            "reasons": drill["reasons"],
        }
        moved, within = measured["dns_moved_seconds"], budget["detection_seconds"]
        said.append(f"{fault}: DNS moved after {moved} s, within {within} s expected ({drill['verdict']})")
        well = well and drill["verdict"] == "passed"
    return Finding(answer="; ".join(said), as_expected=well, seen=seen)


EXPERIMENT = Experiment(
    name="drill_times",
    question="How long do failover and a switch take?",
    source=(
        "Route 53 Developer Guide: interval, threshold, and the TTL of 60 s of aliases to load balancers. How long "
        "name servers take to know is not said, nor how long a data point is on its way."
    ),
    does="Runs drill.yml with the faults block_alb and switch.",
    expected="within the budget of docs/drill.md",
    minutes=30,
    uses=STACK,
    deployed=True,
    run=_run,
)
