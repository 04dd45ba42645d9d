# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The HTTP server of the local AWS, and the process it runs in."""

from __future__ import annotations

import argparse
import io
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.connection import wait
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from sandbox.control import Control
from sandbox.faults import Faults, Rule
from sandbox.gateway import AFTER_KEY, ConnectionCut
from sandbox.local_aws import LocalAws
from sandbox.timings import PROFILES

if TYPE_CHECKING:
    from sandbox.plane.addresses import Addresses

CONTROL_PREFIX = "/_sandbox/"
_POLL_SECONDS = 0.05


class Server(ThreadingHTTPServer):
    """Answers AWS requests and the control API on a loopback port."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, aws: LocalAws, instance: str = "") -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.aws = aws
        self.control = Control(aws, stop=self.stop_soon, instance=instance)

    def stop_soon(self) -> None:
        """Stop from within a request."""
        threading.Thread(target=self.shutdown, daemon=True).start()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is no news; anything else goes to the log."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class Handler(BaseHTTPRequestHandler):
    """HTTP/1.1 with connections kept open, in front of moto's WSGI application."""

    protocol_version = "HTTP/1.1"
    server: Server

    def setup(self) -> None:
        """Answer small replies at once."""
        super().setup()
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """The request log says more."""

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = urlsplit(self.path).path
        if path.startswith(CONTROL_PREFIX):
            status, content = self.server.control.answer(self.command, self.path, body)
            self._send(f"{status} Control", [("Content-Type", "application/json")], content)
            return
        environ = self._environ(path, body)
        try:
            status_line, headers, content = _call(self.server.aws.application, environ)
        except ConnectionCut:
            self.close_connection = True
            return
        if self._may_answer(environ.get(AFTER_KEY)):
            self._send(status_line, headers, content)

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do_PATCH = do_OPTIONS = _serve  # noqa: N815

    def _may_answer(self, rule: Rule | None) -> bool:
        """Apply a rule for the time after the call took effect."""
        if rule is None:
            return True
        if rule.kind == "hold" and self._hold(rule, self.server.aws.gateway.faults):
            return True
        self.close_connection = True
        return False

    def _hold(self, rule: Rule, faults: Faults) -> bool:
        """Hold the reply back until it is released (True) or the client is gone (False)."""
        faults.holding(rule, +1)
        try:
            while not faults.wait_released(rule, _POLL_SECONDS):
                if wait([self.connection], 0) and not self.connection.recv(1, socket.MSG_PEEK):
                    return False
            return True
        finally:
            faults.holding(rule, -1)

    def _send(self, status_line: str, headers: Iterable[tuple[str, str]], content: bytes) -> None:
        code, _, reason = status_line.partition(" ")
        self.send_response(int(code), reason)
        for name, value in headers:
            if name.lower() not in ("content-length", "connection", "date", "server"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def _environ(self, path: str, body: bytes) -> dict[str, Any]:
        host, port = self.server.server_address[:2]
        environ: dict[str, Any] = {
            "REQUEST_METHOD": self.command,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote(path, "latin-1"),
            "QUERY_STRING": urlsplit(self.path).query,
            "REQUEST_URI": self.path,
            "RAW_URI": self.path,
            "SERVER_NAME": str(host),
            "SERVER_PORT": str(port),
            "SERVER_PROTOCOL": self.request_version,
            "REMOTE_ADDR": self.client_address[0],
            "CONTENT_LENGTH": str(len(body)),
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }
        for name, value in self.headers.items():
            key = name.upper().replace("-", "_")
            if key not in ("CONTENT_TYPE", "CONTENT_LENGTH"):
                environ[f"HTTP_{key}"] = value
        return environ


def _call(
    application: Callable[..., Iterable[bytes]], environ: Mapping[str, Any]
) -> tuple[str, list[tuple[str, str]], bytes]:
    started: list[tuple[str, list[tuple[str, str]]]] = []

    def start_response(status: str, headers: list[tuple[str, str]], _error: Any = None) -> None:
        started.append((status, headers))

    content = application(environ, start_response)
    try:
        body = b"".join(content)
    finally:
        if hasattr(content, "close"):
            content.close()
    status, headers = started[-1]
    return status, headers, body


def _watch_ttl(server: Server, seconds: float) -> None:
    """Stop the server when its time is up; a forgotten one must not run forever."""
    timer = threading.Timer(seconds, server.shutdown)
    timer.daemon = True
    timer.start()


def _watch_parent(server: Server, descriptor: int) -> None:
    """Stop the server when the other end of a pipe closes: its owner is gone, however it went."""

    def wait() -> None:
        os.read(descriptor, 1)
        server.shutdown()

    threading.Thread(target=wait, daemon=True).start()


def _addresses() -> Addresses:
    from sandbox.plane.addresses import Addresses  # noqa: PLC0415  # with the whole plane, which most tests do without

    return Addresses.take()


@contextmanager
def _plane(aws: LocalAws) -> Iterator[None]:
    """The data plane, which ends with the block, and with SIGTERM before the process."""
    from sandbox.plane import Plane  # noqa: PLC0415  # as above

    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(0))
    plane = Plane(aws)
    plane.start()
    try:
        yield
    finally:
        plane.stop()


def _arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox.server")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--ttl", type=float, required=True)
    parser.add_argument("--instance", default="", help="says which server this is")
    parser.add_argument("--speed", type=float, default=1.0)
    parser.add_argument("--plane", action="store_true", help="with tasks, load balancers, probers and name servers")
    parser.add_argument("--timings", choices=sorted(PROFILES), default="quick")
    parser.add_argument("--log", type=Path)
    parser.add_argument("--ready-fd", type=int, required=True)
    parser.add_argument("--parent-fd", type=int)
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> None:
    """Serve until told to stop. Writes `<port>\\n` to the ready descriptor once it answers."""
    options = _arguments(argv)
    timings = replace(PROFILES[options.timings], speed=options.speed)
    aws = LocalAws(timings, log=options.log, addresses=_addresses() if options.plane else None)
    with Server(options.port, aws, options.instance) as server, _plane(aws) if options.plane else nullcontext():
        _watch_ttl(server, options.ttl)
        if options.parent_fd is not None:
            _watch_parent(server, options.parent_fd)
        os.write(options.ready_fd, f"{server.server_address[1]}\n".encode())
        os.close(options.ready_fd)
        server.serve_forever(poll_interval=0.1)


if __name__ == "__main__":
    main()
