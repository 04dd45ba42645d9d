# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Progress of a module in a process of its own: Ansible shows nothing of it before its end, so it goes another way."""

from __future__ import annotations

import contextlib
import os
import typing as t

# In the environment of a module: the path of a named pipe whose lines somebody shows.
VARIABLE: t.Final = "EVERLOOK_FAILOVER_PROGRESS"
# Written as a whole, and so never mixed with another line: the least PIPE_BUF of POSIX.
_MOST_BYTES: t.Final = 512


def teller(path: str | None) -> t.Callable[[str], None]:
    """Writes a message into the pipe, as a line. What nobody reads is lost, and nobody is waited for.

    :param path: None for nowhere.
    """

    def tell(message: str) -> None:
        if path is None:
            return
        with contextlib.suppress(OSError):
            pipe = os.open(path, os.O_WRONLY | os.O_NONBLOCK)
            try:
                os.write(pipe, message.encode()[: _MOST_BYTES - 1] + b"\n")
            finally:
                os.close(pipe)

    return tell
