# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
import threading
import typing as t
from pathlib import Path

import pytest

from ansible_collections.everlook.failover.plugins.plugin_utils import lock
from ansible_collections.everlook.failover.plugins.plugin_utils.lock import Holder


@pytest.fixture
def other() -> t.Iterator[subprocess.Popen[bytes]]:
    """A living process that does nothing."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        yield process
        process.kill()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return lock.lock_path(tmp_path / "locks", "hello", "dev", "111111111111")


def me() -> Holder:
    return lock.this_process(os.getpid(), "site.yml")


def test_a_lock_keeps_others_out_until_it_is_released(path: Path, other: subprocess.Popen[bytes]) -> None:
    theirs = lock.this_process(other.pid, "destroy.yml")
    assert lock.acquire(path, theirs) is None
    assert lock.acquire(path, me()) == theirs
    assert lock.holder_of(path) == theirs
    assert lock.release(path, theirs)
    assert lock.acquire(path, me()) is None
    assert lock.acquire(path, theirs) == lock.holder_of(path)


def test_the_same_process_may_take_it_again(path: Path) -> None:
    assert lock.acquire(path, me()) is None
    assert lock.acquire(path, me()) is None


def test_a_stale_lock_is_taken_over(path: Path, other: subprocess.Popen[bytes]) -> None:
    assert lock.acquire(path, lock.this_process(other.pid, "destroy.yml")) is None
    other.kill()
    other.wait()
    assert lock.holder_of(path) is None
    assert lock.acquire(path, me()) is None


def test_what_a_parent_has_not_collected_yet_is_dead(path: Path, other: subprocess.Popen[bytes]) -> None:
    assert lock.acquire(path, lock.this_process(other.pid, "destroy.yml")) is None
    other.kill()
    os.waitid(os.P_PID, other.pid, os.WEXITED | os.WNOWAIT)
    assert lock.acquire(path, me()) is None


def test_another_process_with_the_same_pid_holds_nothing(path: Path, other: subprocess.Popen[bytes]) -> None:
    earlier = dataclasses.replace(lock.this_process(other.pid, "site.yml"), started="1")
    assert lock.acquire(path, earlier) is None
    assert lock.acquire(path, me()) is None


def test_another_machines_holder_counts_as_alive(path: Path) -> None:
    far = dataclasses.replace(me(), host="elsewhere", pid=1)
    assert lock.acquire(path, far) is None
    assert lock.acquire(path, me()) == far


def test_nobody_else_can_release(path: Path, other: subprocess.Popen[bytes]) -> None:
    theirs = lock.this_process(other.pid, "site.yml")
    assert not lock.release(path, me())
    assert lock.acquire(path, theirs) is None
    assert not lock.release(path, me())
    assert lock.holder_of(path) == theirs


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"pid": 1}', "\x00\x00"])
def test_a_file_that_says_nothing_is_a_free_lock(path: Path, content: str) -> None:
    path.parent.mkdir()
    path.write_text(content)
    assert lock.acquire(path, me()) is None
    assert lock.holder_of(path) == lock.holder_of(path)
    assert lock.holder_of(path) is not None


def test_of_many_at_once_one_gets_it(path: Path) -> None:
    barrier = threading.Barrier(8)
    refused: list[Holder | None] = []

    def take(number: int) -> None:
        mine = dataclasses.replace(me(), host="elsewhere", pid=number)
        barrier.wait()
        refused.append(lock.acquire(path, mine))

    threads = [threading.Thread(target=take, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert refused.count(None) == 1
    assert len(refused) == 8


def test_a_link_is_not_followed(path: Path, tmp_path: Path) -> None:
    target = tmp_path / "precious"
    target.write_text("content")
    path.parent.mkdir()
    path.symlink_to(target)
    with pytest.raises(OSError, match="symbolic links"):
        lock.acquire(path, me())
    assert target.read_text() == "content"


def test_every_environment_has_a_lock_of_its_own(tmp_path: Path) -> None:
    words = [("hello", "dev", "1"), ("hello", "dev", "2"), ("hello", "prod", "1"), ("hello-dev", "", "1")]
    assert len({lock.lock_path(tmp_path, *some) for some in words}) == len(words)


def test_a_refusal_can_say_who(other: subprocess.Popen[bytes]) -> None:
    text = str(dataclasses.replace(lock.this_process(other.pid, "site.yml"), user="alice", since=0))
    assert text.startswith(f"site.yml, process {other.pid} of alice on ")
    assert text.endswith("since 1970-01-01 00:00:00 UTC")
