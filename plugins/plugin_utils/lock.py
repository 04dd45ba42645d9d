# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One run at a time of an environment on one machine: a lock file that a death of its holder opens."""

from __future__ import annotations

import contextlib
import dataclasses
import fcntl
import getpass
import hashlib
import json
import os
import pathlib
import socket
import subprocess
import time
import typing as t


@dataclasses.dataclass(frozen=True, kw_only=True)
class Holder:
    """Who holds a lock.

    :param pid: the process whose life the lock lasts.
    :param started: its start time as the system counts it, which tells it from a later process with the same pid.
    :param since: when the lock was taken, in seconds since 1970, UTC.
    """

    host: str
    pid: int
    started: str
    user: str
    playbook: str
    since: float

    def is_alive(self) -> bool:
        """False once the process has ended. Another machine's processes cannot be seen and count as alive."""
        return self.host != socket.gethostname() or start_time(self.pid) == self.started

    def same_process(self, other: Holder) -> bool:
        """True if both are the same process."""
        return (self.host, self.pid, self.started) == (other.host, other.pid, other.started)

    def __str__(self) -> str:
        at = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(self.since))
        return f"{self.playbook}, process {self.pid} of {self.user} on {self.host}, since {at}"


def this_process(pid: int, playbook: str) -> Holder:
    """The holder for the process ``pid`` of this machine and user."""
    return Holder(
        host=socket.gethostname(),
        pid=pid,
        started=start_time(pid) or "",
        user=_user(),
        playbook=playbook,
        since=time.time(),
    )


def start_time(pid: int) -> str | None:
    """When the process started, in the system's own terms; None if there is none, or only its remains."""
    stat = pathlib.Path("/proc") / str(pid) / "stat"
    if not stat.parent.parent.joinpath("self").exists():
        return _start_time_without_proc(pid)
    try:
        # proc(5): the name in brackets may hold anything, the state follows it, the start time is field 22.
        fields = stat.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in ("Z", "X") else fields[19]


def _start_time_without_proc(pid: int) -> str | None:
    answer = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return answer.stdout.strip() or None


def lock_path(directory: pathlib.Path, *what: str) -> pathlib.Path:
    """The lock file for what these words name together. The first two are readable in the file's name."""
    digest = hashlib.sha256("\n".join(what).encode()).hexdigest()[:12]
    return directory / f"{'-'.join(what[:2])}-{digest}.lock"


def acquire(path: pathlib.Path, me: Holder) -> Holder | None:
    """Take the lock; None if it is ours now, otherwise the living holder. Raises OSError.

    A file without content is a free lock. It is never removed, so nobody can hold the lock of a removed file.
    """
    _make_directory(path.parent)
    with _opened(path) as descriptor:
        holder = _read(descriptor)
        if holder is not None and not holder.same_process(me) and holder.is_alive():
            return holder
        _write(descriptor, json.dumps(dataclasses.asdict(me)))
    return None


def release(path: pathlib.Path, me: Holder) -> bool:
    """Give the lock back. False if it was not ours to give. Raises OSError."""
    if not path.exists():
        return False
    with _opened(path) as descriptor:
        holder = _read(descriptor)
        if holder is None or not holder.same_process(me):
            return False
        _write(descriptor, "")
    return True


def holder_of(path: pathlib.Path) -> Holder | None:
    """The living holder, without touching the lock."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        holder = _read(descriptor)
    finally:
        os.close(descriptor)
    return holder if holder is not None and holder.is_alive() else None


def _make_directory(directory: pathlib.Path) -> None:
    """Like the directory for temporary files: everyone may make a file, only its owner may remove it."""
    if not directory.exists():
        directory.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(PermissionError):
            directory.chmod(0o1777)


@contextlib.contextmanager
def _opened(path: pathlib.Path) -> t.Iterator[int]:
    """The file, for this process alone while it reads and writes."""
    flags = os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        # Without O_CREAT first: Linux refuses it on another user's file in such a directory (fs.protected_regular).
        descriptor = os.open(path, flags)
    except FileNotFoundError:
        descriptor = os.open(path, flags | os.O_CREAT, 0o666)
        with contextlib.suppress(PermissionError):
            os.fchmod(descriptor, 0o666)  # other users take over when this one is gone
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield descriptor
    finally:
        os.close(descriptor)


def _read(descriptor: int) -> Holder | None:
    """What the file says; None if it is empty or not a lock."""
    try:
        return Holder(**json.loads(os.pread(descriptor, 65536, 0)))
    except (ValueError, TypeError):
        return None


def _write(descriptor: int, content: str) -> None:
    # Cut off first: a process that is killed in between leaves a free lock behind, not half a one.
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, content.encode(), 0)


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container with a user id that has no name
        return str(os.getuid())
