# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The cost of a command: wall time, CPU time and memory of its whole process tree."""

from __future__ import annotations

import contextlib
import ctypes
import os
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path

import psutil

_LAST_LINES = 40
_PR_SET_CHILD_SUBREAPER = 36


class CommandError(RuntimeError):
    """A measured command ended with an unexpected exit code. The message has the end of its log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A command with its folder and environment. `codes` are the exit codes of success."""

    words: Sequence[str]
    folder: Path
    environment: Mapping[str, str]
    log: Path
    codes: tuple[int, ...] = (0,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """The cost of a command.

    `wall` in seconds. `cpu` in seconds, user and system, of the process and of every descendant (wait4(2),
    RUSAGE_CHILDREN; prctl(2), PR_SET_CHILD_SUBREAPER, for those whose parent has ended). `peak_pss` is the largest
    sum of the proportional set sizes of all processes of the tree at one moment, in bytes; 0 when it was not
    sampled.
    """

    wall: float
    cpu: float
    peak_pss: int


def run(command: Command, *, sample_every: float = 0.0) -> Cost:
    """Run the command to its end. Raises CommandError.

    Memory is sampled every `sample_every` seconds, which slows the command: leave it out if time counts.
    """
    with _adopting():
        cost, code = _run(command, sample_every)
    if code not in command.codes:
        # The log's folder is deleted with the benchmark.
        said = "\n".join(command.log.read_text(errors="replace").splitlines()[-_LAST_LINES:])
        raise CommandError(f"{' '.join(command.words)}: exit code {code}. It ends with:\n{said}")
    return cost


@contextlib.contextmanager
def _adopting() -> Iterator[None]:
    """Have the kernel give this process the descendants whose parent has ended."""
    prctl = ctypes.CDLL(None).prctl
    prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    try:
        yield
    finally:
        prctl(_PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)


def _run(command: Command, sample_every: float) -> tuple[Cost, int]:
    with command.log.open("ab") as log:
        log.write(f"$ {' '.join(command.words)}\n".encode())
        log.flush()
        others = {process.pid for process in psutil.Process().children()}
        started = time.monotonic()
        child = subprocess.Popen(
            list(command.words),
            cwd=command.folder,
            env=dict(command.environment),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        family = Family(child.pid, str(command.words[0]), others)
        sampler = Sampler(family, sample_every) if sample_every else None
        try:
            _pid, status, usage = os.wait4(child.pid, 0)
        except BaseException:
            child.kill()
            child.wait()
            raise
        wall = time.monotonic() - started
        # Popen does not know about wait4().
        child.returncode = os.waitstatus_to_exitcode(status)
    peak = sampler.stop() if sampler else 0
    cpu = usage.ru_utime + usage.ru_stime + sum(map(_cpu_of, family.orphans()))
    return Cost(wall=wall, cpu=cpu, peak_pss=peak), child.returncode


def _cpu_of(orphan: psutil.Process) -> float:
    with contextlib.suppress(ChildProcessError):
        _pid, _status, usage = os.wait4(orphan.pid, 0)
        return usage.ru_utime + usage.ru_stime
    return 0.0


@dataclass(frozen=True, slots=True)
class Family:
    """A command's processes: its own, their descendants, and those whose parent has ended.

    `program` distinguishes the latter from other children of this process; `others` are its former children.
    """

    pid: int
    program: str
    others: Set[int]

    def orphans(self) -> list[psutil.Process]:
        """The processes that were given to this one. A zombie cannot be identified, and counts."""
        found = []
        for process in psutil.Process().children():
            with contextlib.suppress(psutil.NoSuchProcess):
                ended = process.status() == psutil.STATUS_ZOMBIE
                if process.pid not in {*self.others, self.pid} and (ended or self.program in process.cmdline()):
                    found.append(process)
        return found

    def pss(self) -> int:
        """The sum of their proportional set sizes, in bytes; 0 if they have ended."""
        return sum(tree_pss(pid) for pid in (self.pid, *(orphan.pid for orphan in self.orphans())))


class Sampler:
    """Samples the memory of a process tree in its own thread."""

    def __init__(self, family: Family, every: float) -> None:
        self._family = family
        self._every = every
        self._peak = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> int:
        """Stop. Returns the peak in bytes."""
        self._ended.set()
        self._thread.join()
        return self._peak

    def _watch(self) -> None:
        while not self._ended.wait(self._every):
            self._peak = max(self._peak, self._family.pss())


def tree_pss(pid: int) -> int:
    """The sum of the proportional set sizes of a process and its descendants, in bytes; 0 if it has ended."""
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
