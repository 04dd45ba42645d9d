# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An endpoint for health checks, on a loopback address of the test's own: it does what it is told."""

from __future__ import annotations

import socket
import ssl
import threading
from pathlib import Path
from typing import Any


class Endpoint:
    """A server for raw answers. Without an answer it accepts and stays silent.

    `answer` may be changed at any time; `requests` has what was asked.
    """

    def __init__(self, answer: bytes | None, address: str = "127.0.0.1", port: int = 0) -> None:
        self.answer = answer
        self.requests: list[bytes] = []
        self._context: ssl.SSLContext | None = None
        self._socket = socket.create_server((address, port), backlog=128)
        self.port = int(self._socket.getsockname()[1])
        self._open: list[socket.socket] = []
        self._thread = threading.Thread(target=self._serve, daemon=True)

    @classmethod
    def with_status(cls, status: int, body: str = "", **more: Any) -> Endpoint:
        """One that answers with a status."""
        return cls(answer_with(status, body), **more)

    def secured_by(self, certificate: Path) -> Endpoint:
        """Speak TLS with this certificate and key."""
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(certificate)
        return self

    def set(self, status: int, body: str = "") -> None:
        """Answer with another status from now on."""
        self.answer = answer_with(status, body)

    def __enter__(self) -> Endpoint:
        self._thread.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        # Wakes the accept() that a close() alone would leave waiting.
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join()
        for connection in self._open:
            connection.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _peer = self._socket.accept()
            except OSError:
                return
            try:
                self._respond(connection)
            except OSError:
                connection.close()

    def _respond(self, connection: socket.socket) -> None:
        connection.settimeout(5)
        if self._context:
            connection = self._context.wrap_socket(connection, server_side=True)
        if self.answer is None:
            self._open.append(connection)
            return
        self.requests.append(connection.recv(65536))
        connection.sendall(self.answer)
        connection.close()


def answer_with(status: int, body: str = "") -> bytes:
    """An HTTP answer."""
    content = body.encode()
    head = f"HTTP/1.1 {status} Whatever\r\nContent-Length: {len(content)}\r\nConnection: close\r\n\r\n"
    return head.encode() + content
