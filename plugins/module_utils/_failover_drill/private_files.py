# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of a drill: only for their owner, synced to disk, and never through a link.

Otherwise anyone who can write to the folder could have the drill read or write any file. Needs only the standard
library.
"""

from __future__ import annotations

import contextlib
import os
import pathlib
import stat
import typing as t

_FOLDER: t.Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_NO_LINK: t.Final = os.O_NOFOLLOW | os.O_CLOEXEC
# Limit for reads. A journal has some kilobytes.
_MOST_BYTES: t.Final = 1024 * 1024


def read(path: pathlib.Path) -> str:
    """Return the file's text. Raises OSError, and ValueError if it is not a regular file or not text."""
    with _folder(path.parent) as folder:
        # Opening a pipe must not block.
        descriptor = os.open(path.name, os.O_RDONLY | os.O_NONBLOCK | _NO_LINK, dir_fd=folder)
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise ValueError("it is not an ordinary file")
        content = file.read(_MOST_BYTES + 1)
    if len(content) > _MOST_BYTES:
        raise ValueError(f"it has more than {_MOST_BYTES} bytes")
    return content.decode("utf-8")


def write(path: pathlib.Path, text: str, *, new: bool = False) -> None:
    """Write a whole file, and create its folder if it is missing. Raises OSError.

    :param new: raise FileExistsError if the path exists.
    """
    draft = f".{path.name}.{os.getpid()}"
    with _folder(path.parent, make=True) as folder:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(draft, dir_fd=folder)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NO_LINK, 0o600, dir_fd=folder)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(descriptor)
            if new:
                # Unlike a rename, a link never replaces what another drill has written.
                os.link(draft, path.name, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
            else:
                os.replace(draft, path.name, src_dir_fd=folder, dst_dir_fd=folder)
        finally:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(draft, dir_fd=folder)
        os.fsync(folder)


def append(path: pathlib.Path, text: str) -> None:
    """Append to a file. Raises OSError, also for a pipe without a reader."""
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NONBLOCK | _NO_LINK
    with _folder(path.parent) as folder:
        descriptor = os.open(path.name, flags, 0o600, dir_fd=folder)
    with os.fdopen(descriptor, "a", encoding="utf-8") as file:
        file.write(text)


def remove(path: pathlib.Path) -> None:
    """Remove a file that may be gone. Raises OSError."""
    with _folder(path.parent) as folder:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path.name, dir_fd=folder)
        os.fsync(folder)


def exists(path: pathlib.Path) -> bool:
    """Whether the path exists, even as a broken link."""
    return os.path.lexists(path)


def open_lock(path: pathlib.Path) -> int:
    """Return the descriptor of a lock file. Raises OSError."""
    with _folder(path.parent, make=True) as folder:
        return os.open(path.name, os.O_RDWR | os.O_CREAT | _NO_LINK, 0o600, dir_fd=folder)


@contextlib.contextmanager
def _folder(path: pathlib.Path, *, make: bool = False) -> t.Iterator[int]:
    """The folder's descriptor."""
    if make:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path, _FOLDER)
    try:
        yield descriptor
    finally:
        os.close(descriptor)
