# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was read ahead for the tasks of a run, and what they have asked: in a file without a name.

ansible-playbook's process opens it when it imports this, before it forks its workers. They append to it. A byte far
beyond its end stands for the answers to a task, and is locked as long as they may still come. The lock is a
process's: it ends with it, however that ends.
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

# No file is that large.
_BEYOND: t.Final = 1 << 40

Document = dict[str, t.Any]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Answers:
    """What AWS has answered to the questions of a task.

    :param at: the moment before it was asked, in time.monotonic().
    :param content: a pickled mapping of Read to answer. Most tasks have no use for it.
    """

    task: str
    at: float
    connection: Document
    content: bytes


@dataclasses.dataclass(frozen=True, kw_only=True)
class Described:
    """What the inventory says of the application in a region.

    :param digest: a short hash of it.
    """

    host: str
    digest: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class Asked:
    """What a task has asked.

    :param reads: see Read.document.
    """

    task: str
    module: str
    host: str
    connection: Document
    reads: list[Document]


@dataclasses.dataclass(kw_only=True)
class State:
    """All that counts in a run.

    :param run: empty once something was changed, and in a run that reads nothing ahead.
    :param described: host → digest.
    :param used: tasks that have had their answers.
    """

    run: str = ""
    answers: dict[str, Answers] = dataclasses.field(default_factory=dict)
    asked: list[Asked] = dataclasses.field(default_factory=list)
    described: dict[str, str] = dataclasses.field(default_factory=dict)
    used: set[str] = dataclasses.field(default_factory=set)


class Records:
    """The file. Several ansible-playbooks may have it, if they were forked from a process that had imported this.

    :ivar controller: the ansible-playbook that a process belongs to, which is the parent of a worker.
    """

    def __init__(self) -> None:
        self.controller: int | None = None
        self._file: int | None = None
        with contextlib.suppress(OSError), tempfile.TemporaryFile() as file:
            self._file = os.dup(file.fileno())
            fcntl.fcntl(self._file, fcntl.F_SETFL, os.O_APPEND)

    def begin(self, run: str) -> bool:
        """A run begins here, for all of its hosts. False if that cannot be told: then nothing is read ahead."""
        return self._told(("run", run))

    def add(self, record: Answers | Asked | Described) -> None:
        """What others may need. Where it does not fit they do without."""
        self._told((type(record).__name__, record))

    def use(self, task: str) -> bool:
        """Nobody else has these answers from now on. False if that cannot be told."""
        return self._told(("used", task))

    @contextlib.contextmanager
    def awaited(self, task: str) -> t.Iterator[None]:
        """While the answers to a task may still come."""
        place = _place(task)
        if self._file is not None:
            fcntl.lockf(self._file, fcntl.LOCK_EX, 1, place)
        yield
        if self._file is not None:
            fcntl.lockf(self._file, fcntl.LOCK_UN, 1, place)

    def wait(self, task: str) -> None:
        """Until no more answers to a task can come."""
        if self._file is not None:
            with contextlib.suppress(OSError):  # a file system without locks: the process that reads ends at once, too
                fcntl.lockf(self._file, fcntl.LOCK_SH, 1, _place(task))
                fcntl.lockf(self._file, fcntl.LOCK_UN, 1, _place(task))

    def close_others(self) -> None:
        """Close every file of this process but this one and the three that every process has."""
        kept = 2 if self._file is None else self._file
        os.closerange(3, kept)
        os.closerange(kept + 1, os.sysconf("SC_OPEN_MAX"))

    def spend(self) -> None:
        """Forget all. A full disk does not keep it from that."""
        if self._file is not None:
            os.ftruncate(self._file, 0)

    def state(self) -> State:
        """What the records come to."""
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

    def _told(self, record: tuple[str, t.Any]) -> bool:
        content = pickle.dumps((self._controller(), *record))
        try:
            # At once: other processes append, too.
            return self._file is not None and os.write(self._file, content) == len(content)
        except OSError:
            return False

    def _controller(self) -> int:
        return self.controller or os.getppid()

    def _records(self) -> t.Iterator[tuple[str, t.Any]]:
        content = io.BytesIO(os.pread(self._file, os.fstat(self._file).st_size, 0) if self._file is not None else b"")
        with contextlib.suppress(EOFError, pickle.UnpicklingError):  # one that a full disk has cut off
            while True:
                controller, kind, value = pickle.load(content)  # nosec B301: see above
                if controller == self._controller():
                    yield kind, value


def _place(task: str) -> int:
    """Two tasks in one place wait for each other."""
    return _BEYOND + zlib.crc32(task.encode())


RECORDS: t.Final = Records()
