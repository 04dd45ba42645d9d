# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests as a user's browser makes them, to an address that DNS has answered."""

from __future__ import annotations

import dataclasses
import http.client
import socket
import ssl
import time
import typing as t
import urllib.parse

from .network import Network

_PORTS: t.Final = {"http": 80, "https": 443}
# Users do not wait longer.
_SECONDS: t.Final = 3.0
# As for Route 53's health checkers (Route 53 Developer Guide).
_WELL: t.Final = range(200, 400)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Reply:
    """The outcome of a request.

    :param status: HTTP status, None without an answer.
    :param error: why it failed, in a few words; empty if it did not.
    :param ms: milliseconds until the answer, or until it failed.
    """

    ok: bool
    status: int | None
    error: str
    ms: int


class Site:
    """A URL, whose host may be reached at several addresses. Several threads may use one.

    :param url: ``http://dev.example.com/health``.
    :param seconds: how long a connection, and then an answer, may take.
    :param verify: whether an HTTPS certificate has to be good for the host.
    """

    def __init__(self, network: Network, url: str, *, seconds: float = _SECONDS, verify: bool = True) -> None:
        parts = urllib.parse.urlsplit(url)
        self._host = parts.hostname or ""
        self._host_header = parts.netloc
        self._port = network.port(parts.port or _PORTS[parts.scheme])
        self._path = urllib.parse.urlunsplit(("", "", parts.path or "/", parts.query, ""))
        self._seconds = seconds
        self._tls = _context(verify) if parts.scheme == "https" else None

    def get(self, address: str) -> Reply:
        """GET the URL from one address, without following redirects. Never raises: what is wrong is in the reply."""
        start = time.monotonic()
        status: int | None = None
        try:
            status = self._get(address)
        except (OSError, http.client.HTTPException) as error:
            problem = _describe(error)
        else:
            problem = "" if status in _WELL else f"HTTP {status}"
        return Reply(ok=not problem, status=status, error=problem, ms=round((time.monotonic() - start) * 1000))

    def _get(self, address: str) -> int:
        connection = http.client.HTTPConnection(address, self._port, timeout=self._seconds)
        try:
            connection.connect()
            if self._tls:
                connection.sock = self._tls.wrap_socket(connection.sock, server_hostname=self._host)
            headers = {"Host": self._host_header, "User-Agent": "everlook.failover", "Connection": "close"}
            connection.request("GET", self._path, headers=headers)
            answer = connection.getresponse()
            answer.read()
            return answer.status
        finally:
            connection.close()


def _context(verify: bool) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _describe(error: BaseException) -> str:
    if isinstance(error, (TimeoutError, socket.timeout)):
        return "timed out"
    if isinstance(error, ConnectionRefusedError):
        return "connection refused"
    if isinstance(error, (ConnectionResetError, http.client.RemoteDisconnected)):
        return "connection closed"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"certificate: {error.verify_message}"
    return f"{type(error).__name__}: {error}"[:100]
