# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests to one address, against a server on loopback."""

from __future__ import annotations

import http.server
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
        threading.Thread(target=running.serve_forever, daemon=True).start()
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
