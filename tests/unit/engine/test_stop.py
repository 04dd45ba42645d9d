# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A job that nobody waits for any more starts no further write."""

from __future__ import annotations

import concurrent.futures
import os
import tempfile

from ansible_collections.everlook.failover.plugins.module_utils._engine.module_host import _has_no_reader
from ansible_collections.everlook.failover.plugins.module_utils._engine.stop import Stop


def test_it_is_set_by_whoever_sets_it() -> None:
    stop = Stop(lambda: False)
    assert not stop.is_set()
    stop.set()
    assert stop.is_set()


def test_it_sets_itself_once_nobody_waits_and_stays_so() -> None:
    answers = iter([False, True, False])
    stop = Stop(lambda: next(answers))
    assert [stop.is_set() for _ in range(3)] == [False, True, True]
    assert stop.wait(0)


def test_a_pipe_without_a_reader_is_noticed() -> None:
    reader, writer = os.pipe()
    with os.fdopen(writer, "w") as output:
        gone = _has_no_reader(output)
        assert not gone()
        os.close(reader)
        assert gone()


def test_many_threads_look_at_once() -> None:
    reader, writer = os.pipe()
    with os.fdopen(writer, "w") as output, concurrent.futures.ThreadPoolExecutor(16) as pool:
        gone = _has_no_reader(output)
        looks = [pool.submit(lambda: [gone() for _ in range(2000)]) for _ in range(16)]
        assert not any(any(look.result()) for look in looks)
    os.close(reader)


def test_a_file_has_no_reader_to_lose() -> None:
    with tempfile.TemporaryFile("w") as output:
        assert not _has_no_reader(output)()
    assert not _has_no_reader(None)()
