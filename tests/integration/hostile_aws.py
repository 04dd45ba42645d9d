# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A proxy before the local AWS that puts control characters into every text that others write in AWS's answers."""

from __future__ import annotations

import contextlib
import http.client
import http.server
import json
import re
import threading
import typing as t
import urllib.parse

from tests.control_characters import BIDI, CONTROLS, EVERY

FORGED: t.Final = "ok: [us-east-1] => all is well"
HOSTILE: t.Final = f"{EVERY}\n{FORGED}\r\n"
# XML 1.0 has no C0 characters, written out or not.
_IN_XML: t.Final = "".join(f"&#{ord(each)};" for each in [*CONTROLS[32:], *BIDI, "\n"]) + f"{FORGED}&#10;"
_MEMBERS: t.Final = frozenset({"message", "reason", "stoppedReason", "rolloutStateReason", "statusReason"})
# Not descriptions and tags: what is compared would differ at each run.
_ELEMENTS: t.Final = re.compile(r"(?=</(?:Message|message|Reason|StateReason)>)")


@contextlib.contextmanager
def proxy(upstream: str) -> t.Iterator[str]:
    """The URL of a proxy that ends with the block."""
    handler = type("Handler", (_Handler,), {"upstream": urllib.parse.urlsplit(upstream).netloc})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


class _Handler(http.server.BaseHTTPRequestHandler):
    upstream: str

    def log_message(self, format: str, *args: t.Any) -> None:  # noqa: A002
        """Nobody reads it."""

    def _forward(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        connection = http.client.HTTPConnection(self.upstream)
        with contextlib.closing(connection):
            connection.request(self.command, self.path, body, dict(self.headers.items()))
            answer = connection.getresponse()
            content = _spoiled(answer.read(), answer.headers.get_content_type())
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            if name.lower() not in ("content-length", "transfer-encoding", "connection"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PUT = do_DELETE = _forward  # noqa: N815


def _spoiled(content: bytes, kind: str) -> bytes:
    if "json" in kind:
        return json.dumps(_in_members(json.loads(content or b"{}"))).encode()
    if "xml" in kind:
        return _ELEMENTS.sub(_IN_XML, content.decode()).encode()
    return content


def _in_members(value: t.Any) -> t.Any:
    if isinstance(value, list):
        return [_in_members(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        key: item + HOSTILE if key in _MEMBERS and isinstance(item, str) else _in_members(item)
        for key, item in value.items()
    }
