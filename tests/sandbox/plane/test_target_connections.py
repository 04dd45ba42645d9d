# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Connections to targets are used again, if the target lets them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from sandbox.plane.messages import MalformedError, Place, Request, read_request
from sandbox.plane.target_connections import TargetConnections

Ask = Callable[[str], Awaitable[str]]


def with_target(
    user: Callable[[Ask, TargetConnections], Awaitable[None]],
    *,
    answer: str = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n",
    requests: int = 10,
) -> None:
    """Runs `user` with a way to ask a target, which tells the number of the connection that it was asked on.

    :param answer: what the target sends before that number.
    :param requests: how many it takes on a connection, before it closes that without notice.
    """

    async def run() -> None:
        connections: list[asyncio.StreamWriter] = []

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            connections.append(writer)
            number = len(connections)
            for _ in range(requests):
                if await read_request(reader) is None:
                    break
                writer.write(f"{answer}{number}".encode())
            writer.close()

        async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
            place, targets = Place(*server.sockets[0].getsockname()), TargetConnections()

            async def ask(method: str) -> str:
                return (await targets.exchange(place, Request(method, "/"), 5, 5)).body.decode()

            try:
                await user(ask, targets)
            finally:
                targets.close()

    asyncio.run(run())


def test_later_requests_take_the_same_connection() -> None:
    async def user(ask: Ask, targets: TargetConnections) -> None:
        assert [await ask("GET") for _ in range(3)] == ["1", "1", "1"]
        targets.tidy()
        assert await ask("GET") == "1"
        # Two at a time have one each.
        assert sorted(await asyncio.gather(ask("GET"), ask("GET"))) == ["1", "2"]

    with_target(user)


def test_what_must_not_be_sent_twice_goes_over_a_new_one() -> None:
    async def user(ask: Ask, _targets: TargetConnections) -> None:
        assert [await ask(method) for method in ("GET", "POST", "PATCH")] == ["1", "2", "3"]

    with_target(user)


@pytest.mark.parametrize(
    "answer",
    [
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: close\r\n\r\n",
        "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\n",
    ],
)
def test_a_target_that_wants_none_kept_gets_a_new_one(answer: str) -> None:
    async def user(ask: Ask, _targets: TargetConnections) -> None:
        assert [await ask("GET") for _ in range(2)] == ["1", "2"]

    with_target(user, answer=answer)


def test_a_connection_that_the_target_has_closed_fails_no_request() -> None:
    async def user(ask: Ask, _targets: TargetConnections) -> None:
        assert [await ask("GET") for _ in range(5)] == ["1", "2", "3", "4", "5"]

    with_target(user, requests=1)


def test_a_target_that_never_answers_well_is_not_asked_forever() -> None:
    async def user(ask: Ask, _targets: TargetConnections) -> None:
        with pytest.raises((MalformedError, ConnectionError)):
            await ask("GET")

    with_target(user, requests=0)
