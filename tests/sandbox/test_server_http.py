# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the server makes of HTTP: how answers go out, what it takes, and whom it refuses."""

from __future__ import annotations

import socket
from threading import Thread
from types import SimpleNamespace
from typing import Any

from sandbox.server import Handler


class Control:
    """A control API that says the same to everybody."""

    def answer(self, _method: str, _target: str, _body: bytes) -> tuple[int, bytes]:
        """An answer of two kilobytes."""
        return 200, b"x" * 2048


class LocalHandler(Handler):
    """On a socket pair, which knows no TCP."""

    disable_nagle_algorithm = False


def test_an_answer_goes_out_in_one_piece() -> None:
    # Each send is a packet of its own.
    client, served = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    server: Any = SimpleNamespace(control=Control())
    with client, served:
        client.send(b"GET /_sandbox/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        thread = Thread(target=LocalHandler, args=(served, ("127.0.0.1", 1), server))
        thread.start()
        first = client.recv(65536)
        thread.join()
    assert first.startswith(b"HTTP/1.1 200 ")
    assert first.endswith(b"x" * 2048)


def test_a_client_that_asks_first_is_told_to_send_its_body() -> None:
    client, served = socket.socketpair()
    server: Any = SimpleNamespace(control=Control())
    with client, served:
        client.settimeout(30)
        head = b"POST /_sandbox/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        client.sendall(head + b"Content-Length: 2\r\nExpect: 100-continue\r\n\r\n")
        thread = Thread(target=LocalHandler, args=(served, ("127.0.0.1", 1), server))
        thread.start()
        assert client.recv(65536).startswith(b"HTTP/1.1 100 ")
        client.sendall(b"{}")
        assert client.recv(65536).startswith(b"HTTP/1.1 200 ")
        thread.join()
