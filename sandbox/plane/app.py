# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Replaces a container's image: a small HTTP service that returns where it runs. Imports nothing of the sandbox.

`/` and `/health` answer 200, other paths 404; a service of version `broken` answers 500 to everything. With
`--run` it is the guardian of another program instead. Either ends, and takes its whole process group with it,
when standard input ends: that is a pipe whose other end the server keeps.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from typing import Any

_FOUND = ("/", "/health")


class Handler(BaseHTTPRequestHandler):
    """Answers with the service's name, version and place."""

    protocol_version = "HTTP/1.1"
    facts: dict[str, str]

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Do not log."""

    def _answer(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = self.path.partition("?")[0]
        status = 500 if self.facts["version"] == "broken" else 200 if path in _FOUND else 404
        body = json.dumps({**self.facts, "path": path, "status": status}).encode() + b"\n"
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = _answer  # noqa: N815


class Service(ThreadingHTTPServer):
    """One port of it."""

    daemon_threads = True
    request_queue_size = 128

    def server_bind(self) -> None:
        """As the standard library does, without looking up the host's name."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])


def end_with_the_server() -> None:
    """Wait until the server is gone, however it went, and end every process of this group."""
    while os.read(0, 1):
        pass
    if os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(0)


def serve(facts: dict[str, str]) -> None:
    """Serve at every port until the process ends."""
    host, ports = facts.pop("host"), facts.pop("ports")
    handler = type("Answers", (Handler,), {"facts": facts})
    services = [Service((host, int(port)), handler) for port in ports.split(",")]
    for service in services[1:]:
        threading.Thread(target=service.serve_forever, daemon=True).start()
    services[0].serve_forever(poll_interval=60)


def main(arguments: list[str]) -> int:
    """`--run command…`, or `--host= --ports= --region= --task= --version=`; the exit code is the command's."""
    threading.Thread(target=end_with_the_server, daemon=True).start()
    if arguments[0] == "--run":
        code = subprocess.call(arguments[1:], stdin=subprocess.DEVNULL)
        return code if code >= 0 else 128 - code
    serve(dict(argument.removeprefix("--").split("=", 1) for argument in arguments))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
