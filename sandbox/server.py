# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The HTTP server of the local AWS, and the process it runs in."""

from __future__ import annotations

import io
import json
import os
import secrets
import signal
import socket
import sys
import threading
import traceback
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from multiprocessing.connection import wait
from pathlib import Path
from typing import TYPE_CHECKING, Any

from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler
from werkzeug.test import run_wsgi_app

from sandbox.commands import Commands
from sandbox.control import Control
from sandbox.faults import Faults, Rule
from sandbox.framing import FramingError, read_body
from sandbox.gateway import AFTER_KEY, ConnectionCut
from sandbox.guard import refusal
from sandbox.local_aws import LocalAws
from sandbox.process import Options
from sandbox.timings import PROFILES

if TYPE_CHECKING:
    from sandbox.plane.addresses import Addresses

CONTROL_PREFIX = "/_sandbox/"
_POLL_SECONDS = 0.05
_JSON = [("Content-Type", "application/json")]


class Server(ThreadedWSGIServer):
    """Answers AWS requests and the control API on a loopback port."""

    def __init__(self, port: int, aws: LocalAws, instance: str = "", token: str = "") -> None:
        super().__init__("127.0.0.1", port, aws.application, Handler)
        self.aws = aws
        self.control = Control(aws, instance=instance, token=token)


class Handler(WSGIRequestHandler):
    """HTTP/1.1 in front of moto's WSGI application. Unlike werkzeug's own, it keeps connections open, as AWS does."""

    protocol_version = "HTTP/1.1"
    # Small replies go out at once, and in one piece. A client on the same machine may see the beginning of an answer
    # before its own write has returned, and give the connection up: Go's does, once in hundreds of Terraform's calls,
    # and its SDK repeats the call. With the whole answer in hand by then it does not.
    disable_nagle_algorithm = True
    wbufsize = 64 * 1024
    server: Server

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Do not log: the request log has more."""

    def handle_expect_100(self) -> bool:
        """Tell a client to send the body (Expect: 100-continue)."""
        proceed = super().handle_expect_100()
        self.wfile.flush()
        return proceed

    def run_wsgi(self) -> None:
        """Answer a request, or say why not."""
        try:
            body = read_body(self.headers, self.request_version, self.rfile)
        except FramingError as error:
            # The start of the next request is not known.
            self.close_connection = True
            self._send_text("400 Bad Request", str(error))
            return
        environ = self.make_environ()
        refused = refusal(self.headers, self.path, environ["PATH_INFO"])
        if refused:
            self._send_text("403 Forbidden", refused)
        elif self.path.startswith(CONTROL_PREFIX):
            self._control(body)
        else:
            self._call(environ, body)

    def _control(self, body: bytes) -> None:
        """Answer a control request."""
        # A link in a message of SNS has its own token.
        linked = self.command == "GET" and self.path.startswith(f"{CONTROL_PREFIX}subscription?")
        if not linked and not self.server.control.admits(self.headers.get("Authorization") or ""):
            self._send_text("403 Forbidden", "the token of the sandbox's state.json is needed")
            return
        status, content = self.server.control.answer(self.command, self.path, body)
        self._send(f"{status} Control", _JSON, [content])

    def _call(self, environ: dict[str, Any], body: bytes) -> None:
        """Answer an API call."""
        rules: list[Rule] = []
        # The body is whole, however it came.
        environ.pop("HTTP_TRANSFER_ENCODING", None)
        whole = {"wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body)), AFTER_KEY: rules}
        try:
            contents, status_line, headers = run_wsgi_app(self.server.app, environ | whole, buffered=True)
        except ConnectionCut:
            self.close_connection = True
            return
        except Exception as error:  # noqa: BLE001  # as AWS: an answer, whatever broke
            traceback.print_exception(error)
            self._send_text("500 Internal Server Error", f"in the sandbox: {error!r}")
            return
        if all(self._may_answer(rule) for rule in rules):
            self._send(status_line, headers, contents)

    def _may_answer(self, rule: Rule) -> bool:
        """Apply a rule for the time after the call took effect."""
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

    def _send_text(self, status_line: str, message: str) -> None:
        """Answer with an error as text."""
        self._send(status_line, _JSON, [json.dumps({"error": message}).encode()])

    def _send(self, status_line: str, headers: Iterable[tuple[str, str]], contents: Iterable[bytes]) -> None:
        content = b"".join(contents)
        code, _, reason = status_line.partition(" ")
        self.send_response(int(code), reason)
        for name, value in headers:
            if name.lower() not in ("content-length", "connection", "date", "server"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)


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
def _plane(aws: LocalAws, options: Options) -> Iterator[None]:
    """The data plane, which ends with the block, and with SIGTERM before the process."""
    from sandbox.plane import Plane  # noqa: PLC0415  # as above

    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(0))
    plane = Plane(aws, options.checkers_per_region)
    plane.start()
    try:
        yield
    finally:
        plane.stop()


def main(instance: str, ready_fd: int, options: Options, aws: LocalAws | None = None) -> None:
    """Serve until stopped. Writes `<port> <token>\\n` to the ready descriptor once it answers.

    `aws` is the one of this process, if there is one already.
    """
    timings = replace(PROFILES[options.timings], speed=options.speed)
    token = secrets.token_urlsafe()
    aws = aws or LocalAws()
    aws.begin(
        timings,
        log=Path(options.log) if options.log else None,
        addresses=_addresses() if options.plane else None,
        commands=Commands(options.allow_commands),
    )
    with Server(options.port, aws, instance, token) as server, _plane(aws, options) if options.plane else nullcontext():
        _watch_ttl(server, options.ttl)
        if options.owner_fd is not None:
            _watch_parent(server, options.owner_fd)
        os.write(ready_fd, f"{server.port} {token}\n".encode())
        os.close(ready_fd)
        server.serve_forever(poll_interval=0.1)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), Options(**json.loads(sys.argv[3])))
