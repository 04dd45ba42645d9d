# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Throttles and resets calls and drops replies, over the whole life of a stack."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from chaos.drifts import DRIFTS
from chaos.lab import Lab
from chaos.oracle import CONFIRM, RELEASE, RELEASED, golden, gone, release_inventory, released, serves, whole
from chaos.plan import Trial, choose
from chaos.verdict import Judged, judge, judge_undisturbed

THROTTLED, RESET, LOST = 0.19, 0.03, 0.03
QUICK = ("-e", json.dumps({"switch_interval": 1, "switch_hold": 3, "switch_timeout": 120}))


@dataclass(frozen=True, slots=True)
class Step:
    """A run, and the oracle's check after it.

    :param before: what is done to the stack first.
    """

    what: str
    playbook: str
    look: Callable[[], list[str]]
    arguments: tuple[str, ...] = ()
    before: Callable[[], object] = lambda: None


def run(lab: Lab, trial: Trial) -> Iterator[Judged]:
    """Deploy, deploy again, repair drift, release and go back, switch there and back, destroy.

    A failed run is repeated without faults, and has to be right then.
    """
    golden(lab)
    golden(lab, RELEASED, release_inventory(lab))
    empty = lab.fresh()
    drift = choose(trial.turn, DRIFTS)
    back = "site" if trial.draw().random() < 0.5 else "rollback"
    switches = [
        Step("switch", "switch", lambda: serves(lab, "us-west-1"), ("-e", "to=us-west-1", *QUICK)),
        Step("switch back", "switch", lambda: serves(lab, "us-east-1"), ("-e", "to=auto", *QUICK)),
    ]
    steps = [
        # The first two read ahead for a stack that is gone: only a run with nothing to do records its reads.
        Step("site", "site", lambda: whole(lab)),
        Step("site with nothing to do", "site", lambda: whole(lab)),
        Step("site that reads ahead", "site", lambda: whole(lab)),
        Step(
            f"site after {drift.__name__.replace('_', ' ')}", "site", lambda: whole(lab), before=lambda: drift(lab.aws)
        ),
        Step("release", "release", lambda: released(lab), RELEASE),
        Step(f"{back} after the release", back, lambda: whole(lab)),
        # A switch needs a data plane.
        *(switches if lab.plane else []),
        Step("destroy", "destroy", lambda: gone(lab, empty), CONFIRM),
    ]
    for number, step in enumerate(steps):
        step.before()
        lab.aws.fail_some(100 * trial.seed + 10 * number, throttled=THROTTLED, reset=RESET, lost=LOST)
        ended = lab.run(step.playbook, *step.arguments)
        lab.aws.clear_faults()
        yield judge(trial, step.what, ended, step.look() if ended.ok else [])
        if not ended.ok:
            again = lab.run(step.playbook, *step.arguments)
            yield judge_undisturbed(trial, f"{step.what} again, undisturbed", again, step.look())
