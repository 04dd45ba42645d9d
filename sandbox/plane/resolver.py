# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The recursive resolver: starts at the root, follows referrals, caches nothing.

It replaces the root and the registries too: it knows the name servers of the topmost zones, and the
addresses of Route 53's name servers and of load balancers, whose names are in zones of AWS's own.
"""

from __future__ import annotations

import asyncio
import random
import socket
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace

from dnslib import DNSError, DNSRecord

from sandbox.outages import DNS
from sandbox.overlay.route53.answers import Answer, RRset
from sandbox.overlay.route53.records import normal_name
from sandbox.plane.authority import Authority, is_server
from sandbox.plane.dns_messages import Question, make_query, parse_answer, reply_to
from sandbox.plane.dns_server import Listener, NameServers
from sandbox.plane.site import Part, Site

_DNS_PORT = 53
_ANSWER_SECONDS = 1.0
_LARGEST = 65535
_MOST_REFERRALS = 8
_MOST_LINKS = 16

# Queries the name server of that name; None if it does not answer.
Ask = Callable[[str, str, str], Awaitable[Answer | None]]


@dataclass(frozen=True, slots=True)
class Recursion:
    """The way from the topmost zone to the answer."""

    authority: Authority
    ask: Ask

    async def resolve(self, name: str, kind: str) -> Answer:
        """The answer for a normal name, with every CNAME on the way."""
        chain: tuple[RRset, ...] = ()
        for _ in range(_MOST_LINKS):
            answer = await self._walk(name, kind)
            chain += answer.answer
            if answer.code != "NOERROR" or not answer.answer or answer.answer[-1].kind == kind:
                return replace(answer, answer=chain)
            name = normal_name(answer.answer[-1].values[0])
        return Answer("SERVFAIL")

    async def _walk(self, name: str, kind: str) -> Answer:
        """The answer of the servers of the name's zone, which may be a CNAME."""
        known = self.authority.aws(name, kind)
        if known is not None:
            return known
        servers: Iterable[str] = self.authority.top(name)
        if not servers:
            return Answer("NXDOMAIN")
        for _ in range(_MOST_REFERRALS):
            answer = await self._first(servers, name, kind)
            if answer is None:
                break
            if answer.referral is None:
                return answer
            servers = answer.referral.values
        return Answer("SERVFAIL")

    async def _first(self, servers: Iterable[str], name: str, kind: str) -> Answer | None:
        """The answer of any of the servers that has one. Only Route 53's are reachable."""
        names = [normal_name(server) for server in servers]
        for server in random.sample(names, len(names)):
            answer = await self.ask(server, name, kind) if is_server(server) else None
            if answer and answer.code in ("NOERROR", "NXDOMAIN"):
                return answer
        return None


def belief(answer: Answer) -> float:
    """How many seconds a resolver caches a negative answer; 0 for a positive one.

    The TTL of the SOA record that comes with it, which is the lesser of that record's own and its MINIMUM field
    (RFC 2308, section 5): 900 s in Route 53's zones, unless their SOA record was changed.
    """
    if answer.answer or answer.code not in ("NOERROR", "NXDOMAIN"):
        return 0.0
    return float(next((rrset.ttl for rrset in answer.authority if rrset.kind == "SOA"), 0))


class Resolver(Part):
    """The resolver that a machine is configured to use, at its own address."""

    def __init__(self, site: Site, servers: NameServers) -> None:
        self._site = site
        self._servers = servers
        self._recursion = Recursion(servers.authority, self._over_the_network)
        self._listener: Listener | None = None

    async def open(self) -> None:
        """Listen. Raises OSError when something else listens there."""
        address, port = self._site.addresses.resolver
        self._listener = Listener(address, port, self.respond, lambda _client: self._site.outages.of(DNS) is not None)

    async def run(self) -> None:
        """Answer until cancelled."""
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            if self._listener:
                await self._listener.close()

    async def respond(self, question: Question) -> DNSRecord:
        """The reply to a question."""
        answer = await self._recursion.resolve(question.name, question.kind)
        return reply_to(question, answer, self._servers.authority.glue(answer), recursive=True)

    async def _over_the_network(self, server: str, name: str, kind: str) -> Answer | None:
        place = (self._servers.address(server), self._site.addresses.port(_DNS_PORT))
        try:
            own = self._site.addresses.resolver[0]
            return parse_answer(await _exchange(own, place, make_query(name, kind)))
        except (OSError, EOFError, DNSError):  # TimeoutError is an OSError
            return None


async def _exchange(own: str, place: tuple[str, int], query: DNSRecord) -> DNSRecord:
    """The reply over UDP, or over TCP if it is truncated, sent from `own`. Raises OSError, EOFError or DNSError."""
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(_ANSWER_SECONDS):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.setblocking(False)
            sender.bind((own, 0))
            await loop.sock_connect(sender, place)
            await loop.sock_sendall(sender, query.pack())
            reply = DNSRecord.parse(await loop.sock_recv(sender, _LARGEST))
        if not reply.header.tc:
            return reply
        reader, writer = await asyncio.open_connection(*place, local_addr=(own, 0))
        try:
            message = query.pack()
            writer.write(len(message).to_bytes(2, "big") + message)
            length = int.from_bytes(await reader.readexactly(2), "big")
            return DNSRecord.parse(await reader.readexactly(length))
        finally:
            writer.close()
