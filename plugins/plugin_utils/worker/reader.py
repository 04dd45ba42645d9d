# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The process that reads ahead for the tasks of a region. It ends when it is done, or after some seconds.

A task's worker starts it, and may end before it does.
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import pickle  # nosec B403: see records
import signal
import time
import typing as t
from concurrent.futures import Future, ThreadPoolExecutor

from ...module_utils._engine.assumed_role import AssumedRole
from ...module_utils._engine.clients import Clients
from ...module_utils._engine.read_ahead import Read
from ...module_utils._engine.stop import Stop
from .models import loader
from .records import RECORDS, Answers, Asked

Tasks = t.Sequence[tuple[Asked, t.Sequence[Read]]]

# Slower reads are left to the tasks.
_MOST_SECONDS: t.Final = 10
_THREADS: t.Final = 12
# Route 53 allows an account five calls a second. A role's account is another one.
_IN_TURN: t.Final = frozenset({"route53"})


def start(tasks: Tasks) -> None:
    """Start the process. Returns when it has taken the locks that tasks wait for."""
    read_end, write_end = os.pipe()
    controller = os.getppid()
    if os.fork() == 0:
        try:
            RECORDS.controller = controller
            _run(tasks, write_end)
        finally:
            os._exit(0)
    os.close(write_end)
    os.read(read_end, 1)
    os.close(read_end)


def _run(tasks: Tasks, ready: int) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(_MOST_SECONDS)
    with contextlib.ExitStack() as stack:
        awaited = {asked.task: stack.enter_context(contextlib.ExitStack()) for asked, _reads in tasks}
        for task, until in awaited.items():
            until.enter_context(RECORDS.awaited(task))
        os.write(ready, b".")
        RECORDS.close_others()
        _read(tasks, awaited)


def _read(tasks: Tasks, awaited: t.Mapping[str, contextlib.ExitStack]) -> None:
    at = time.monotonic()
    with contextlib.ExitStack() as stack:

        @functools.cache
        def pool(threads: int, _role: AssumedRole | None = None) -> ThreadPoolExecutor:
            return stack.enter_context(ThreadPoolExecutor(threads))

        # Several tasks may need the same read, which is made once.
        @functools.cache
        def ask(connection: str, read: Read) -> Future[t.Any]:
            asking = pool(1, read.role) if read.service in _IN_TURN else pool(_THREADS)
            return asking.submit(_answer, _clients(connection), read)

        futures = [{read: ask(json.dumps(asked.connection), read) for read in reads} for asked, reads in tasks]
        for (asked, _reads), found in zip(tasks, futures, strict=True):
            RECORDS.add(Answers(task=asked.task, at=at, connection=asked.connection, content=_content(found)))
            awaited[asked.task].close()


def _answer(clients: Clients, read: Read) -> t.Any:
    return read.make(clients.get(read.service, region=read.region, role=read.role))


@functools.lru_cache(maxsize=4)
def _clients(connection: str) -> Clients:
    """Clients that change nothing and do not retry for long."""
    return Clients(
        json.loads(connection), stop=Stop(lambda: False), check_mode=True, new_loader=loader
    ).with_short_timeouts()


def _content(futures: t.Mapping[Read, Future[t.Any]]) -> bytes:
    """The answers. The task finds out why others failed."""
    return pickle.dumps({read: future.result() for read, future in futures.items() if not future.exception()})
