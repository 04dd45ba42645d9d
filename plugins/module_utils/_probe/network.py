# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which resolver to query, and on which ports services are reached."""

from __future__ import annotations

import dataclasses
import ipaddress
import typing as t

from .._engine.errors import SpecError

RESOLVER_VARIABLE: t.Final = "EVERLOOK_FAILOVER_RESOLVER"
PORT_SHIFT_VARIABLE: t.Final = "EVERLOOK_FAILOVER_PORT_SHIFT"
DNS_PORT: t.Final = 53
_FIRST_PORT_WITHOUT_PRIVILEGES: t.Final = 1024
_LAST_PORT: t.Final = 65535


@dataclasses.dataclass(frozen=True)
class Network:
    """How this machine reaches the world.

    :param resolver: (IP address, port) of the recursive resolver; None for those in the system's resolv.conf.
    :param port_shift: added to ports below 1024 when connecting: for services that are reachable on forwarded ports.
    """

    resolver: tuple[str, int] | None = None
    port_shift: int = 0

    @classmethod
    def from_environment(cls, environ: t.Mapping[str, str]) -> Network:
        """From EVERLOOK_FAILOVER_RESOLVER (``ip``, ``ip:port``) and EVERLOOK_FAILOVER_PORT_SHIFT. Raises SpecError."""
        shift = _parse_shift(environ.get(PORT_SHIFT_VARIABLE, ""))
        unshifted = cls(port_shift=shift)
        written = environ.get(RESOLVER_VARIABLE, "").strip()
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
    """(address, port) of ``a.b.c.d``, ``a.b.c.d:port``, an IPv6 address, or one in brackets with a port."""
    if written.startswith("["):
        address, _bracket, rest = written[1:].partition("]")
        return address, rest.removeprefix(":")
    if written.count(":") > 1:
        return written, ""
    address, _colon, port = written.partition(":")
    return address, port
