# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Resolves names like a resolver without a cache, from the parent zone down to the zone that answers."""

from __future__ import annotations

import contextlib
import dataclasses
import sys
import threading
import typing as t

from .._engine.errors import FailoverError
from . import messages
from .answers import Answer, Delegation, ServerAnswer, differing
from .network import NOBODY, Network
from .over_https import OverHttps, describe
from .servers import PAYLOAD, Reply, Server, Servers, at_once, judged

# Without dnspython an IterativeResolver raises DnsUnavailable.
with contextlib.suppress(ImportError):
    import dns.exception
    import dns.message
    import dns.name
    import dns.rcode
    import dns.rdatatype
    import dns.resolver

# A parent, a child, and two more for zones below that.
_MOST_REFERRALS: t.Final = 4
_SECONDS: t.Final = 2.0


class DnsUnavailable(FailoverError):
    """dnspython is missing, or the parent zone cannot be found. The message says what to do.

    :param rcode: the resolver's for the parent zone; empty without an answer.
    """

    def __init__(self, message: str, *, rcode: str = "") -> None:
        super().__init__(message)
        self.rcode = rcode


class IterativeResolver:
    """Resolves names from a zone's own name servers down, without a cache.

    Only the servers of ``parent_zone`` are cached, which the network's resolver finds. If no name server has ever
    answered on port 53, the network's resolver over HTTPS is queried instead, which may cache answers; see
    Answer.over_https. Thread-safe.

    :param parent_zone: where to start: the zone that delegates, or the zone itself.
    :param servers: the names of that zone's servers, if known.
    :param seconds: timeout of one query to one server.
    Raises DnsUnavailable if dnspython is missing.
    """

    def __init__(
        self, network: Network, parent_zone: str, *, servers: t.Sequence[str] = (), seconds: float = _SECONDS
    ) -> None:
        require_dnspython()
        self._network = network
        self._zone = dns.name.from_text(parent_zone)
        self._names = tuple(dns.name.from_text(name) for name in servers)
        self._seconds = seconds
        self._lock = threading.Lock()
        self._known: tuple[Server, ...] = ()
        self._servers = Servers(network, seconds)
        self._https = OverHttps(network.dns_over_https, seconds) if network.dns_over_https else None
        self._closed = False

    @property
    def zone(self) -> str:
        """The zone from which names are resolved."""
        return messages.text(self._zone)

    def ask(self, name: str, rtype: str = "A") -> Answer:
        """Query one random server of each zone, as clients do. Never raises: an error is in the answer."""
        return self._ask(name, rtype, each=False)

    def ask_each(self, name: str) -> Answer:
        """Like ask for addresses, with the answers of all other name servers of the zone in ``others``."""
        return self._ask(name, "A", each=True)

    def delegation(self, zone: str) -> Delegation:
        """Query all servers of the parent zone for the name servers of ``zone``. Never raises."""
        wanted = dns.name.from_text(zone)
        if self._closed:
            found = self._over_https(wanted, dns.rdatatype.NS, "")
        else:
            try:
                found = self._servers.each(self._start(), wanted, dns.rdatatype.NS)
            except DnsUnavailable as error:
                found = [Reply(self.zone, problem=str(error))]
            if not any(reply.message for reply in found):
                found = self._over_https(wanted, dns.rdatatype.NS, found[0].problem)
        good = {reply.server: reply.message for reply in found if reply.message}
        if not good:
            return Delegation(problem=found[0].problem)
        said = {server: messages.name_servers(reply, wanted) for server, reply in good.items()}
        names = tuple(sorted({name for servers in said.values() for name in servers}))
        rcode = dns.rcode.to_text(next(iter(good.values())).rcode())
        problem = "" if names else f"the servers of {self.zone} know no name servers of {zone} ({rcode})"
        labels = {server: ", ".join(servers) or "no name servers" for server, servers in said.items()}
        return Delegation(rcode, names, problem, differing(labels))

    def _ask(self, name: str, rtype: str, *, each: bool) -> Answer:
        wanted, kind = dns.name.from_text(name), dns.rdatatype.from_text(rtype)
        if self._closed:
            return self._answer_over_https(wanted, kind, Answer())
        try:
            found = self._walk(self._start(), wanted, kind, each=each)
        except DnsUnavailable as error:
            found = Answer(rcode=error.rcode, problem=str(error))
        return found if found.rcode else self._answer_over_https(wanted, kind, found)

    def _walk(
        self, servers: t.Sequence[Server], wanted: dns.name.Name, kind: dns.rdatatype.RdataType, *, each: bool
    ) -> Answer:
        asked: list[str] = []
        for _level in range(_MOST_REFERRALS):
            reply = self._servers.one_of(servers, wanted, kind)
            asked.append(reply.server)
            if reply.message is None:
                # They may have been replaced since.
                self._forget()
                return Answer(name_servers=tuple(asked), problem=reply.problem)
            referred = messages.referral(reply.message, wanted)
            if referred is None:
                found = messages.answer(reply.message, wanted, kind, tuple(asked))
                return self._with_others(found, servers, wanted, kind) if each else found
            servers = self._addresses(reply.message, referred)
            if not servers:
                names = ", ".join(map(messages.text, referred))
                return Answer(name_servers=tuple(asked), problem=f"no address is known of {names}")
        problem = f"{messages.text(wanted)} is delegated more than {_MOST_REFERRALS} times"
        return Answer(name_servers=tuple(asked), problem=problem)

    def _with_others(
        self, found: Answer, servers: t.Sequence[Server], wanted: dns.name.Name, kind: dns.rdatatype.RdataType
    ) -> Answer:
        others = [server for server in servers if str(server) != found.name_servers[-1]]
        said = []
        for reply in self._servers.each(others, wanted, kind):
            answer = Answer(problem=reply.problem)
            if reply.message is not None:
                answer = messages.answer(reply.message, wanted, kind, (reply.server,))
            said.append(ServerAnswer(reply.server, answer.addresses, answer.problem))
        return dataclasses.replace(found, others=tuple(said))

    def _answer_over_https(self, wanted: dns.name.Name, kind: dns.rdatatype.RdataType, before: Answer) -> Answer:
        """The answer of the resolver over HTTPS, or else ``before`` with the problem."""
        [reply] = self._over_https(wanted, kind, before.problem)
        if reply.message is None or self._https is None:
            return dataclasses.replace(before, problem=reply.problem)
        return dataclasses.replace(
            messages.answer(reply.message, wanted, kind, (reply.server,)), over_https=self._https.url
        )

    def _over_https(self, wanted: dns.name.Name, kind: dns.rdatatype.RdataType, problem: str) -> list[Reply]:
        """The reply of the resolver over HTTPS; ``problem`` if there is none, or if port 53 is open.

        :param problem: why name servers gave no answer.
        """
        if self._https is None or self._servers.heard:
            return [Reply(self.zone, problem=problem)]
        server = f"{self._https.url.partition('://')[2].partition('/')[0]} (HTTPS)"
        try:
            reply = self._https.query(dns.message.make_query(wanted, kind, use_edns=0, payload=PAYLOAD))
        except (dns.exception.DNSException, OSError) as error:
            text = f"{problem or 'port 53 is closed here'}; nor does {self._https.url} answer ({describe(error)})"
            return [Reply(server, problem=text)]
        self._closed = True
        return [judged(server, wanted, reply)]

    def _start(self) -> tuple[Server, ...]:
        """The servers of the parent zone. Raises DnsUnavailable if they cannot be found."""
        with self._lock:
            if not self._known:
                self._known = self._find_servers()
            return self._known

    def _forget(self) -> None:
        with self._lock:
            self._known = ()

    def _find_servers(self) -> tuple[Server, ...]:
        if not self._network.dns:
            raise DnsUnavailable(NOBODY)
        servers = self._resolve(self._names or self._find_names())
        if not servers:
            raise DnsUnavailable(f"no address is known of any of the name servers of {self.zone}")
        return servers

    def _find_names(self) -> tuple[dns.name.Name, ...]:
        resolver = self._resolver()
        try:
            return tuple(item.target for item in resolver.resolve(self._zone, "NS"))
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer) as error:
            rcode = "NXDOMAIN" if isinstance(error, dns.resolver.NXDOMAIN) else "NOERROR"
            raise DnsUnavailable(f"{self.zone} has no name servers in DNS ({rcode})", rcode=rcode) from error
        except dns.exception.DNSException as error:
            raise DnsUnavailable(
                f"the name servers of {self.zone} cannot be found: {error} Check the network, or name another resolver "
                "in EVERLOOK_FAILOVER_RESOLVER."
            ) from error

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

    def _resolve(self, names: t.Sequence[dns.name.Name]) -> tuple[Server, ...]:
        return tuple(server for servers in at_once(self._addresses_of, names) for server in servers)

    def _addresses_of(self, name: dns.name.Name) -> list[Server]:
        try:
            found = self._resolver().resolve(name, "A")
        except (dns.exception.DNSException, DnsUnavailable):
            return []
        return [Server(messages.text(name), str(item.address)) for item in found]

    def _addresses(self, reply: dns.message.Message, names: t.Sequence[dns.name.Name]) -> tuple[Server, ...]:
        """The servers of a referral, by its glue or else through the resolver."""
        glue = messages.glue(reply)
        known = tuple(Server(messages.text(name), address) for name in names for address in glue.get(name, ()))
        return known or self._resolve(names)


def require_dnspython() -> None:
    """Raises DnsUnavailable if dnspython is not installed."""
    if "dns.resolver" not in sys.modules:
        raise DnsUnavailable(
            f"dnspython is not installed for {sys.executable}; queries to DNS need it: pip install dnspython"
        )
