# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Complete HTTP/1.1 messages over asyncio streams, as far as load balancers and probers need."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache

from sandbox.framing import CHUNKED, LONGEST_BODY, FramingError, body_length, chunk_length

Headers = tuple[tuple[str, str], ...]
Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]

# Status codes that never have a body (RFC 9110, 6.4.1).
_EMPTY = frozenset({204, 304})


class MalformedError(Exception):
    """The bytes are not an HTTP message."""


class NoAnswerError(MalformedError):
    """The connection was closed before the first byte of an answer."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request. `target` is as on the wire: path and query."""

    method: str
    target: str
    headers: Headers = ()
    body: bytes = b""
    version: str = "HTTP/1.1"

    def header(self, name: str, default: str = "") -> str:
        """The first header of that name."""
        return _header(self.headers, name, default)

    @property
    def is_last(self) -> bool:
        """Whether the client wants the connection closed after the answer."""
        wish = self.header("Connection").lower()
        return wish == "close" or (self.version == "HTTP/1.0" and wish != "keep-alive")

    def encode(self) -> bytes:
        """The request's bytes, with the length of the body."""
        length = [("Content-Length", str(len(self.body)))] if self.body or self.method in ("POST", "PUT") else []
        return _encode(f"{self.method} {self.target} HTTP/1.1", [*self.headers, *length], self.body)


@dataclass(frozen=True, slots=True)
class Response:
    """An answer."""

    status: int
    reason: str
    headers: Headers = ()
    body: bytes = b""
    # Whether the connection cannot be used again.
    is_last: bool = False

    def header(self, name: str, default: str = "") -> str:
        """The first header of that name."""
        return _header(self.headers, name, default)

    def encode(self, method: str = "GET") -> bytes:
        """The response's bytes for a request with that method, with the length."""
        bodiless = method == "HEAD" or self.status in _EMPTY
        length = [] if bodiless else [("Content-Length", str(len(self.body)))]
        return _encode(
            f"HTTP/1.1 {self.status} {self.reason}", [*self.headers, *length], b"" if bodiless else self.body
        )


def _header(headers: Headers, name: str, default: str) -> str:
    return next((value for known, value in headers if known.lower() == name.lower()), default)


def _encode(line: str, headers: Iterable[tuple[str, str]], body: bytes) -> bytes:
    lines = [line, *(f"{name}: {value}" for name, value in headers), "", ""]
    return "\r\n".join(lines).encode("latin-1") + body


def without(headers: Headers, *names: str) -> Headers:
    """The headers without those names (in lower case)."""
    return tuple((name, value) for name, value in headers if name.lower() not in names)


async def read_request(reader: asyncio.StreamReader) -> Request | None:
    """The next request, None when the client is done. Raises MalformedError."""
    head = await _read_head(reader)
    if head is None:
        return None
    line, headers = head
    words = line.split(" ")
    if len(words) != 3 or not words[2].startswith("HTTP/1.") or not words[1].startswith("/"):
        raise MalformedError(f"not a request line: {line!r}")
    body = await _read_body(reader, headers, to_end=False)
    return Request(words[0], words[1], headers, body, words[2])


async def read_response(reader: asyncio.StreamReader, method: str = "GET") -> Response:
    """The answer to a request with that method. Raises MalformedError."""
    head = await _read_head(reader)
    if head is None:
        raise NoAnswerError("the connection was closed without an answer")
    line, headers = head
    version, _, rest = line.partition(" ")
    code, _, reason = rest.partition(" ")
    if not version.startswith("HTTP/1.") or not (code.isdigit() and len(code) == 3):
        raise MalformedError(f"not a status line: {line!r}")
    bodiless = method == "HEAD" or int(code) in _EMPTY
    body = b"" if bodiless else await _read_body(reader, headers, to_end=True)
    response = Response(int(code), reason, headers, body)
    # What ought to have no body may have one all the same, which would be taken for the next answer.
    ends = not bodiless and bool(response.header("Content-Length") or response.header("Transfer-Encoding"))
    wish = response.header("Connection").lower()
    return replace(response, is_last=not ends or wish == "close" or version != "HTTP/1.1")


async def _read_head(reader: asyncio.StreamReader) -> tuple[str, Headers] | None:
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as error:
        if error.partial.strip():
            raise MalformedError("the message ends within its headers") from None
        return None
    except asyncio.LimitOverrunError:
        raise MalformedError("the headers are too long") from None
    first, *rest = head[:-4].decode("latin-1").split("\r\n")
    headers = []
    for line in rest:
        name, colon, value = line.partition(":")
        if not colon or not name or name != name.strip():
            raise MalformedError(f"not a header: {line!r}")
        headers.append((name, value.strip()))
    return first, tuple(headers)


async def _read_body(reader: asyncio.StreamReader, headers: Headers, *, to_end: bool) -> bytes:
    try:
        length = body_length(headers)
        if length == CHUNKED:
            return await _read_chunks(reader)
        if length is not None:
            return await reader.readexactly(length)
        return await reader.read(LONGEST_BODY) if to_end else b""
    except asyncio.IncompleteReadError:
        raise MalformedError("the message ends within its body") from None
    except (FramingError, asyncio.LimitOverrunError) as error:
        raise MalformedError(str(error)) from None


async def _read_chunks(reader: asyncio.StreamReader) -> bytes:
    body = b""
    while True:
        size = chunk_length(await reader.readuntil(b"\r\n"))
        body += await reader.readexactly(size)
        if len(body) > LONGEST_BODY:
            raise FramingError("the body is too long")
        # After the last chunk: trailers, which are not needed, and an empty line.
        if size:
            if await reader.readexactly(2) != b"\r\n":
                raise FramingError("a chunk is longer than it says")
            continue
        while (await reader.readuntil(b"\r\n")) != b"\r\n":
            pass
        return body


@dataclass(frozen=True, slots=True)
class Place:
    """Where to connect to, with TLS or without."""

    address: str
    port: int
    tls: bool = False


async def connect(place: Place, seconds: float) -> Connection:
    """A connection. Raises TimeoutError after that many seconds, OSError when refused."""
    async with asyncio.timeout(seconds):
        return await asyncio.open_connection(place.address, place.port, ssl=any_certificate() if place.tls else None)


@cache
def any_certificate(newest: ssl.TLSVersion = ssl.TLSVersion.MAXIMUM_SUPPORTED) -> ssl.SSLContext:
    """For a client that does not check certificates, as AWS's load balancers, probers and health checkers don't."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.maximum_version = newest
    return context


async def exchange(place: Place, request: Request, connecting: float, answering: float) -> Response:
    """Send a request on a new connection and return the answer.

    `connecting` and `answering` are timeouts in seconds. Raises TimeoutError, OSError, MalformedError.
    """
    connection = await connect(place, connecting)
    try:
        async with asyncio.timeout(answering):
            return await converse(connection, request)
    finally:
        # The rest is not needed, and lingering sockets would accumulate.
        connection[1].transport.abort()


async def converse(connection: Connection, request: Request) -> Response:
    """Send a request on an open connection and return the answer. Raises OSError, MalformedError."""
    reader, writer = connection
    writer.write(request.encode())
    await writer.drain()
    return await read_response(reader, request.method)
