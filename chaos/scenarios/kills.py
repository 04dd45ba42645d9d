# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kills a run after one of its writes, which has taken effect without a reply; the next run continues."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from chaos.lab import Lab
from chaos.oracle import CONFIRM, RELEASE, RELEASED, deploy, golden, gone, release_inventory, released, whole
from chaos.plan import Trial, choose
from chaos.scenarios.rights import IN_PLACE
from chaos.stacks import BASIC, FULL
from chaos.verdict import Judged, judge_undisturbed

# Stack → playbook → number of its writes. With fewer, the last trials kill nothing, and say so.
WRITES: Mapping[str, Mapping[str, int]] = {
    BASIC: {"site": 121, "change": 70, "release": 6, "destroy": 78},
    FULL: {"site": 192, "change": 107, "release": 6, "destroy": 131},
}


def moments(stack: str) -> Sequence[tuple[str, int]]:
    """Playbook and number of the write."""
    return [(playbook, nth) for playbook, writes in WRITES[stack].items() for nth in range(1, writes + 1)]


def run(lab: Lab, trial: Trial) -> Iterator[Judged]:
    """Kill a deployment, a release or a removal, and judge the next run."""
    golden(lab)
    playbook, nth = choose(trial.turn, moments(trial.stack))
    if playbook == "release":
        golden(lab, RELEASED, release_inventory(lab))
    elif playbook == "change":
        yield from _change(lab, trial, nth)
        return
    before = lab.fresh()
    if playbook == "site":
        killed = _kill(lab, nth, "site")
        yield from _again(lab, trial, killed, "site")
    elif playbook == "release":
        deploy(lab)
        killed = _kill(lab, nth, "release", *RELEASE)
        yield from _again(lab, trial, killed, "site" if trial.draw().random() < 0.5 else "release")
    else:
        deploy(lab)
        killed = _kill(lab, nth, "destroy", *CONFIRM)
        ended = lab.run("destroy", *CONFIRM)
        yield judge_undisturbed(trial, f"destroy after one {killed}", ended, gone(lab, before))


def _change(lab: Lab, trial: Trial, nth: int) -> Iterator[Judged]:
    """Kill a change of a deployed stack: the next run completes it, or reverts it."""
    changed = lab.inventory("changed", **IN_PLACE[trial.stack])
    # A tag that the inventory no longer has stays, as foreign tags do.
    back = lab.inventory("back", app_tags=IN_PLACE[trial.stack]["app_tags"])
    variant, inventory = ("back", back) if trial.draw().random() < 0.5 else ("changed", changed)
    golden(lab, variant, inventory)
    lab.fresh()
    deploy(lab)
    killed = _kill(lab, nth, "site", inventory=changed)
    ended = lab.run("site", inventory=inventory)
    wrong = whole(lab, variant, inventory) if ended.ok else []
    what = "site" if variant == "changed" else "site as before"
    yield judge_undisturbed(trial, f"{what} after one {killed}, a change", ended, wrong)


def _again(lab: Lab, trial: Trial, killed: str, playbook: str) -> Iterator[Judged]:
    """Judge the run after a killed one: site, or a release."""
    ended = lab.run(playbook, *(RELEASE if playbook == "release" else ()))
    wrong = [] if not ended.ok else released(lab) if playbook == "release" else whole(lab)
    yield judge_undisturbed(trial, f"{playbook} after one {killed}", ended, wrong)


def _kill(lab: Lab, nth: int, playbook: str, *arguments: str, inventory: Path | None = None) -> str:
    """Kill a run after its nth write. Returns how it ended, in words."""
    with lab.aws.hold(nth=nth, write=True) as fault:
        run = lab.start(playbook, *arguments, inventory=inventory)
        while not (held := fault.wait(1)) and run.poll() is None:
            pass
        lab.power_off(run)
    how = f"killed after write {nth}" if held else f"of fewer than {nth} writes"
    return f"{how}, a release" if playbook == "release" else how
