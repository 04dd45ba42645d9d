# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Name servers on loopback addresses, each with answers of its own."""

from __future__ import annotations

import contextlib
import dataclasses
import selectors
import socket
import threading
import typing as t

import dns.flags
import dns.message
import dns.rcode
import dns.rrset

from ansible_collections.everlook.failover.plugins.module_utils._probe.network import DNS_PORT, Network


@dataclasses.dataclass(frozen=True, kw_only=True)
class Reply:
    """What a server answers: record sets as dnspython writes them, ``name ttl IN type value``."""

    answer: tuple[str, ...] = ()
    authority: tuple[str, ...] = ()
    additional: tuple[str, ...] = ()
    rcode: str = "NOERROR"
    authoritative: bool = True
    silent: bool = False


# (name without trailing dot, type) → reply
Zone = t.Mapping[tuple[str, str], Reply]
REFUSED: t.Final = Reply(rcode="REFUSED", authoritative=False)


class NameServers:
    """As a context manager: servers on one port, each on an address of its own in 127/8."""

    def __init__(self, zones: t.Mapping[str, Zone]) -> None:
        self.zones = {address: dict(zone) for address, zone in zones.items()}
        self.asked: list[tuple[str, str, str]] = []
        self.port = 0
        self._selector = selectors.DefaultSelector()
        self._wake, self._woken = socket.socketpair()
        self._thread = threading.Thread(target=self._serve)

    def network(self, resolver: str, over_https: str = "") -> Network:
        """A network whose resolver is one of the servers."""
        return Network(resolver=(resolver, self.port), port_shift=self.port - DNS_PORT, dns_over_https=over_https)

    def count(self, name: str, kind: str) -> int:
        """How often that question was asked."""
        return sum(asked[1:] == (name, kind) for asked in self.asked)

    def __enter__(self) -> NameServers:
        for _attempt in range(20):
            with contextlib.ExitStack() as stack:
                try:
                    sockets = self._bind(stack)
                except OSError:  # the port is another's at one of the addresses
                    continue
                stack.pop_all()
                break
        else:
            raise OSError("no port is free at all of the addresses")
        for address, bound in sockets.items():
            self._selector.register(bound, selectors.EVENT_READ, address)
        self._selector.register(self._woken, selectors.EVENT_READ, None)
        self._thread.start()
        return self

    def _bind(self, stack: contextlib.ExitStack) -> dict[str, socket.socket]:
        self.port, sockets = 0, {}
        for address in self.zones:
            bound = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            bound.bind((address, self.port))
            self.port = bound.getsockname()[1]
            sockets[address] = bound
        return sockets

    def __exit__(self, *_error: object) -> None:
        self._wake.close()
        self._thread.join()
        for key in list(self._selector.get_map().values()):
            t.cast(socket.socket, key.fileobj).close()
        self._selector.close()

    def _serve(self) -> None:
        while True:
            for key, _events in self._selector.select():
                if key.data is None:
                    return
                self._answer(t.cast(socket.socket, key.fileobj), key.data)

    def _answer(self, bound: socket.socket, address: str) -> None:
        wire, client = bound.recvfrom(4096)
        query = dns.message.from_wire(wire)
        question = query.question[0]
        key = (question.name.to_text(omit_final_dot=True).lower(), question.rdtype.name)
        self.asked.append((address, *key))
        made = self.zones[address].get(key, REFUSED)
        if made.silent:
            return
        bound.sendto(respond(query, made), client)


def respond(query: dns.message.Message, made: Reply) -> bytes:
    """The message that says so."""
    reply = dns.message.make_response(query)
    reply.set_rcode(dns.rcode.from_text(made.rcode))
    reply.flags |= dns.flags.AA if made.authoritative else 0
    for section in ("answer", "authority", "additional"):
        getattr(reply, section).extend(_record_set(text) for text in getattr(made, section))
    return reply.to_wire()


def _record_set(text: str) -> dns.rrset.RRset:
    name, ttl, kind, *values = text.split()
    return dns.rrset.from_text(name, int(ttl), "IN", kind, *values)
