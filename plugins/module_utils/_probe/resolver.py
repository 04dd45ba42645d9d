# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Resolves names as a resolver without a cache does, from the parent zone down to the zone that answers."""

from __future__ import annotations

import contextlib
import dataclasses
import sys
import threading
import typing as t

from .._engine.errors import FailoverError
from .answers import Answer, Delegation
from .network import DNS_PORT, Network

# Without dnspython a Walker is refused with a message that says what to install.
with contextlib.suppress(ImportError):
    import dns.exception
    import dns.flags
    import dns.message
    import dns.name
    import dns.query
    import dns.rcode
    import dns.rdatatype
    import dns.resolver

# A parent, a child, and two more for zones below that.
_MOST_REFERRALS: t.Final = 4
# What fits into a datagram on every path (RFC 9715).
_PAYLOAD: t.Final = 1232
_SECONDS: t.Final = 2.0


class DnsUnavailable(FailoverError):
    """dnspython is missing, or the parent zone cannot be found. The message says what to do.

    :param rcode: what the resolver says of the parent zone; empty if it says nothing.
    """

    def __init__(self, message: str, *, rcode: str = "") -> None:
        super().__init__(message)
        self.rcode = rcode


@dataclasses.dataclass(frozen=True)
class _Server:
    name: str
    address: str

    def __str__(self) -> str:
        return f"{self.name} ({self.address})"


class Walker:
    """Resolves names from a zone's own name servers down, as resolvers do that have nothing cached.

    The servers of ``parent_zone`` are found through the network's resolver and remembered; nothing else is.
    Several threads may use one.

    :param parent_zone: where to start: the zone that delegates, or the zone itself if nothing above it is ours.
    :param seconds: how long to wait for one answer of one server.
    Raises DnsUnavailable when dnspython is missing.
    """

    def __init__(self, network: Network, parent_zone: str, *, seconds: float = _SECONDS) -> None:
        require_dnspython()
        self._network = network
        self._zone = dns.name.from_text(parent_zone)
        self._seconds = seconds
        self._lock = threading.Lock()
        self._known: tuple[_Server, ...] = ()

    @property
    def zone(self) -> str:
        """The zone from which names are resolved."""
        return _text(self._zone)

    def ask(self, name: str, rtype: str = "A") -> Answer:
        """What the name has now. Never raises: what is wrong is in the answer."""
        wanted, kind = dns.name.from_text(name), dns.rdatatype.from_text(rtype)
        asked: list[str] = []
        try:
            servers = self._start()
        except DnsUnavailable as error:
            return Answer(rcode=error.rcode, problem=str(error))
        for _level in range(_MOST_REFERRALS):
            reply, server, problem = self._ask_one_of(servers, wanted, kind)
            asked += [str(server)] if server else []
            if reply is None:
                return Answer(name_servers=tuple(asked), problem=problem)
            referred = _referral(reply, wanted)
            if referred is None:
                return _answer(reply, wanted, kind, tuple(asked))
            servers = self._addresses(reply, referred)
            if not servers:
                return Answer(
                    name_servers=tuple(asked), problem=f"no address is known of {', '.join(map(_text, referred))}"
                )
        return Answer(name_servers=tuple(asked), problem=f"{name} is delegated more than {_MOST_REFERRALS} times")

    def delegation(self, zone: str) -> Delegation:
        """Which name servers the servers of the parent zone name for ``zone``. Never raises."""
        wanted = dns.name.from_text(zone)
        try:
            servers = self._start()
        except DnsUnavailable as error:
            return Delegation(problem=str(error))
        reply, _server, problem = self._ask_one_of(servers, wanted, dns.rdatatype.NS)
        if reply is None:
            return Delegation(problem=problem)
        rcode = dns.rcode.to_text(reply.rcode())
        names = _name_servers(reply, wanted)
        if not names:
            problem = f"the servers of {self.zone} know no name servers of {zone} ({rcode})"
        return Delegation(rcode=rcode, name_servers=tuple(sorted(map(_text, names))), problem=problem)

    def _start(self) -> tuple[_Server, ...]:
        """The servers of the parent zone. Raises DnsUnavailable when they cannot be found."""
        with self._lock:
            if not self._known:
                self._known = self._find_servers()
            return self._known

    def _forget(self) -> None:
        with self._lock:
            self._known = ()

    def _find_servers(self) -> tuple[_Server, ...]:
        resolver = self._resolver()
        try:
            names = [item.target for item in resolver.resolve(self._zone, "NS")]
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer) as error:
            rcode = "NXDOMAIN" if isinstance(error, dns.resolver.NXDOMAIN) else "NOERROR"
            raise DnsUnavailable(f"{self.zone} has no name servers in DNS ({rcode})", rcode=rcode) from error
        except dns.exception.DNSException as error:
            raise DnsUnavailable(
                f"the name servers of {self.zone} cannot be found: {error} Check the network, or name another resolver "
                "in EVERLOOK_FAILOVER_RESOLVER."
            ) from error
        servers = tuple(server for name in names for server in self._resolve(name))
        if not servers:
            raise DnsUnavailable(f"no address is known of any of the name servers of {self.zone}")
        return servers

    def _resolver(self) -> dns.resolver.Resolver:
        own = self._network.resolver
        try:
            resolver = dns.resolver.Resolver(configure=own is None)
        except dns.resolver.NoResolverConfiguration as error:
            raise DnsUnavailable(
                f"this machine has no resolver: {error} Name one in EVERLOOK_FAILOVER_RESOLVER."
            ) from error
        if own is not None:
            resolver.nameservers, resolver.port = [own[0]], own[1]
        resolver.lifetime = 2 * self._seconds
        return resolver

    def _resolve(self, name: dns.name.Name) -> list[_Server]:
        try:
            return [_Server(_text(name), str(item.address)) for item in self._resolver().resolve(name, "A")]
        except (dns.exception.DNSException, DnsUnavailable):
            return []

    def _addresses(self, reply: dns.message.Message, names: t.Sequence[dns.name.Name]) -> tuple[_Server, ...]:
        """The servers that a referral names: glue where it brings some, else through the resolver."""
        glue = {
            rrset.name: [str(item.address) for item in rrset]
            for rrset in reply.additional
            if rrset.rdtype == dns.rdatatype.A
        }
        known = tuple(_Server(_text(name), address) for name in names for address in glue.get(name, ()))
        return known or tuple(server for name in names for server in self._resolve(name))

    def _ask_one_of(
        self, servers: t.Sequence[_Server], name: dns.name.Name, kind: dns.rdatatype.RdataType
    ) -> tuple[dns.message.Message | None, _Server | None, str]:
        """(reply, who gave it, ""), of the first server that can answer; (None, the last one, why) if none can."""
        problem, last = "no server", None
        for server in servers:
            last = server
            try:
                reply = self._query(server, name, kind)
            except (dns.exception.DNSException, OSError, EOFError) as error:
                problem = f"{server} does not answer ({type(error).__name__})"
                continue
            if reply.rcode() in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN):
                return reply, server, ""
            problem = f"{server} answers {dns.rcode.to_text(reply.rcode())} for {_text(name)}"
        # They may have been replaced since they were found.
        self._forget()
        return None, last, problem

    def _query(self, server: _Server, name: dns.name.Name, kind: dns.rdatatype.RdataType) -> dns.message.Message:
        query = dns.message.make_query(name, kind, use_edns=0, payload=_PAYLOAD, flags=0)
        reply, _over_tcp = dns.query.udp_with_fallback(
            query, server.address, timeout=self._seconds, port=self._network.port(DNS_PORT)
        )
        return reply


def require_dnspython() -> None:
    """Raises DnsUnavailable when dnspython is not installed."""
    if "dns.resolver" not in sys.modules:
        raise DnsUnavailable(
            f"dnspython is not installed for {sys.executable}; queries to DNS need it: pip install dnspython"
        )


def _referral(reply: dns.message.Message, name: dns.name.Name) -> list[dns.name.Name] | None:
    """The name servers of the zone below that a reply refers to; None if the reply is an answer."""
    if reply.rcode() != dns.rcode.NOERROR or reply.answer or reply.flags & dns.flags.AA:
        return None
    names = [
        item.target
        for rrset in reply.authority
        if rrset.rdtype == dns.rdatatype.NS and name.is_subdomain(rrset.name)
        for item in rrset
    ]
    return names or None


def _name_servers(reply: dns.message.Message, zone: dns.name.Name) -> list[dns.name.Name]:
    """The NS records of exactly this zone, from a referral or from an answer."""
    return [
        item.target
        for rrset in (*reply.answer, *reply.authority)
        if rrset.rdtype == dns.rdatatype.NS and rrset.name == zone
        for item in rrset
    ]


def _answer(
    reply: dns.message.Message, name: dns.name.Name, kind: dns.rdatatype.RdataType, asked: tuple[str, ...]
) -> Answer:
    rcode = dns.rcode.to_text(reply.rcode())
    records = [rrset for rrset in reply.answer if rrset.rdtype == kind]
    if not records:
        what = "does not exist" if rcode == "NXDOMAIN" else f"has no {dns.rdatatype.to_text(kind)} record"
        problem = f"{_text(name)} {what}, says {asked[-1]}"
        return Answer(rcode=rcode, name_servers=asked, problem=problem)
    values = tuple(item.to_text().removesuffix(".") for rrset in records for item in rrset)
    return Answer(rcode=rcode, addresses=values, ttl=min(rrset.ttl for rrset in records), name_servers=asked)


def _text(name: dns.name.Name) -> str:
    return name.to_text(omit_final_dot=True).lower()
