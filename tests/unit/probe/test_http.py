# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests to one address, against a server on loopback."""

from __future__ import annotations

import contextlib
import http.server
import itertools
import socket
import threading
import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._probe.http import Site
from ansible_collections.everlook.failover.plugins.module_utils._probe.network import Network

HOME = "127.0.0.1"


class _Handler(http.server.BaseHTTPRequestHandler):
    asked: t.ClassVar[list[tuple[str, str | None]]] = []

    def do_GET(self) -> None:
        self.asked.append((self.path, self.headers["Host"]))
        self.send_response(int(self.path.rpartition("/")[2] or 200))
        self.end_headers()

    def log_message(self, *_arguments: object) -> None: ...


@pytest.fixture
def server() -> t.Iterator[int]:
    """Answers /<status> with that status. Its port."""
    _Handler.asked.clear()
    with http.server.ThreadingHTTPServer((HOME, 0), _Handler) as running:
        threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield running.server_address[1]
        running.shutdown()


@pytest.mark.parametrize(("status", "ok"), [(200, True), (204, True), (302, True), (404, False), (503, False)])
def test_a_status_is_well_or_not(server: int, status: int, ok: bool) -> None:
    reply = Site(Network(), f"http://dev.example.com:{server}/{status}").get(HOME)
    assert (reply.ok, reply.status, reply.error) == (ok, status, "" if ok else f"HTTP {status}")
    assert reply.ms >= 0


def test_the_host_is_the_name_and_not_the_address(server: int) -> None:
    Site(Network(), f"http://dev.example.com:{server}/a/200?b=c/200").get(HOME)
    assert _Handler.asked == [("/a/200?b=c/200", f"dev.example.com:{server}")]


def test_a_low_port_may_be_forwarded(server: int) -> None:
    reply = Site(Network(port_shift=server - 80), "http://dev.example.com").get(HOME)
    assert (reply.ok, _Handler.asked) == (True, [("/", "dev.example.com")])


def test_nobody_listens() -> None:
    with socket.socket() as unused:
        unused.bind((HOME, 0))
        reply = Site(Network(), f"http://dev.example.com:{unused.getsockname()[1]}/").get(HOME)
    assert (reply.ok, reply.status, reply.error) == (False, None, "connection refused")


@pytest.mark.parametrize(("closes", "error"), [(False, "timed out"), (True, "connection closed")])
def test_somebody_listens_and_says_nothing(closes: bool, error: str) -> None:
    with socket.create_server((HOME, 0)) as mute:
        if closes:
            threading.Thread(target=_hang_up, args=(mute,), daemon=True).start()
        reply = Site(Network(), f"http://dev.example.com:{mute.getsockname()[1]}/", seconds=0.2).get(HOME)
    assert (reply.ok, reply.status, reply.error) == (False, None, error)


def _hang_up(server: socket.socket) -> None:
    server.accept()[0].close()


def test_https_wants_to_be_spoken_to_in_tls(server: int) -> None:
    reply = Site(Network(), f"https://dev.example.com:{server}/200").get(HOME)
    assert (reply.ok, reply.status) == (False, None)
    assert "SSL" in reply.error
    assert _Handler.asked == []


@pytest.fixture
def speaker() -> t.Iterator[t.Callable[[t.Iterator[bytes]], int]]:
    """Starts a server that says what the iterator gives, until its client has gone. Its port."""
    servers: list[socket.socket] = []

    def start(pieces: t.Iterator[bytes]) -> int:
        server = socket.create_server((HOME, 0))
        servers.append(server)
        threading.Thread(target=_say, args=(server, pieces), daemon=True).start()
        port: int = server.getsockname()[1]
        return port

    yield start
    for server in servers:
        server.close()


def _say(server: socket.socket, pieces: t.Iterator[bytes]) -> None:
    opened, _peer = server.accept()
    with opened, contextlib.suppress(OSError):
        opened.recv(65536)
        for piece in pieces:
            opened.sendall(piece)


def _trickle(start: bytes, piece: bytes) -> t.Iterator[bytes]:
    """A piece every now and then, each sooner than a read of the client times out."""
    yield start
    pause = threading.Event()
    while not pause.wait(0.02):
        yield piece


@pytest.mark.parametrize(
    ("start", "piece"),
    [
        (b"HTTP/1.1 200 OK\r\n", b"A: b\r\n"),
        (b"HTTP/1.1 200 OK\r\nA: ", b"b"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n", b"."),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\n.\r\n"),
        (b"HTTP/1.1 200 OK\r\n\r\n", b"."),
    ],
    ids=["headers", "a header", "body", "chunks", "until it closes"],
)
def test_the_deadline_holds_however_slowly_an_answer_comes(speaker: t.Any, start: bytes, piece: bytes) -> None:
    port = speaker(_trickle(start, piece))
    reply = Site(Network(), f"http://dev.example.com:{port}/", seconds=0.3).get(HOME)
    assert (reply.ok, reply.error) == (False, "timed out")


@pytest.mark.parametrize(
    "head",
    [b"Content-Length: 1000000000000\r\n\r\n", b"Transfer-Encoding: chunked\r\n\r\nfffffff\r\n", b"\r\n"],
    ids=["length", "chunked", "until it closes"],
)
def test_no_more_is_read_of_a_page_than_is_of_use(speaker: t.Any, head: bytes) -> None:
    said: list[int] = []

    def pieces() -> t.Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\n" + head
        while True:
            said.append(10_000)
            yield bytes(10_000)

    reply = Site(Network(), f"http://dev.example.com:{speaker(pieces())}/").get(HOME)
    assert (reply.ok, reply.status, reply.error) == (True, 200, "")
    # And what buffers on loopback hold
    assert sum(said) < 50_000_000


def test_headers_without_end_are_not_read_either(speaker: t.Any) -> None:
    pieces = itertools.chain([b"HTTP/1.1 200 OK\r\n"], itertools.repeat(b"A: " + b"b" * 10_000 + b"\r\n"))
    reply = Site(Network(), f"http://dev.example.com:{speaker(pieces)}/").get(HOME)
    assert (reply.ok, reply.status) == (False, None)
    assert "TooLong" in reply.error


def test_an_answer_that_breaks_off_is_none(speaker: t.Any) -> None:
    pieces = iter([b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"])
    reply = Site(Network(), f"http://dev.example.com:{speaker(pieces)}/").get(HOME)
    assert not reply.ok
    assert "IncompleteRead" in reply.error


_WHOLE = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def _answers(server: socket.socket, answers: list[list[bytes]]) -> None:
    """Each connection in turn gets its answers, one per request, and is closed after them."""
    for connection in answers:
        opened, _peer = server.accept()
        with opened:
            for answer in connection:
                opened.recv(65536)
                opened.sendall(answer)


def test_a_kept_connection_is_used_until_the_server_ends_it() -> None:
    last = _WHOLE.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    unwell = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"
    with socket.create_server((HOME, 0)) as server:
        plays = [[_WHOLE, unwell, last], [_WHOLE]]
        threading.Thread(target=_answers, args=(server, plays), daemon=True).start()
        connection = Site(Network(), f"http://dev.example.com:{server.getsockname()[1]}/").keep(HOME)
        seen = []
        for _request in range(5):
            reply = connection.get()
            seen.append((reply.status, reply.error, connection.is_open))
        connection.close()
    assert seen[:4] == [(200, "", True), (503, "HTTP 503", True), (200, "", False), (200, "", True)]
    assert seen[4][0] is None
    assert seen[4][2] is False
