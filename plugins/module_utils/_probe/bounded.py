# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A socket with a deadline and a maximum number of bytes for an answer.

A socket's own timeout restarts with every byte: a server that sends one per second could hold up a probe indefinitely.
"""

from __future__ import annotations

import http.client
import io
import socket
import time
import typing as t


class TooLong(http.client.HTTPException):
    """An answer has too many bytes."""


class BoundedSocket:
    """One exchange over a socket, for http.client; the socket stays open.

    :param seconds: until the end of the answer.
    :param most: bytes of the answer.
    """

    def __init__(self, opened: socket.socket, seconds: float, most: int) -> None:
        self._socket = opened
        self._deadline = time.monotonic() + seconds
        self._most = most

    def sendall(self, data: bytes) -> None:
        """Send the request. Raises OSError."""
        self._socket.settimeout(self._remaining())
        self._socket.sendall(data)

    def makefile(self, _mode: str) -> io.BufferedReader:
        """The answer."""
        return io.BufferedReader(_Answer(self))

    def close(self) -> None:
        """Do nothing: an answer may still be read, and another exchange may follow."""

    def receive(self, buffer: t.Any) -> int:
        """Read at least one byte; return 0 at the end. Raises TimeoutError, TooLong and OSError."""
        self._socket.settimeout(self._remaining())
        count = self._socket.recv_into(buffer)
        self._most -= count
        if self._most < 0:
            raise TooLong("an answer of more bytes than are read")
        return count

    def _remaining(self) -> float:
        remaining = self._deadline - time.monotonic()
        if remaining <= 0:
            raise TimeoutError("timed out")
        return remaining


class _Answer(io.RawIOBase):
    def __init__(self, source: BoundedSocket) -> None:
        super().__init__()
        self._source = source

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: t.Any, /) -> int:
        return self._source.receive(buffer)
