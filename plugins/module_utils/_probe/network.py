# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How to reach DNS and services from this machine."""

from __future__ import annotations

import dataclasses
import ipaddress
import typing as t
import urllib.parse

from .._engine.errors import SpecError

RESOLVER_VARIABLE: t.Final = "EVERLOOK_FAILOVER_RESOLVER"
PORT_SHIFT_VARIABLE: t.Final = "EVERLOOK_FAILOVER_PORT_SHIFT"
CLIENT_CERTIFICATE_VARIABLE: t.Final = "EVERLOOK_FAILOVER_CLIENT_CERTIFICATE"
CLIENT_KEY_VARIABLE: t.Final = "EVERLOOK_FAILOVER_CLIENT_KEY"
OVER_HTTPS_VARIABLE: t.Final = "EVERLOOK_FAILOVER_DNS_OVER_HTTPS"
OVER_HTTPS_OPTION: t.Final = "dns_over_https_url"
# The value of RESOLVER_VARIABLE that turns DNS off.
NO_DNS: t.Final = "none"
NOBODY: t.Final = f"{RESOLVER_VARIABLE} is {NO_DNS}"
DNS_PORT: t.Final = 53
_FIRST_PORT_WITHOUT_PRIVILEGES: t.Final = 1024
_LAST_PORT: t.Final = 65535


@dataclasses.dataclass(frozen=True)
class Network:
    """How this machine reaches the world.

    :param resolver: (IP address, port) of the recursive resolver; None for those in the system's resolv.conf.
    :param port_shift: added to ports below 1024 when connecting, for services on forwarded ports.
    :param dns_over_https: URL of the resolver to query if port 53 is closed; empty for none.
    :param client_certificate: file with the client certificate, in PEM; empty for none.
    :param client_key: file with its key; empty if it is in the same file.
    :param dns: whether to query DNS at all.
    """

    resolver: tuple[str, int] | None = None
    port_shift: int = 0
    dns_over_https: str = ""
    client_certificate: str = ""
    client_key: str = ""
    dns: bool = True

    @classmethod
    def from_environment(cls, environ: t.Mapping[str, str], dns_over_https: str = "") -> Network:
        """From EVERLOOK_FAILOVER_RESOLVER (``ip``, ``ip:port``, ``none``), EVERLOOK_FAILOVER_PORT_SHIFT,
        EVERLOOK_FAILOVER_CLIENT_CERTIFICATE, EVERLOOK_FAILOVER_CLIENT_KEY, and EVERLOOK_FAILOVER_DNS_OVER_HTTPS, which
        overrides the option ``dns_over_https``. Raises SpecError.
        """
        shift = _parse_shift(environ.get(PORT_SHIFT_VARIABLE, ""))
        own = environ.get(OVER_HTTPS_VARIABLE, "").strip()
        over_https = parse_over_https(own, OVER_HTTPS_VARIABLE) if own else parse_over_https(dns_over_https)
        shown = [environ.get(name, "").strip() for name in (CLIENT_CERTIFICATE_VARIABLE, CLIENT_KEY_VARIABLE)]
        unshifted = cls(port_shift=shift, dns_over_https=over_https, client_certificate=shown[0], client_key=shown[1])
        written = environ.get(RESOLVER_VARIABLE, "").strip()
        if written == NO_DNS:
            return dataclasses.replace(unshifted, dns=False, dns_over_https="")
        return dataclasses.replace(unshifted, resolver=_parse_resolver(written, unshifted.port(DNS_PORT)))

    def port(self, port: int) -> int:
        """The port to connect to for a service on ``port``."""
        return port + self.port_shift if port < _FIRST_PORT_WITHOUT_PRIVILEGES else port


def _parse_shift(written: str) -> int:
    if not written.strip():
        return 0
    highest = _LAST_PORT - _FIRST_PORT_WITHOUT_PRIVILEGES
    try:
        shift = int(written)
    except ValueError:
        shift = -1
    if not 0 <= shift <= highest:
        raise SpecError(PORT_SHIFT_VARIABLE, f"{written!r} is not a number from 0 to {highest}.")
    return shift


def parse_over_https(written: str, source: str = OVER_HTTPS_OPTION) -> str:
    """The URL, or nothing. Plain HTTP only on this machine, because answers have to be trusted.

    Raises SpecError with the name of the option or variable.
    """
    url = written.strip()
    parts = urllib.parse.urlsplit(url)
    host = parts.hostname or ""
    if url and (parts.scheme != "https" or not host) and not (parts.scheme == "http" and _is_loopback(host)):
        raise SpecError(
            source, f"{written!r} is not an https URL.", "Write https://dns.google/dns-query, or '' to turn it off."
        )
    return url


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _parse_resolver(written: str, default_port: int) -> tuple[str, int] | None:
    if not written:
        return None
    address, port = _split(written)
    try:
        number = int(port) if port else default_port
        ipaddress.ip_address(address)
    except ValueError:
        number = 0
    if not 0 < number <= _LAST_PORT:
        raise SpecError(
            RESOLVER_VARIABLE,
            f"{written!r} is not an IP address with or without a port.",
            "Write 192.0.2.53 or 192.0.2.53:5353, and [2001:db8::53]:5353 for IPv6.",
        )
    return address, number


def _split(written: str) -> tuple[str, str]:
    """(Address, port) of ``a.b.c.d``, ``a.b.c.d:port``, an IPv6 address, or one in brackets with a port."""
    if written.startswith("["):
        address, _bracket, rest = written[1:].partition("]")
        return address, rest.removeprefix(":")
    if written.count(":") > 1:
        return written, ""
    address, _colon, port = written.partition(":")
    return address, port
