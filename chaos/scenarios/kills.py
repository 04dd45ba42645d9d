# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run dies after any of its writes, which has taken effect and was not answered; the next run goes on."""

from __future__ import annotations

from collections.abc import Iterator

from chaos.lab import Lab
from chaos.oracle import CONFIRM, deploy, golden, gone, whole
from chaos.plan import Trial, spread
from chaos.verdict import Judged, judge_undisturbed

# Of site.yml and destroy.yml with inventories/dev: fewer, and a last trial or two kill nobody, which they say.
SITE_WRITES, DESTROY_WRITES = 121, 76


def run(lab: Lab, trial: Trial) -> Iterator[Judged]:
    """Kill a deployment or a removal, and look at what the next run makes of it."""
    golden(lab)
    before = lab.fresh()
    nth = spread(trial.seed, SITE_WRITES + DESTROY_WRITES)
    if nth <= SITE_WRITES:
        killed = _kill(lab, nth, "site")
        ended = lab.run("site")
        yield judge_undisturbed(trial, f"site after one {killed}", ended, whole(lab) if ended.ok else [])
        if ended.ok:
            return
    else:
        deploy(lab)
        killed = _kill(lab, nth - SITE_WRITES, "destroy", *CONFIRM)
    ended = lab.run("destroy", *CONFIRM)
    yield judge_undisturbed(trial, f"destroy after one {killed}", ended, gone(lab, before))


def _kill(lab: Lab, nth: int, playbook: str, *arguments: str) -> str:
    """How it ended, in words."""
    with lab.aws.hold(nth=nth, write=True) as fault:
        run = lab.start(playbook, *arguments)
        while not (held := fault.wait(1)) and run.poll() is None:
            pass
        lab.power_off(run)
    return f"killed after write {nth}" if held else f"of fewer than {nth} writes"
