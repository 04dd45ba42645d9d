# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""HTTP requests to an address that DNS has answered, like a browser's."""

from __future__ import annotations

import contextlib
import dataclasses
import http.client
import socket
import ssl
import time
import typing as t
import urllib.parse

from .._engine.errors import SpecError
from .bounded import BoundedSocket, TooLong
from .network import CLIENT_CERTIFICATE_VARIABLE, CLIENT_KEY_VARIABLE, Network

_PORTS: t.Final = {"http": 80, "https": 443}
# About as long as users wait.
_SECONDS: t.Final = 3.0
# Of an answer, including its headers.
_MOST_BYTES: t.Final = 65536
# As for Route 53's health checkers (Route 53 Developer Guide).
_WELL: t.Final = range(200, 400)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Reply:
    """The outcome of a request.

    :param status: HTTP status, None without an answer.
    :param error: why it failed, in a few words; empty if it did not.
    :param ms: milliseconds until the answer, or until it failed.
    :param body: its first bytes, see ``keep``.
    :param location: the target of a redirect; empty without one.
    """

    ok: bool
    status: int | None
    error: str
    ms: int
    body: bytes = b""
    location: str = ""


class Connection:
    """A connection to a site, opened by its first request and kept alive. For one thread."""

    def __init__(
        self, connect: t.Callable[[], socket.socket], path: str, headers: t.Mapping[str, str], seconds: float
    ) -> None:
        self._connect = connect
        self._path = path
        self._headers = headers
        self._seconds = seconds
        self._socket: socket.socket | None = None

    @property
    def is_open(self) -> bool:
        """Whether neither side has closed it."""
        return self._socket is not None

    def get(self, keep: int = 0) -> Reply:
        """GET, without following redirects. Never raises: an error is in the reply, and closes the connection.

        :param keep: bytes of the body to return.
        """
        start = time.monotonic()
        status: int | None = None
        body, location = b"", ""
        try:
            self._socket = self._socket or self._connect()
            status, location, body, may_go_on = self._ask(self._socket)
        except (OSError, http.client.HTTPException) as error:
            problem, may_go_on = _describe(error), False
        else:
            problem = "" if status in _WELL else f"HTTP {status}"
        if not may_go_on:
            self.close()
        ms = round((time.monotonic() - start) * 1000)
        return Reply(ok=not problem, status=status, error=problem, ms=ms, body=body[:keep], location=location)

    def close(self) -> None:
        """Close it. The next request opens another one."""
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.close()
            self._socket = None

    def _ask(self, opened: socket.socket) -> tuple[int, str, bytes, bool]:
        """(HTTP status, header Location, body, whether the connection stays open). Raises OSError or HTTPException."""
        caller = http.client.HTTPConnection("unused")
        caller.sock = t.cast("socket.socket", BoundedSocket(opened, self._seconds, _MOST_BYTES))
        caller.request("GET", self._path, headers=dict(self._headers))
        answer = caller.getresponse()
        location = answer.getheader("Location") or ""
        try:
            body = answer.read(_MOST_BYTES)
        except TooLong:
            return answer.status, location, b"", False
        if answer.length:
            raise http.client.IncompleteRead(b"", answer.length)
        return answer.status, location, body, not answer.will_close


class Site:
    """A URL whose host has several addresses. Thread-safe.

    :param url: ``http://dev.example.com/health``.
    :param seconds: timeout of the connection, and of the answer.
    :param verify: whether to verify the server's certificate.
    """

    def __init__(self, network: Network, url: str, *, seconds: float = _SECONDS, verify: bool = True) -> None:
        parts = urllib.parse.urlsplit(url)
        self._host = parts.hostname or ""
        self._headers = {"Host": parts.netloc, "User-Agent": "everlook.failover"}
        self._port = network.port(parts.port or _PORTS[parts.scheme])
        self._path = urllib.parse.urlunsplit(("", "", parts.path or "/", parts.query, ""))
        self._seconds = seconds
        self._tls = _context(network, verify) if parts.scheme == "https" else None

    def get(self, address: str, keep: int = 0) -> Reply:
        """GET the URL from one address, in a connection of its own. Never raises: an error is in the reply.

        :param keep: bytes of the body to return.
        """
        with contextlib.closing(self._connection(address, {**self._headers, "Connection": "close"})) as connection:
            return connection.get(keep)

    def keep(self, address: str) -> Connection:
        """A connection to one address, for many requests."""
        return self._connection(address, self._headers)

    def _connection(self, address: str, headers: t.Mapping[str, str]) -> Connection:
        return Connection(lambda: self._connect(address), self._path, headers, self._seconds)

    def _connect(self, address: str) -> socket.socket:
        opened = socket.create_connection((address, self._port), timeout=self._seconds)
        if self._tls is None:
            return opened
        try:
            return self._tls.wrap_socket(opened, server_hostname=self._host)
        except BaseException:
            opened.close()
            raise


def ask(
    network: Network, url: str, address: str, *, keep: int = 0, seconds: float = _SECONDS, verify: bool = True
) -> tuple[str, Reply]:
    """(The last URL requested, its reply). With a client certificate, a redirect to HTTPS on the same host is followed.

    Without one, a redirect to a listener that verifies clients is enough, as it is for Route 53's health checkers.
    """
    reply = Site(network, url, seconds=seconds, verify=verify).get(address, keep)
    secure = https_redirect(url, reply) if network.client_certificate else ""
    if not secure:
        return url, reply
    return secure, Site(network, secure, seconds=seconds, verify=verify).get(address, keep)


def https_redirect(url: str, reply: Reply) -> str:
    """The target of a redirect from HTTP to the same host over HTTPS; empty for anything else."""
    asked, then = urllib.parse.urlsplit(url), urllib.parse.urlsplit(reply.location)
    if (asked.scheme, then.scheme) != ("http", "https") or then.hostname != asked.hostname:
        return ""
    port = "" if then.port in (None, _PORTS["https"]) else f":{then.port}"
    return urllib.parse.urlunsplit(("https", f"{then.hostname}{port}", then.path, then.query, ""))


def _context(network: Network, verify: bool) -> ssl.SSLContext:
    # Reading the trusted certificate authorities takes longer (25 ms) than most calls: only if they are used.
    context = ssl.create_default_context() if verify else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if network.client_certificate:
        _show(context, network)
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _show(context: ssl.SSLContext, network: Network) -> None:
    try:
        # Without a password, OpenSSL would prompt for one.
        context.load_cert_chain(network.client_certificate, network.client_key or None, password=lambda: b"")
    except (OSError, ValueError) as error:
        raise SpecError(
            CLIENT_CERTIFICATE_VARIABLE,
            f"{network.client_certificate} cannot be used: {getattr(error, 'strerror', None) or error}.",
            f"Name a file in PEM that has its key as well, without a password, or name that in {CLIENT_KEY_VARIABLE}.",
        ) from error


def _describe(error: BaseException) -> str:
    if isinstance(error, (TimeoutError, socket.timeout)):
        return "timed out"
    if isinstance(error, ConnectionRefusedError):
        return "connection refused"
    if isinstance(error, (ConnectionResetError, BrokenPipeError, http.client.RemoteDisconnected)):
        return "connection closed"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"certificate: {error.verify_message}"
    return f"{type(error).__name__}: {error}"[:100]
