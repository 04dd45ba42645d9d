# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A registry on this machine, which speaks as much of the Distribution API as looking up a tag takes."""

from __future__ import annotations

import contextlib
import dataclasses
import http.server
import json
import socketserver
import threading
import urllib.parse
from collections.abc import Iterator


@dataclasses.dataclass(eq=False)
class Registry:
    """Its answers may be changed while it serves.

    :param tags: digest of each ``repository:tag``.
    :param token: what it wants to see before it answers; empty if it wants nothing.
    :param names_digests: whether answers name their digests.
    :param status: what it answers whatever it is asked; 0 if it answers as it should.
    :param basic: the credentials that were seen where tokens are given.
    :param granted: the form that was posted there.
    """

    host: str
    tags: dict[str, str] = dataclasses.field(default_factory=dict)
    token: str = ""
    names_digests: bool = True
    status: int = 0
    basic: str = ""
    granted: dict[str, list[str]] = dataclasses.field(default_factory=dict)
    asked: list[str] = dataclasses.field(default_factory=list)

    def image(self, name: str) -> str:
        """The full name of an image in it."""
        return f"{self.host}/{name}"


class _Handler(http.server.BaseHTTPRequestHandler):
    server: _Server

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_POST(self) -> None:
        """OAuth 2: a refresh token is exchanged for one that lets in."""
        registry, length = self.server.registry, int(self.headers["Content-Length"])
        registry.granted = urllib.parse.parse_qs(self.rfile.read(length).decode())
        scope = registry.granted["scope"][0]
        self._answer(200, json.dumps({"access_token": f"{registry.token}:{scope}"}).encode(), {})

    def do_GET(self) -> None:
        registry, url = self.server.registry, urllib.parse.urlsplit(self.path)
        registry.asked.append(f"{self.command} {url.path}")
        if url.path == "/token":
            registry.basic = str(self.headers.get("Authorization") or "")
            scope = urllib.parse.parse_qs(url.query)["scope"][0]
            self._answer(200, json.dumps({"token": f"{registry.token}:{scope}"}).encode(), {})
        elif registry.status:
            self._answer(registry.status, b"", {})
        elif registry.token and not str(self.headers.get("Authorization")).startswith(f"Bearer {registry.token}:"):
            realm = f'Bearer realm="http://{registry.host}/token",service="here"'
            self._answer(401, b"", {"WWW-Authenticate": realm})
        else:
            self._manifest(registry, url.path)

    def _manifest(self, registry: Registry, path: str) -> None:
        repository, _slash, tag = path.removeprefix("/v2/").partition("/manifests/")
        own = {digest for name, digest in registry.tags.items() if name.partition(":")[0] == repository}
        digest = tag if tag in own else registry.tags.get(f"{repository}:{tag}")
        if digest is None:
            self._answer(404, b"", {})
            return
        self._answer(200, tag.encode(), {"Docker-Content-Digest": digest} if registry.names_digests else {})

    def _answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for key, value in headers.items():
            self.send_header(key, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_arguments: object) -> None:
        """Nothing."""


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    registry: Registry


@contextlib.contextmanager
def serving() -> Iterator[Registry]:
    """A registry that serves until the end of the block. Its manifests are their tags' names."""
    with _Server(("127.0.0.1", 0), _Handler) as server:
        server.registry = Registry(f"127.0.0.1:{server.server_address[1]}")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield server.registry
        finally:
            server.shutdown()
            thread.join()
