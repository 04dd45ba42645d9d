# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The answers that were read ahead for the tasks of a run, and the tasks' reads, in an unnamed file.

ansible-playbook's process opens it when it imports this, before it forks its workers, which append to it. A byte far
beyond its end stands for the answers to a task, and is locked while they may still come. The lock belongs to a process
and ends with it.
"""

from __future__ import annotations

import contextlib
import dataclasses
import fcntl
import io
import os
import pickle  # nosec B403: of what the workers of this ansible-playbook have written
import tempfile
import typing as t
import zlib

# Beyond the end of any file
_BEYOND: t.Final = 1 << 40

Document = dict[str, t.Any]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Answers:
    """AWS's answers to the reads of a task.

    :param at: the time before the reads, by time.monotonic().
    :param content: a pickled mapping of Read to answer, which most tasks do not need.
    """

    task: str
    at: float
    connection: Document
    content: bytes


@dataclasses.dataclass(frozen=True, kw_only=True)
class Described:
    """The application's variables in a region, as a short hash."""

    host: str
    digest: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class Asked:
    """The reads of a task; see Read.document."""

    task: str
    module: str
    host: str
    connection: Document
    reads: list[Document]


@dataclasses.dataclass(kw_only=True)
class State:
    """The records of a run.

    :param run: empty once something was changed, and in a run that reads nothing ahead.
    :param described: host → digest.
    :param used: tasks that have used their answers.
    """

    run: str = ""
    answers: dict[str, Answers] = dataclasses.field(default_factory=dict)
    asked: list[Asked] = dataclasses.field(default_factory=list)
    described: dict[str, str] = dataclasses.field(default_factory=dict)
    used: set[str] = dataclasses.field(default_factory=set)


class Records:
    """The file. Several ansible-playbook processes share it if they were forked from one that had imported this.

    :ivar controller: the process ID of ansible-playbook, the parent of a worker.
    """

    def __init__(self) -> None:
        self.controller: int | None = None
        self._file: int | None = None
        with contextlib.suppress(OSError), tempfile.TemporaryFile() as file:
            self._file = os.dup(file.fileno())
            fcntl.fcntl(self._file, fcntl.F_SETFL, os.O_APPEND)

    def begin(self, run: str) -> bool:
        """Record the beginning of a run, for all of its hosts. False if that fails: then nothing is read ahead."""
        return self._append(("run", run))

    def add(self, record: Answers | Asked | Described) -> None:
        """Add a record. Other processes do without if that fails."""
        self._append((type(record).__name__, record))

    def use(self, task: str) -> bool:
        """Record that the answers to a task are used. False if that fails."""
        return self._append(("used", task))

    @contextlib.contextmanager
    def awaited(self, task: str) -> t.Iterator[None]:
        """Lock the answers to a task while they may still come."""
        place = _place(task)
        if self._file is not None:
            fcntl.lockf(self._file, fcntl.LOCK_EX, 1, place)
        yield
        if self._file is not None:
            fcntl.lockf(self._file, fcntl.LOCK_UN, 1, place)

    def wait(self, task: str) -> None:
        """Wait until no more answers to a task can come."""
        if self._file is not None:
            with contextlib.suppress(OSError):  # a file system without locks: the process that reads ends at once, too
                fcntl.lockf(self._file, fcntl.LOCK_SH, 1, _place(task))
                fcntl.lockf(self._file, fcntl.LOCK_UN, 1, _place(task))

    def close_others(self) -> None:
        """Close every file of this process but this one and the standard ones."""
        kept = 2 if self._file is None else self._file
        os.closerange(3, kept)
        os.closerange(kept + 1, os.sysconf("SC_OPEN_MAX"))

    def spend(self) -> None:
        """Delete all records. Works on a full disk too."""
        if self._file is not None:
            os.ftruncate(self._file, 0)

    def state(self) -> State:
        """The records of the current run."""
        found = State()
        for kind, value in self._records():
            if kind == "run" and value != found.run:
                found = State(run=value)
            elif kind == Answers.__name__:
                found.answers[value.task] = value
            elif kind == Asked.__name__:
                found.asked.append(value)
            elif kind == Described.__name__:
                found.described[value.host] = value.digest
            elif kind == "used":
                found.used.add(value)
        return found if found.run else State()

    def _append(self, record: tuple[str, t.Any]) -> bool:
        content = pickle.dumps((self._controller(), *record))
        try:
            # In one call: other processes append too.
            return self._file is not None and os.write(self._file, content) == len(content)
        except OSError:
            return False

    def _controller(self) -> int:
        return self.controller or os.getppid()

    def _records(self) -> t.Iterator[tuple[str, t.Any]]:
        content = io.BytesIO(os.pread(self._file, os.fstat(self._file).st_size, 0) if self._file is not None else b"")
        with contextlib.suppress(EOFError, pickle.UnpicklingError):  # a record truncated by a full disk
            while True:
                controller, kind, value = pickle.load(content)  # nosec B301: see above
                if controller == self._controller():
                    yield kind, value


def _place(task: str) -> int:
    """The byte of a task. Two tasks with the same byte wait for each other, which does no harm."""
    return _BEYOND + zlib.crc32(task.encode())


RECORDS: t.Final = Records()
