# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A listening socket that can be shut as a firewall shuts it: packets are dropped, nothing is refused."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Awaitable, Callable

from sandbox.plane.routes import Route, Socket

_BACKLOG = 128
# With a backlog of 0 Linux queues one connection and drops the SYN of every further one.
_FILLERS = 2


class Door:
    """One listener on one node. Raises OSError when its address cannot be listened on.

    `serve(door, reader, writer)` is called for each connection, which is closed afterwards.
    """

    def __init__(
        self,
        place: Socket,
        route: Route,
        serve: Callable[[Door, asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
        context: ssl.SSLContext | None,
    ) -> None:
        self.route = route
        self._serve = serve
        self.context = context
        self.place = place
        self._address = (place.address, place.port)
        self._fillers: list[socket.socket] = []
        self._server: asyncio.Server | None = None
        self._open = asyncio.Event()
        self._clients: set[asyncio.Task[None]] = set()
        self._socket = socket.socket()
        try:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._socket.bind(self._address)
        except OSError:
            self._socket.close()
            raise

    async def set(self, route: Route, through: bool) -> None:
        """Follow the route from now on; `through` opens or closes it."""
        self.route = route
        if through and self._server is None:
            self._empty()
            # asyncio closes the socket of a server that stops; this one has to live on.
            self._server = await asyncio.start_server(
                self._accept, sock=self._socket.dup(), ssl=self.context, backlog=_BACKLOG
            )
            self._open.set()
        elif not through and not self._fillers:
            self._open.clear()
            self._stop()
            self._fill()

    async def passable(self) -> None:
        """Wait until the way is open."""
        await self._open.wait()

    def close(self) -> None:
        """Stop listening and cut every connection."""
        self._stop()
        self._empty()
        self._socket.close()
        for client in list(self._clients):
            client.cancel()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # No coroutine: asyncio would complain of every one that is cancelled.
        client = asyncio.create_task(self._serve_connection(reader, writer))
        self._clients.add(client)
        client.add_done_callback(self._clients.discard)

    async def _serve_connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._serve(self, reader, writer)
        finally:
            writer.close()

    def _stop(self) -> None:
        if self._server:
            self._server.close()
            self._server = None

    def _fill(self) -> None:
        self._socket.listen(0)
        for _ in range(_FILLERS):
            filler = socket.socket()
            filler.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                filler.connect(self._address)
            self._fillers.append(filler)

    def _empty(self) -> None:
        for filler in self._fillers:
            filler.close()
        self._fillers.clear()
