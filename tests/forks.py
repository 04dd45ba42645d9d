# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests in processes that are forked when all tests are collected: ``pytest --processes=4``.

Those of pytest-xdist import and collect everything by themselves, for ten seconds of a processor each, and are given
tests ahead of time, which then wait for a long one while another process has nothing to do.
"""

from __future__ import annotations

import collections
import dataclasses
import gc
import itertools
import os
import sys
import traceback
import typing as t
import warnings
from multiprocessing import Pipe
from multiprocessing.connection import Connection, wait
from pathlib import Path

import pytest


@dataclasses.dataclass
class _Worker:
    """A process as its parent sees it.

    :param given: the tests that it has still to run, as places in the session's list, the one that runs first.
    """

    pid: int
    given: collections.deque[int] = dataclasses.field(default_factory=collections.deque)


@dataclasses.dataclass(eq=False)
class Forks:
    """A plugin that runs the tests of a session in this many processes.

    :param group: tests of which this says the same are run one after the other, by one process.
    """

    config: pytest.Config
    number: int
    group: t.Callable[[pytest.Item], str]
    _waiting: collections.deque[collections.deque[int]] = dataclasses.field(
        default_factory=collections.deque, init=False
    )
    _workers: dict[Connection, _Worker] = dataclasses.field(default_factory=dict, init=False)
    _numbers: t.Iterator[int] = dataclasses.field(default_factory=itertools.count, init=False)
    # To the parent, in a process that runs tests
    _parent: Connection | None = dataclasses.field(default=None, init=False)

    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        """Run all tests, unless something failed already or they are only to be listed: pytest does that."""
        if session.testsfailed or session.config.option.collectonly:
            return None
        groups: dict[str, collections.deque[int]] = {}
        for place, item in enumerate(session.items):
            groups.setdefault(self.group(item), collections.deque()).append(place)
        self._waiting.extend(groups.values())
        # Files of tests take turns, so the name of the current one says nothing.
        _plugin(session, "terminalreporter").showfspath = False
        _temporary(session).getbasetemp()
        # The processes share what is in memory now, as long as no collection of garbage writes to it.
        gc.collect()
        gc.freeze()
        try:
            for _ in range(min(self.number, len(self._waiting))):
                self._fork(session)
            while self._workers:
                for connection in wait(list(self._workers)):
                    self._hear(session, t.cast(Connection, connection))
        finally:
            for connection in list(self._workers):
                self._forget(connection)
        if session.shouldfail:
            raise session.Failed(session.shouldfail)
        if session.shouldstop:
            raise session.Interrupted(session.shouldstop)
        return True

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Tell the parent, which prints and counts."""
        if self._parent:
            data = self.config.hook.pytest_report_to_serializable(config=self.config, report=report)
            self._parent.send(("report", data))

    def pytest_warning_recorded(
        self,
        warning_message: warnings.WarningMessage,
        when: str,
        nodeid: str,
        location: tuple[str, int, str] | None,
    ) -> None:
        """Tell the parent as well."""
        if self._parent:
            content = {
                "text": str(warning_message.message),
                "category": warning_message.category.__name__,
                "place": (warning_message.filename, warning_message.lineno),
                "rest": {"when": when, "nodeid": nodeid, "location": location},
            }
            self._parent.send(("warning", content))

    def _fork(self, session: pytest.Session) -> None:
        number = next(self._numbers)
        here, there = Pipe()
        sys.stdout.flush()
        pid = os.fork()
        if not pid:
            # A process notices the end of its parent when nobody else has the other end.
            for connection in (here, *self._workers):
                connection.close()
            self._parent = there
            _be_worker(session, there, number)
        there.close()
        self._workers[here] = _Worker(pid)

    def _hear(self, session: pytest.Session, connection: Connection) -> None:
        """What a process says, once."""
        worker = self._workers[connection]
        try:
            kind, content = connection.recv()
        except (EOFError, ConnectionError):
            self._forget(connection)
            self._mourn(session, worker)
            return
        hook = session.config.hook
        if kind == "next":
            stopping = session.shouldfail or session.shouldstop
            worker.given = self._waiting.popleft() if self._waiting and not stopping else collections.deque()
            connection.send(list(worker.given))
        elif kind == "report":
            report = hook.pytest_report_from_serializable(config=session.config, data=content)
            if report.when == "teardown":
                worker.given.popleft()
            hook.pytest_runtest_logreport(report=report)
        elif kind == "warning":
            hook.pytest_warning_recorded.call_historic(kwargs=_warning(**content))
        else:
            self._forget(connection)
            if content:
                _fail(session, "the end of a process of tests", ("", None, ""), content)

    def _forget(self, connection: Connection) -> None:
        worker = self._workers.pop(connection)
        connection.close()
        os.waitpid(worker.pid, 0)

    def _mourn(self, session: pytest.Session, worker: _Worker) -> None:
        """A process has ended in the middle of a test. Another one goes on."""
        if worker.given:
            item = session.items[worker.given.popleft()]
            _fail(session, item.nodeid, item.location, "the process of this test has ended")
        if worker.given:
            self._waiting.appendleft(worker.given)
        if self._waiting:
            self._fork(session)


def _fail(session: pytest.Session, test: str, location: tuple[str, int | None, str], reason: str) -> None:
    report = pytest.TestReport(test, location, {}, "failed", reason, "call")
    session.config.hook.pytest_runtest_logreport(report=report)


def _be_worker(session: pytest.Session, connection: Connection, number: int) -> t.NoReturn:
    """Run what one is given, until there is no more."""
    code = 1
    try:
        _move_apart(session, number)
        while places := _next(connection):
            _run(session, places)
        connection.send(("end", _torn_down(session)))
        code = 0
    except (KeyboardInterrupt, ConnectionError, EOFError):
        pass
    except BaseException:  # noqa: BLE001  # there is nobody to raise it to
        traceback.print_exc()
    finally:
        os._exit(code)


def _run(session: pytest.Session, places: list[int]) -> None:
    for place, following in itertools.zip_longest(places, places[1:]):
        # Nobody knows yet what comes after them: what belongs to the session stays.
        then = session if following is None else session.items[following]
        session.config.hook.pytest_runtest_protocol(item=session.items[place], nextitem=then)
        if session.shouldfail or session.shouldstop:
            return


def _next(connection: Connection) -> list[int]:
    connection.send(("next", None))
    places: list[int] = connection.recv()
    return places


def _torn_down(session: pytest.Session) -> str:
    """End what was made for all tests. Returns what went wrong."""
    try:
        session._setupstate.teardown_exact(None)
    except Exception:  # noqa: BLE001  # whatever a fixture does
        return traceback.format_exc()
    return ""


def _move_apart(session: pytest.Session, number: int) -> None:
    """Nothing that is written down to is shared: standard output, what captures it, and the temporary folder."""
    capture = _plugin(session, "capturemanager")
    capture.stop_global_capturing()
    with Path(os.devnull).open("wb") as nothing:
        os.dup2(nothing.fileno(), 1)
    capture.start_global_capturing()
    capture.suspend_global_capture()
    temporary = _temporary(session)
    temporary._basetemp = temporary.mktemp(f"process-{number}", numbered=False)


def _plugin(session: pytest.Session, name: str) -> t.Any:
    return session.config.pluginmanager.getplugin(name)


def _temporary(session: pytest.Session) -> t.Any:
    config: t.Any = session.config
    return config._tmp_path_factory


def _warning(text: str, category: str, place: tuple[str, int], rest: dict[str, t.Any]) -> dict[str, t.Any]:
    """The arguments of ``pytest_warning_recorded``. The class of a warning may be one that cannot be sent."""
    message = warnings.WarningMessage(text, type(category, (Warning,), {}), *place)
    return {"warning_message": message, **rest}
