# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""HTTP messages: whole ones are read, broken ones refused."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from sandbox.plane.messages import MalformedError, Place, Request, Response, exchange, read_request, read_response


def read(reading: Callable[[asyncio.StreamReader], Coroutine[Any, Any, Any]], *pieces: bytes) -> Any:
    """What is read from a connection on which these bytes come, and its end."""

    async def run() -> Any:
        reader = asyncio.StreamReader(limit=1024)
        for piece in pieces:
            reader.feed_data(piece)
        reader.feed_eof()
        return await reading(reader)

    return asyncio.run(run())


def test_a_request_is_read_as_it_was_written() -> None:
    request = Request("POST", "/a?b=c", (("Host", "x"), ("X-A", "1")), b"body")
    found = read(read_request, request.encode())
    assert (found.method, found.target, found.body) == ("POST", "/a?b=c", b"body")
    assert found.header("x-a") == "1"
    assert found.header("x-b", "none") == "none"


def test_requests_come_one_after_the_other() -> None:
    async def both(reader: asyncio.StreamReader) -> Any:
        return [await read_request(reader) for _ in range(3)]

    first, second, third = read(both, Request("PUT", "/1", body=b"x").encode() + Request("GET", "/2").encode())
    assert (first.target, first.body, second.target, third) == ("/1", b"x", "/2", None)


@pytest.mark.parametrize(
    ("line", "headers", "last"),
    [
        ("HTTP/1.1", "", False),
        ("HTTP/1.1", "Connection: close\r\n", True),
        ("HTTP/1.0", "", True),
        ("HTTP/1.0", "Connection: Keep-Alive\r\n", False),
    ],
)
def test_who_wants_the_connection_closed(line: str, headers: str, last: bool) -> None:
    assert read(read_request, f"GET / {line}\r\n{headers}\r\n".encode()).is_last is last


def test_chunks_are_put_together() -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    response = read(read_response, head, b"4;x=y\r\nwiki\r\n", b"5\r\npedia\r\n0\r\nTrailer: 1\r\n\r\n")
    assert response.body == b"wikipedia"


def test_a_response_without_a_length_ends_with_the_connection() -> None:
    assert read(read_response, b"HTTP/1.0 200 OK\r\n\r\nall ", b"of it").body == b"all of it"


@pytest.mark.parametrize("status", [204, 304])
def test_some_responses_have_no_body(status: int) -> None:
    response = read(read_response, f"HTTP/1.1 {status} X\r\nContent-Length: 5\r\n\r\n".encode())
    assert (response.status, response.body) == (status, b"")
    assert response.encode().endswith(b"\r\n\r\n")


def test_a_head_request_gets_no_body() -> None:
    async def head(reader: asyncio.StreamReader) -> Response:
        return await read_response(reader, "HEAD")

    response = read(head, b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n")
    assert response.body == b""
    assert Response(200, "OK", (), b"12345").encode("HEAD") == b"HTTP/1.1 200 OK\r\n\r\n"


@pytest.mark.parametrize(
    "content",
    [
        b"GET / HTTP/1.1\r\nHost",
        b"GET http://x/ HTTP/1.1\r\n\r\n",
        b"GET /\r\n\r\n",
        b"\x16\x03\x01\x02\x00 \x01 \x00\r\n\r\n",
        b"GET / HTTP/1.1\r\nno colon\r\n\r\n",
        b"GET / HTTP/1.1\r\n folded: x\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nabc",
        b"POST / HTTP/1.1\r\nContent-Length: +5\r\n\r\nabcde",
        b"POST / HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 4\r\n\r\nabcde",
        b"POST / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0x0\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
        b"GET / HTTP/1.1\r\nX: " + b"x" * 5000 + b"\r\n\r\n",
    ],
)
def test_what_is_no_request(content: bytes) -> None:
    with pytest.raises(MalformedError):
        read(read_request, content)


@pytest.mark.parametrize("content", [b"", b"SSH-2.0-x\r\n\r\n", b"HTTP/1.1 abc\r\n\r\n", b"HTTP/1.1 200 OK\r\nX"])
def test_what_is_no_response(content: bytes) -> None:
    with pytest.raises(MalformedError):
        read(read_response, content)


def test_who_does_not_answer_is_given_up() -> None:
    async def run() -> None:
        async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read()
            writer.close()

        async with await asyncio.start_server(silent, "127.0.0.1", 0) as server:
            place = Place(*server.sockets[0].getsockname())
            with pytest.raises(TimeoutError):
                await exchange(place, Request("GET", "/"), connecting=5, answering=0.05)

    asyncio.run(run())
