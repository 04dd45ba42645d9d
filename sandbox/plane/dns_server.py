# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""DNS over UDP and TCP at one address, and Route 53's name servers."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import traceback
from collections.abc import Awaitable, Callable
from typing import Any

from dnslib import RCODE, DNSRecord

from sandbox.outages import DNS
from sandbox.plane.authority import Authority
from sandbox.plane.dns_messages import Question, fitted, parse_question, reply_to
from sandbox.plane.site import Part, Site

_LARGEST_MESSAGE = 65535
_IDLE_SECONDS = 10.0
_DNS_PORT = 53
_TIDY_SECONDS = 0.2

Responder = Callable[[Question], Awaitable[DNSRecord]]
# Whether the address is unreachable
Closed = Callable[[str], bool]


class Listener:
    """Sockets that send a responder's answers. Created and bound in the loop. Raises OSError."""

    def __init__(self, address: str, port: int, respond: Responder, closed: Closed) -> None:
        self._respond = respond
        self._closed = closed
        self._tasks: set[asyncio.Task[None]] = set()
        self._udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._tcp = socket.socket()
        try:
            self._udp.bind((address, port))
            self._tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._tcp.bind((address, port))
            self._tcp.listen()
        except OSError:
            self._udp.close()
            self._tcp.close()
            raise
        self._serving = asyncio.get_running_loop().create_task(self._serve())

    async def close(self) -> None:
        """Close the sockets and every connection."""
        self._serving.cancel()
        await asyncio.gather(self._serving, *self._tasks, return_exceptions=True)

    async def _serve(self) -> None:
        loop = asyncio.get_running_loop()
        transport, _protocol = await loop.create_datagram_endpoint(lambda: _Datagrams(self), sock=self._udp)
        server = await asyncio.start_server(self._connection, sock=self._tcp)
        try:
            await loop.create_future()
        finally:
            transport.close()
            server.close()
            for task in self._tasks:
                task.cancel()

    def received(self, message: bytes, client: str, reply: Callable[[bytes], None]) -> None:
        """Answer a datagram."""
        if self._closed(client):
            return
        task = asyncio.get_running_loop().create_task(self._answer_datagram(message, reply))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answer_datagram(self, message: bytes, reply: Callable[[bytes], None]) -> None:
        found = await answer(message, self._respond, whole=False)
        if found:
            reply(found)

    def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._closed(writer.get_extra_info("peername")[0]):
            writer.close()
            return
        # No coroutine: asyncio would complain of every one that is cancelled.
        task = asyncio.get_running_loop().create_task(self._serve_connection(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve_connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            # The client has gone, or is silent for too long.
            with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError, TimeoutError):
                while True:
                    await self._answer_over_tcp(reader, writer)
        finally:
            writer.close()

    async def _answer_over_tcp(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with asyncio.timeout(_IDLE_SECONDS):
            length = int.from_bytes(await reader.readexactly(2), "big")
            message = await reader.readexactly(length)
        found = await answer(message, self._respond, whole=True)
        if found is None:
            raise ConnectionError
        writer.write(len(found).to_bytes(2, "big") + found)
        await writer.drain()


async def answer(message: bytes, respond: Responder, *, whole: bool) -> bytes | None:
    """The reply; None for none. Truncated to a datagram unless `whole`."""
    question = parse_question(message)
    if not isinstance(question, Question):
        return bytes(question.pack()) if question else None
    try:
        reply = await respond(question)
    except Exception:  # noqa: BLE001  # a bug is answered with SERVFAIL
        traceback.print_exc()
        reply = question.request.reply(ra=0, aa=0)
        reply.header.rcode = RCODE.SERVFAIL
    return fitted(reply, _LARGEST_MESSAGE if whole else question.size)


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        if self._transport:
            transport = self._transport
            self._listener.received(data, addr[0], lambda reply: transport.sendto(reply, addr))


class NameServers(Part):
    """Route 53's name servers. Each listens once its address is known.

    A server whose zone was deleted keeps running and answers REFUSED, as on AWS.
    """

    def __init__(self, site: Site) -> None:
        self._site = site
        self._listeners: list[Listener] = []
        self.authority = Authority(site, self.address)

    async def run(self) -> None:
        """Close the servers whose addresses a reset has forgotten; at the end all servers."""
        try:
            while True:
                current = self._current().values()
                forgotten = [listener for listener in self._listeners if listener not in current]
                await self._close(forgotten)
                await asyncio.sleep(_TIDY_SECONDS)
        finally:
            await self._close(list(self._listeners))

    def address(self, server: str) -> str:
        """The address of a name server by its name; it listens there. In the loop only. Raises OSError."""
        with self._site.looking():
            address = self._site.addresses.of("name server", server)
            known = self._current()
            if server not in known:
                port = self._site.addresses.port(_DNS_PORT)
                known[server] = Listener(address, port, lambda question: self._respond(server, question), self._closed)
                self._listeners.append(known[server])
        return address

    def _closed(self, client: str) -> bool:
        """The resolver's own network is another one."""
        return self._site.outages.of(DNS) is not None and client != self._site.addresses.resolver[0]

    def _current(self) -> dict[str, Listener]:
        """The servers that listen, by name; another dict after a reset."""
        listeners: dict[str, Listener] = self._site.world.store(dict, "name servers")
        return listeners

    async def _respond(self, server: str, question: Question) -> DNSRecord:
        answer = self.authority.answer(server, question.name, question.kind)
        return reply_to(question, answer, self.authority.glue(answer), recursive=False)

    async def _close(self, listeners: list[Listener]) -> None:
        for listener in listeners:
            self._listeners.remove(listener)
            await listener.close()
