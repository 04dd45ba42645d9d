# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lock files: one run of a user on one machine at a time. A lock whose holder has died is free."""

from __future__ import annotations

import contextlib
import dataclasses
import errno
import fcntl
import getpass
import hashlib
import json
import operator
import os
import pathlib
import socket
import stat
import subprocess
import tempfile
import time
import typing as t

from ..module_utils._engine.printable import one_line

# Reading and writing the file takes no time: a process that has it open longer was stopped.
_PATIENCE: t.Final = 10.0
# Other tasks of the same run have it for a moment, which is not worth a message.
_QUIET: t.Final = 1.0
_PAUSE: t.Final = 0.005
# A domain name has at most 253 characters (RFC 1035), names of users and files 255.
_LONGEST: t.Final = 255


@dataclasses.dataclass(frozen=True, kw_only=True)
class Holder:
    """The process that holds a lock.

    :param started: its start time as the system counts it, which tells it from a later process with the same pid.
    :param since: when it took the lock, in seconds since 1970, UTC.
    """

    host: str
    pid: int
    started: str
    user: str
    playbook: str
    since: float

    def __post_init__(self) -> None:
        """Raises ValueError or TypeError for what no run writes: the file may hold anything."""
        for text in (self.host, self.started, self.user, self.playbook):
            if one_line(text) != text or len(text) > _LONGEST:
                raise ValueError("no name")
        if self.pid is True or operator.index(self.pid) <= 0:
            raise ValueError("no process")
        try:
            time.gmtime(self.since)
        except (OverflowError, OSError) as error:
            raise ValueError("no time") from error

    def is_alive(self) -> bool:
        """Whether the process runs. Processes of other machines cannot be seen and count as alive."""
        return self.host != socket.gethostname() or start_time(self.pid) == self.started

    def same_process(self, other: Holder) -> bool:
        """Whether both are the same process."""
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
        playbook=one_line(playbook)[:_LONGEST],
        since=time.time(),
    )


def start_time(pid: int) -> str | None:
    """When the process started, in the system's own units; None if it does not exist or is a zombie."""
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


def folder(directory: pathlib.Path | None = None) -> pathlib.Path:
    """The folder of the user's locks, by default below the one for temporary files."""
    return (directory or pathlib.Path(tempfile.gettempdir())) / f"everlook-failover-{os.getuid()}"


def lock_path(directory: pathlib.Path, *what: str) -> pathlib.Path:
    """The lock file for these words together. The file's name starts with the first two."""
    digest = hashlib.sha256("\n".join(what).encode()).hexdigest()[:12]
    return directory / f"{'-'.join(what[:2])}-{digest}.lock"


def acquire(
    path: pathlib.Path, me: Holder, *, say: t.Callable[[str], object] = str, patience: float = _PATIENCE
) -> Holder | None:
    """Take the lock. Returns the living holder if another process has it. Raises OSError.

    An empty file is a free lock. The file is never removed, so no process can hold the lock of a removed file.

    :param say: shows the user that another process is reading or writing the file.
    :param patience: seconds to wait for that process.
    """
    _make_directory(path.parent)
    with _opened(path, os.O_RDWR | os.O_CREAT) as descriptor:
        _wait(descriptor, path, say, patience)
        holder = _read(descriptor)
        if holder is not None and not holder.same_process(me) and holder.is_alive():
            return holder
        _write(descriptor, json.dumps(dataclasses.asdict(me)))
    return None


def holder_of(path: pathlib.Path) -> Holder | None:
    """The living holder, without touching the lock. Raises OSError."""
    try:
        _check(path.parent)
        with _opened(path, os.O_RDONLY) as descriptor:
            holder = _read(descriptor)
    except FileNotFoundError:
        return None
    return holder if holder is not None and holder.is_alive() else None


def _make_directory(directory: pathlib.Path) -> None:
    """Make the user's folder. Raises OSError if it is another user's, who could then decide who may run."""
    with contextlib.suppress(FileExistsError):
        directory.mkdir(mode=0o700, parents=True)
    if _check(directory) & 0o077:
        directory.chmod(0o700)


def _check(directory: pathlib.Path) -> int:
    """The folder's permissions. Raises OSError if it is not the user's own."""
    found = directory.lstat()
    if not stat.S_ISDIR(found.st_mode):
        raise NotADirectoryError(errno.ENOTDIR, f"{directory} is not a folder")
    if found.st_uid != os.geteuid():
        raise PermissionError(errno.EPERM, f"{directory} belongs to another user")
    return stat.S_IMODE(found.st_mode)


@contextlib.contextmanager
def _opened(path: pathlib.Path, flags: int) -> t.Iterator[int]:
    descriptor = os.open(path, flags | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _wait(descriptor: int, path: pathlib.Path, say: t.Callable[[str], object], patience: float) -> None:
    """Wait until no other process reads or writes the file. Raises TimeoutError."""
    begin = time.monotonic()
    said = False
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if not said and time.monotonic() - begin >= min(_QUIET, patience):
                said = True
                say(f"waiting up to {patience:.0f} s for another process that reads or writes {path}")
            elif said and time.monotonic() - begin >= patience:
                text = f"another process has been reading or writing it for {patience:.0f} s"
                raise TimeoutError(errno.ETIMEDOUT, text) from error
            else:
                time.sleep(_PAUSE)
        else:
            return


def _read(descriptor: int) -> Holder | None:
    """The holder in the file; None if it is empty or not a lock."""
    try:
        return Holder(**json.loads(os.pread(descriptor, 65536, 0)))
    except (ValueError, TypeError):
        return None


def _write(descriptor: int, content: str) -> None:
    # Truncated first: a process killed in between leaves a free lock behind, not half of one.
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, content.encode(), 0)


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container with a user ID that has no name
        return str(os.getuid())
