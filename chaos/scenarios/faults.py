# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Throttles and resets calls and drops replies, over the whole life of a stack."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

from chaos.lab import Lab
from chaos.oracle import CONFIRM, RELEASE, RELEASED, golden, gone, release_inventory, released, serves, whole
from chaos.plan import Trial
from chaos.verdict import Judged, judge, judge_undisturbed

THROTTLED, RESET, LOST = 0.19, 0.03, 0.03
# Playbook, arguments, and the oracle's check after it
Step = tuple[str, tuple[str, ...], Callable[[], list[str]]]
QUICK = ("-e", json.dumps({"switch_interval": 1, "switch_hold": 3, "switch_timeout": 120}))


def run(lab: Lab, trial: Trial) -> Iterator[Judged]:
    """Deploy, release and roll back, switch there and back, destroy.

    A failed run is repeated without faults, and has to be right then.
    """
    golden(lab)
    golden(lab, RELEASED, release_inventory(lab))
    before = lab.fresh()
    switches: list[Step] = [
        ("switch", ("-e", "to=us-west-1", *QUICK), lambda: serves(lab, "us-west-1")),
        ("switch", ("-e", "to=auto", *QUICK), lambda: serves(lab, "us-east-1")),
    ]
    steps: list[Step] = [
        ("site", (), lambda: whole(lab)),
        ("release", RELEASE, lambda: released(lab)),
        ("rollback", (), lambda: whole(lab)),
        # A switch needs a data plane.
        *(switches if lab.plane else []),
        ("destroy", CONFIRM, lambda: gone(lab, before)),
    ]
    for number, (playbook, arguments, look) in enumerate(steps):
        lab.aws.fail_some(100 * trial.seed + 10 * number, throttled=THROTTLED, reset=RESET, lost=LOST)
        ended = lab.run(playbook, *arguments)
        lab.aws.clear_faults()
        yield judge(trial, playbook, ended, look() if ended.ok else [])
        if not ended.ok:
            again = lab.run(playbook, *arguments)
            yield judge_undisturbed(trial, f"{playbook} again, undisturbed", again, look())
