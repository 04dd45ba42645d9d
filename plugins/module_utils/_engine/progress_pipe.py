# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Progress of a module's process, through a named pipe: Ansible shows no output before the process ends."""

from __future__ import annotations

import contextlib
import os
import typing as t

# In a module's environment: the path of the named pipe.
VARIABLE: t.Final = "EVERLOOK_FAILOVER_PROGRESS"
# POSIX's minimum PIPE_BUF: writes of at most this size are atomic.
_MOST_BYTES: t.Final = 512


def progress_writer(path: str | None) -> t.Callable[[str], None]:
    """A function that writes a message to the pipe, as a line. Without a reader the message is dropped.

    :param path: None to drop all messages.
    """

    def write(message: str) -> None:
        if path is None:
            return
        with contextlib.suppress(OSError):
            pipe = os.open(path, os.O_WRONLY | os.O_NONBLOCK)
            try:
                os.write(pipe, message.encode()[: _MOST_BYTES - 1] + b"\n")
            finally:
                os.close(pipe)

    return write
