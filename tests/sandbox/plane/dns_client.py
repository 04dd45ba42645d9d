# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A DNS client for tests, by dnspython: it shares no line with the servers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import dns.flags
import dns.message
import dns.query
import dns.rcode
import dns.rdatatype

_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Dns:
    """Asks the resolver, or one name server."""

    resolver: str
    port: int

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Dns:
        """By the environment that a sandbox gives to a process."""
        address, _colon, port = environment["EVERLOOK_FAILOVER_RESOLVER"].partition(":")
        return cls(address, int(port or 53))

    def ask(self, name: str, kind: str = "A", at: str = "", **more: Any) -> dns.message.Message:
        """The reply; of the resolver, or of the server at that address."""
        query = dns.message.make_query(name, kind, use_edns=0, payload=1232, flags=0 if at else dns.flags.RD)
        return self.send(query, at, **more)

    def send(self, query: dns.message.Message, at: str = "", tcp: bool = False) -> dns.message.Message:
        """The reply to a query of one's own making."""
        send = dns.query.tcp if tcp else dns.query.udp
        return send(query, at or self.resolver, timeout=_SECONDS, port=self.port)

    def values(self, name: str, kind: str = "A", at: str = "") -> list[str]:
        """What the records of that type say, sorted; the response code's name when there are none."""
        reply = self.ask(name, kind, at)
        found = values_in(reply.answer, kind)
        return found or [dns.rcode.to_text(reply.rcode())]

    def servers(self, zone: str) -> list[str]:
        """The addresses of a zone's name servers as the resolver gives them."""
        return [self.values(name)[0] for name in self.values(zone, "NS")]


def values_in(section: list[Any], kind: str) -> list[str]:
    """The values of one type in a section of a message, sorted."""
    wanted = dns.rdatatype.from_text(kind)
    return sorted(item.to_text() for rrset in section if rrset.rdtype == wanted for item in rrset)
