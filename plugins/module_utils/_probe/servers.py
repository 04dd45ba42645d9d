# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Queries name servers at their addresses: until one answers, or all of them."""

from __future__ import annotations

import concurrent.futures
import contextlib
import dataclasses
import random
import typing as t

from . import messages
from .network import DNS_PORT, Network

with contextlib.suppress(ImportError):  # see resolver.py
    import dns.exception
    import dns.message
    import dns.name
    import dns.query
    import dns.rcode
    import dns.rdatatype

# Fits into a datagram on every path (RFC 9715).
PAYLOAD: t.Final = 1232
_T = t.TypeVar("_T")
_R = t.TypeVar("_R")


@dataclasses.dataclass(frozen=True)
class Server:
    """A name server at one of its addresses."""

    name: str
    address: str

    def __str__(self) -> str:
        return f"{self.name} ({self.address})"


@dataclasses.dataclass(frozen=True)
class Reply:
    """What a server has answered; if that is unusable, ``message`` is None and ``problem`` says why."""

    server: str
    message: dns.message.Message | None = None
    problem: str = ""


class Servers:
    """Queries over UDP, and over TCP if the answer is truncated. Thread-safe.

    :param seconds: timeout of one query to one server.
    """

    def __init__(self, network: Network, seconds: float) -> None:
        self._network = network
        self._seconds = seconds
        # Whether any server has ever answered, so that port 53 is open.
        self.heard = False

    def one_of(self, servers: t.Sequence[Server], name: dns.name.Name, kind: dns.rdatatype.RdataType) -> Reply:
        """The reply of a random server, or else of any other that answers, or else a problem."""
        first, *others = random.sample(servers, len(servers))
        reply = self.ask(first, name, kind)
        if reply.message is None and others:
            replies = self.each(others, name, kind)
            reply = next((other for other in replies if other.message), replies[-1])
        return reply

    def each(self, servers: t.Sequence[Server], name: dns.name.Name, kind: dns.rdatatype.RdataType) -> list[Reply]:
        """The replies of all servers, queried in parallel."""
        return at_once(lambda server: self.ask(server, name, kind), servers)

    def ask(self, server: Server, name: dns.name.Name, kind: dns.rdatatype.RdataType) -> Reply:
        """The reply of one server."""
        query = dns.message.make_query(name, kind, use_edns=0, payload=PAYLOAD, flags=0)
        port = self._network.port(DNS_PORT)
        try:
            message, _over_tcp = dns.query.udp_with_fallback(query, server.address, timeout=self._seconds, port=port)
        except (dns.exception.DNSException, OSError, EOFError) as error:
            return Reply(str(server), problem=f"{server} does not answer ({type(error).__name__})")
        self.heard = True
        return judged(str(server), name, message)


def judged(server: str, name: dns.name.Name, message: dns.message.Message) -> Reply:
    """The reply; a problem unless its code is NOERROR or NXDOMAIN."""
    if message.rcode() in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN):
        return Reply(server, message)
    return Reply(server, problem=f"{server} answers {dns.rcode.to_text(message.rcode())} for {messages.text(name)}")


def at_once(call: t.Callable[[_T], _R], items: t.Sequence[_T]) -> list[_R]:
    """The results of the call for a few items, in order, run in parallel."""
    if len(items) < 2:
        return [call(item) for item in items]
    with concurrent.futures.ThreadPoolExecutor(max_workers=len(items), thread_name_prefix="dns") as pool:
        return list(pool.map(call, items))
