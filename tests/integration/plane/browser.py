# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A user who begins over HTTP, goes wherever that sends, and verifies certificates."""

from __future__ import annotations

import dataclasses
import http.client
import socket
import ssl
import typing as t
import urllib.parse

from tests.sandbox.plane.dns_client import Dns, values_in

_SECONDS = 3.0
_MOST_REDIRECTS = 3


@dataclasses.dataclass(frozen=True)
class Browser:
    """Visits names. `port_shift` as in EVERLOOK_FAILOVER_PORT_SHIFT."""

    names: Dns
    port_shift: int
    trust: ssl.SSLContext

    @classmethod
    def of(cls, environment: t.Mapping[str, str], trust: ssl.SSLContext) -> Browser:
        """By the environment that a sandbox gives to a process."""
        return cls(Dns.of(environment), int(environment.get("EVERLOOK_FAILOVER_PORT_SHIFT", "0")), trust)

    def visit(self, name: str) -> tuple[int | str, str]:
        """The status of the page, or what went wrong, and the scheme of the last request."""
        url = urllib.parse.urlsplit(f"http://{name}/")
        try:
            for _redirect in range(_MOST_REDIRECTS):
                response = self._request(url)
                if response.status not in (301, 302):
                    return response.status, url.scheme
                url = urllib.parse.urlsplit(response.headers["Location"])
        except (OSError, http.client.HTTPException) as error:
            return type(error).__name__, url.scheme
        return "too many redirects", url.scheme

    def _request(self, url: urllib.parse.SplitResult) -> http.client.HTTPResponse:
        host = url.hostname or ""
        port = (url.port or {"http": 80, "https": 443}[url.scheme]) + self.port_shift
        (address, *_others) = values_in(self.names.ask(host).answer, "A") or [""]
        connection = http.client.HTTPConnection(host, port, timeout=_SECONDS)
        plain = socket.create_connection((address, port), timeout=_SECONDS)
        connection.sock = self.trust.wrap_socket(plain, server_hostname=host) if url.scheme == "https" else plain
        try:
            connection.request("GET", url.path or "/")
            response = connection.getresponse()
            response.read()
            return response
        finally:
            connection.close()
