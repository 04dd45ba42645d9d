# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Random breaking and healing of a deployed stack: no answer is wrong for longer than the budget, and nothing leaks.

SOAK_SECONDS  how long (default: the short form)
SOAK_SEED     repeats a run: the seed stands in the message of a failure
"""

from __future__ import annotations

import dataclasses
import os
import random
import sys
import time
import typing as t
from pathlib import Path

import pytest

from sandbox import Sandbox
from tests.integration.conftest import RunJob
from tests.processes import open_files
from tests.soak.ailments import Region
from tests.soak.observer import Observer
from tests.soak.oracle import Expectation, judged, serving, violations
from tests.soak.stack import CHAIN, DOMAIN, SPEED, deploy
from tests.waiting import eventually

SECONDS = float(os.environ.get("SOAK_SECONDS", "45"))
SEED = int(os.environ.get("SOAK_SEED", random.randrange(10**6)))
# The slowest way: tasks are started, probed until healthy by the load balancer (2 x 10 s), and then by the checkers
# (3 x 10 s, and up to one interval until the first of these). What divides by the speed, and what a busy machine adds.
BUDGET = (2 * 10 + 4 * 10) / SPEED + 4.0
# A data point counts for the whole of its minute, which passes at no speed but its own, and is on its way for 90 s.
SWITCH_BUDGET = 60.0 + 90 / SPEED + 4.0
# So a switch is part of a soak that has the time.
WITH_SWITCHES = SECONDS >= 10 * SWITCH_BUDGET

pytestmark = [pytest.mark.once, pytest.mark.timeout(SECONDS + 900)]


class Inventory(t.NamedTuple):
    """What a process holds."""

    children: int
    sockets: int
    files: int

    def keeps_no_more_than(self, before: Inventory) -> bool:
        """Whether nothing has leaked. Connections that are kept open come and go."""
        children = self.children == before.children
        return children and self.sockets <= before.sockets + 15 and self.files <= before.files + 5


def held_by(pid: int) -> Inventory:
    """Child processes, sockets and other open files of a process, from /proc."""
    links = open_files(pid)
    children = Path(f"/proc/{pid}/task").glob("*/children")
    sockets = sum(link.startswith("socket:") for link in links)
    return Inventory(sum(len(path.read_text().split()) for path in children), sockets, len(links) - sockets)


def change_something(choice: random.Random, regions: list[Region]) -> float:
    """Break or heal one region in one way, or disturb one that is well. Healing is as likely as breaking.

    Returns how many seconds that may take to be seen.
    """
    region = choice.choice(regions)
    if choice.random() < 0.15:
        region.disturb(choice)
        return BUDGET
    possible = region.possible({other.name for other in regions if "cut" in other.ailments})
    if not WITH_SWITCHES or choice.random() < 0.8:
        possible = [ailment for ailment in possible if ailment != "evicted"]
    sick = sorted(region.ailments & set(possible))
    if not possible:
        return BUDGET
    ailment = choice.choice(sick) if sick and choice.random() < 0.6 else choice.choice(possible)
    region.toggle(ailment)
    return SWITCH_BUDGET if ailment == "evicted" else BUDGET


def heal_everything(regions: list[Region]) -> float:
    """As change_something()."""
    ailments = [(ailment, region) for region in regions for ailment in region.ailments]
    for ailment, region in sorted(ailments, key=lambda item: item[0] != "cut"):
        region.toggle(ailment)
    return SWITCH_BUDGET if "evicted" in {ailment for ailment, _region in ailments} else BUDGET


@dataclasses.dataclass
class World:
    """The regions, and what was to be expected of them so far."""

    regions: list[Region]
    expected: list[Expectation] = dataclasses.field(default_factory=list)

    def changes(self, change: t.Callable[[], float]) -> None:
        """Carry out a change, and note what is to be expected from then on."""
        begun = time.monotonic()
        budget = change()
        settles = max([time.monotonic() + budget, *(item.settles for item in self.expected[-1:])])
        sick = {region.name: region.ailments for region in self.regions if region.ailments}
        why = "; ".join(f"{name}: {', '.join(sorted(ailments))}" for name, ailments in sick.items()) or "all well"
        well = len(sick) < len(self.regions)
        self.expected.append(Expectation(begun, settles, serving(CHAIN, sick), why, requests=well))


@pytest.mark.exhaustive
def test_no_answer_is_wrong_for_longer_than_the_budget(aws: Sandbox, run_job: RunJob) -> None:
    world = World(deploy(aws, run_job))
    pid = int(aws.api.get("health")["pid"])
    choice = random.Random(SEED)
    with Observer(aws, DOMAIN, CHAIN) as observer:
        wait_until_well(observer)
        before = held_by(pid)
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            world.changes(lambda: change_something(choice, world.regions))
            observer.wait(choice.uniform(0.1, 2.0) * BUDGET)
        world.changes(lambda: heal_everything(world.regions))
        observer.wait(world.expected[-1].settles - time.monotonic() + 2.0)
        # Probes under way hold sockets, dozens on a busy machine, and let them go. What leaks stays.
        after = eventually(
            lambda: held_by(pid),
            lambda held: held.keeps_no_more_than(before),
            seconds=20,
            pause=0.5,
            what=f"SOAK_SEED={SEED}: no more than {before}",
        )
    expected, seen = world.expected, observer.seen
    wrong = violations(expected, seen)
    assert not wrong, f"SOAK_SEED={SEED}: {len(wrong)} of {len(seen)}, first {wrong[0]}"
    assert judged(expected, seen) > 10
    looks = f"{judged(expected, seen)} of {len(seen)} looks judged"
    print(f"soak: seed {SEED}, {len(expected)} changes, {looks}, {before} became {after}", file=sys.stderr)


def wait_until_well(observer: Observer) -> None:
    """Until users are served by the first region, and have been for two looks in a row."""
    deadline = time.monotonic() + 60
    while [(seen.region, seen.error) for seen in observer.seen[-2:]] != [(CHAIN[0], "")] * 2:
        assert time.monotonic() < deadline, observer.seen[-3:]
        observer.wait(0.2)
