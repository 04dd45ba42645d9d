# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compares the contenders: each against its own fresh local AWS, in turn, phase by phase."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.contenders import STOCK, Contender, Phase
from benchmarks.measure import run
from benchmarks.results import Run, busiest_second, idle
from sandbox import Sandbox

# Provisioning times of the local AWS are not compared here.
INSTANT = "instant"
# Often enough to find the peak of a run of a second; timed runs are not sampled.
SAMPLE_SECONDS = 0.02
_SAMPLE_SELDOM = 0.25

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How much is measured.

    `rounds` whole lives of a stack; in each of them `repeats` runs of what can be repeated, at every one of `latencies`
    (seconds added to each call). Of phases that change the stack, only the first of the latencies is run.
    """

    rounds: int = 2
    repeats: int = 3
    latencies: tuple[float, ...] = (0.0, 0.05, 0.15)


@dataclass(frozen=True, slots=True)
class Lane:
    """A contender and its local AWS."""

    contender: Contender
    aws: Sandbox

    @property
    def log(self) -> Path:
        """The output of the contender's commands."""
        return self.contender.command(Phase.NOTHING).log

    def measure(self, phase: Phase, latency: float = 0.0, sample_every: float = 0.0) -> Run:
        """Run a phase once, and sample its memory every so many seconds (0: not at all). Raises CommandError."""
        self.aws.latency(latency)
        mark = self.aws.requests.mark()
        try:
            cost = run(self.contender.command(phase), sample_every=sample_every)
        finally:
            self.aws.latency(0)
        calls = self.aws.requests.since(mark)
        writes = sum(call.write for call in calls)
        return Run(
            contender=self.contender.name,
            phase=phase,
            latency=latency,
            cost=cost,
            reads=len(calls) - writes,
            writes=writes,
            idle=idle([call.time for call in calls]),
            route53=busiest_second([call.time for call in calls if call.service == "route53"]),
            timed=sample_every != SAMPLE_SECONDS,
        )


@contextmanager
def lanes(contenders: Sequence[Contender], *, speed: float = 1.0, timings: str = INSTANT) -> Iterator[list[Lane]]:
    """A fresh local AWS for each contender, and each contender prepared."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="benchmark-")))
        opened = []
        for contender in contenders:
            aws = stack.enter_context(Sandbox(speed=speed, timings=timings))
            own = folder / contender.name
            own.mkdir()
            contender.prepare(aws, own)
            opened.append(Lane(contender, aws))
        yield opened


def compare(contenders: Sequence[Contender], settings: Settings, say: Say) -> list[Run]:
    """Everything that is compared with instant provisioning."""
    runs: list[Run] = []
    for number in range(settings.rounds):
        # The order rotates, so that no contender always finds the machine warm.
        order = list(contenders)[number % len(contenders) :] + list(contenders)[: number % len(contenders)]
        with lanes(order) as opened:
            for phase in Phase:
                able = [lane for lane in opened if phase not in lane.contender.cannot]
                runs += _phase(able, phase, settings, say, last=number == settings.rounds - 1)
    return runs


def _phase(opened: Sequence[Lane], phase: Phase, settings: Settings, say: Say, *, last: bool) -> list[Run]:
    if not phase.repeatable:
        # The last round samples memory too, seldom, since these runs are long.
        return [
            _told(lane.measure(phase, settings.latencies[0], _SAMPLE_SELDOM if last else 0.0), say) for lane in opened
        ]
    runs = []
    for group in _apart(opened):
        for latency in settings.latencies if phase.undone_by is None else settings.latencies[:1]:
            repeats = settings.repeats if latency == settings.latencies[0] else max(1, settings.repeats // 2)
            for number in range(repeats):
                runs += [_once(lane, phase, latency, say) for lane in (group[::-1] if number % 2 else group)]
    if last:
        runs += [_once(lane, phase, settings.latencies[0], say, SAMPLE_SECONDS) for lane in opened]
    return runs


def _once(lane: Lane, phase: Phase, latency: float, say: Say, sample_every: float = 0.0) -> Run:
    """A run that leaves the stack as it was."""
    done = _told(lane.measure(phase, latency, sample_every), say)
    if phase.undone_by is not None:
        lane.measure(phase.undone_by)
    return done


def _apart(opened: Sequence[Lane]) -> list[list[Lane]]:
    """The lanes that take turns, and after them stock modules.

    These keep both cores busy for half a minute, and a run right after that takes up to a sixth longer.
    """
    return [[lane for lane in opened if (lane.contender.name == STOCK) is last] for last in (False, True)]


def _told(done: Run, say: Say) -> Run:
    cost = done.cost
    memory = f", {cost.peak_pss / 2**20:.0f} MiB" if cost.peak_pss else ""
    say(
        f"{done.phase.value:<8} {done.latency * 1000:>4.0f} ms  {done.contender:<10} {cost.wall:>7.2f} s, "
        f"cpu {cost.cpu:.2f} s, {done.reads} reads, {done.writes} writes{memory}"
    )
    return done
