# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Puts foreign resources into the stack, and some that look like a part of it: no run may touch them."""

from __future__ import annotations

import contextlib
import operator
import subprocess
from collections.abc import Iterator, Mapping

from botocore.exceptions import ClientError

from chaos import canon
from chaos.lab import Lab, settled
from chaos.look_alikes import LOOK_ALIKES
from chaos.oracle import CONFIRM, deploy, golden, gone, untouched, whole
from chaos.plan import Trial, choose
from chaos.planting import Remove
from chaos.verdict import Judged, judge
from chaos.witness import look
from tests.integration.foreign import foreign_network, foreign_rest

# A run with nothing to do makes slightly more calls.
_READS = 90


def run(lab: Lab, trial: Trial) -> Iterator[Judged]:
    """Deploy again and take down a stack with one to three foreign resources, then without."""
    golden(lab)
    before = lab.fresh()
    draw = trial.draw()
    if draw.random() < 0.5:
        foreign_network(lab.aws)
        foreign_rest(lab.aws)
        before = canon.everything(look(lab.aws))
    deploy(lab)
    makers = {choose(trial.turn, LOOK_ALIKES), *draw.sample(LOOK_ALIKES, draw.randrange(3))}
    # Before the run, or during it, after some of its reads
    meanwhile = draw.random() < 0.5
    with _held(lab, draw.randint(1, _READS)) if meanwhile else contextlib.nullcontext() as run:
        ordered = sorted(makers, key=operator.attrgetter("__name__"))
        planted = {make.__name__.replace("_", " "): make(lab.aws) for make in ordered}
        theirs = canon.others(look(lab.aws))
        lab.goldens[lab.stack, "planted"] = canon.ours(look(lab.aws))
    names = ", ".join(planted) + (", in the run" if meanwhile else "")
    again = lab.run("site") if run is None else lab.wait(run)
    yield judge(trial, f"site with {names}", again, [*untouched(lab, theirs), *whole(lab, "planted")])
    ended = lab.run("destroy", *CONFIRM)
    # AWS deletes a VPC's default resources with it; _take_away() finds planted ones that are gone.
    harm = [*untouched(lab, {key: theirs[key] for key in theirs if key in before}), *_take_away(planted)]
    yield judge(trial, f"destroy with {names}", ended, [*harm, *(_left(lab) if ended.ok else [])])
    if not ended.ok or harm:
        last = lab.run("destroy", *CONFIRM)
        yield judge(trial, f"destroy without {names}", last, gone(lab, before))


@contextlib.contextmanager
def _held(lab: Lab, nth: int) -> Iterator[subprocess.Popen[str]]:
    """A run of site.yml, whose nth call is not answered before the block ends."""
    with lab.aws.hold(nth=nth, write=False) as fault:
        run = lab.start("site")
        while not fault.wait(1) and run.poll() is None:
            pass
        yield run


def _left(lab: Lab) -> list[str]:
    """What a successful destroy has left of the stack."""
    return settled(lambda: [f"left: {name}" for name, _body in canon.ours(look(lab.aws))])


def _take_away(planted: Mapping[str, Remove]) -> list[str]:
    """Remove what was planted, last first. Missing resources were deleted by the run."""
    found = []
    for name, remove in reversed(list(planted.items())):
        try:
            remove()
        except (ClientError, LookupError) as error:
            found.append(f"the {name} is gone or changed: {error}")
    return found
