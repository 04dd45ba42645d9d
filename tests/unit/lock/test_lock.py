# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import dataclasses
import fcntl
import json
import os
import stat
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


def test_a_lock_keeps_others_out_while_its_holder_lives(path: Path, other: subprocess.Popen[bytes]) -> None:
    theirs = lock.this_process(other.pid, "destroy.yml")
    assert lock.acquire(path, theirs) is None
    assert lock.acquire(path, me()) == theirs
    assert lock.holder_of(path) == theirs


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


def forged(**changed: t.Any) -> str:
    return json.dumps({**dataclasses.asdict(me()), "host": "elsewhere", **changed})


@pytest.mark.parametrize(
    "content",
    [
        *("", "{", "[]", "{}", '{"pid": 1}', "\x00\x00"),
        # What no run writes: text that a terminal obeys, a command for a pid, times that are none
        *(forged(user="\x1b[2J"), forged(playbook="a\nb"), forged(host="\u202eb"), forged(host="b" * 1000)),
        *(forged(pid="1; reboot"), forged(pid=True), forged(pid=-1), forged(since="now"), forged(started=1)),
        *(forged(since=float("nan")), forged(since=1e300)),
    ],
)
def test_a_file_that_says_nothing_is_a_free_lock(path: Path, content: str) -> None:
    path.parent.mkdir(mode=0o700)
    path.write_text(content)
    assert lock.acquire(path, me()) is None
    assert lock.holder_of(path) == lock.holder_of(path)
    assert lock.holder_of(path) is not None


def test_of_many_at_once_one_gets_it(path: Path) -> None:
    barrier = threading.Barrier(8)
    refused: list[Holder | None] = []

    def take(number: int) -> None:
        mine = dataclasses.replace(me(), host="elsewhere", pid=number + 1)
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
    path.parent.mkdir(mode=0o700)
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


def test_a_name_that_a_terminal_would_obey_still_holds(path: Path) -> None:
    mine = dataclasses.replace(lock.this_process(os.getpid(), "a\x1b[2J\n.yml"), host="elsewhere")
    assert lock.acquire(path, mine) is None
    assert lock.holder_of(path) == mine
    assert str(mine).startswith(r"a\x1b[2J .yml, process ")


def test_each_user_has_a_folder_that_nobody_else_can_enter(tmp_path: Path) -> None:
    path = lock.lock_path(lock.folder(tmp_path), "hello", "dev")
    assert lock.acquire(path, me()) is None
    assert path.parent.name == f"everlook-failover-{os.getuid()}"
    assert [stat.S_IMODE(place.stat().st_mode) for place in (path.parent, path)] == [0o700, 0o600]


def test_a_folder_that_others_could_enter_is_closed(path: Path) -> None:
    path.parent.mkdir()
    path.parent.chmod(0o777)
    assert lock.acquire(path, me()) is None
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_folder_of_another_user_is_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path.parent.mkdir(mode=0o700)
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    with pytest.raises(OSError, match="belongs to another user"):
        lock.acquire(path, me())
    with pytest.raises(OSError, match="belongs to another user"):
        lock.holder_of(path)


def test_a_folder_that_is_a_link_is_refused(path: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    path.parent.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="is not a folder"):
        lock.acquire(path, me())
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_who_waits_for_the_file_says_so_and_gives_up(path: Path) -> None:
    said: list[str] = []
    assert lock.acquire(path, me()) is None
    with path.open() as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with pytest.raises(TimeoutError, match="has been reading or writing it for 0 s"):
            lock.acquire(path, me(), say=said.append, patience=0)
    assert len(said) == 1
    assert str(path) in said[0]


def test_who_waits_for_the_file_gets_it(path: Path) -> None:
    assert lock.acquire(path, me()) is None
    with path.open() as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        # The other one is through when this one has said that it waits.
        assert lock.acquire(path, me(), say=lambda _text: fcntl.flock(file, fcntl.LOCK_UN)) is None


def test_nobody_waits_without_need(path: Path) -> None:
    said: list[str] = []
    assert lock.acquire(path, me(), say=said.append) is None
    assert said == []
