# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a command costs: wall time, CPU time and memory of its whole process tree."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

_LAST_LINES = 40


class CommandError(RuntimeError):
    """A command that is measured ended with an exit code that it must not have. The message has the end of its log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """What is run: words, where, and with which environment. `codes` are the exit codes of success."""

    words: Sequence[str]
    folder: Path
    environment: Mapping[str, str]
    log: Path
    codes: tuple[int, ...] = (0,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a command cost.

    `wall` in seconds. `cpu` in seconds, user and system, of the process and of every descendant that was waited for
    (wait4(2), RUSAGE_CHILDREN). `peak_pss` is the largest sum of the proportional set sizes of all processes of the
    tree at one moment, in bytes; 0 when it was not sampled.
    """

    wall: float
    cpu: float
    peak_pss: int


def run(command: Command, *, sample_every: float = 0.0) -> Cost:
    """Run the command to its end. Raises CommandError.

    Memory is sampled every `sample_every` seconds, which disturbs what runs: leave it out where time counts.
    """
    with command.log.open("ab") as log:
        log.write(f"$ {' '.join(command.words)}\n".encode())
        log.flush()
        started = time.monotonic()
        child = subprocess.Popen(
            list(command.words),
            cwd=command.folder,
            env=dict(command.environment),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        sampler = Sampler(child.pid, sample_every) if sample_every else None
        try:
            _pid, status, usage = os.wait4(child.pid, 0)
        except BaseException:
            child.kill()
            child.wait()
            raise
        wall = time.monotonic() - started
        # Popen does not know that it was waited for.
        child.returncode = os.waitstatus_to_exitcode(status)
    peak = sampler.stop() if sampler else 0
    if child.returncode not in command.codes:
        # The log is in a folder that goes away with the benchmark.
        said = "\n".join(command.log.read_text(errors="replace").splitlines()[-_LAST_LINES:])
        raise CommandError(f"{' '.join(command.words)}: exit code {child.returncode}. It ends with:\n{said}")
    return Cost(wall=wall, cpu=usage.ru_utime + usage.ru_stime, peak_pss=peak)


class Sampler:
    """Looks at the memory of a process tree from a thread of its own."""

    def __init__(self, pid: int, every: float) -> None:
        self._pid = pid
        self._every = every
        self._peak = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> int:
        """Stop looking; the peak in bytes."""
        self._ended.set()
        self._thread.join()
        return self._peak

    def _watch(self) -> None:
        while not self._ended.wait(self._every):
            self._peak = max(self._peak, tree_pss(self._pid))


def tree_pss(pid: int) -> int:
    """The sum of the proportional set sizes of a process and its descendants, in bytes; 0 when it is gone."""
    try:
        root = psutil.Process(pid)
        processes = [root, *root.children(recursive=True)]
    except psutil.Error:
        return 0
    return sum(_pss(process) for process in processes)


def _pss(process: psutil.Process) -> int:
    try:
        return int(process.memory_full_info().pss)
    except psutil.Error:
        return 0
