# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A user of the service: asks DNS from the parent zone down, then requests the page from what it says."""

from __future__ import annotations

import dataclasses
import http.client
import json
import typing as t

from tests.sandbox.plane.dns_client import Dns, values_in

_SECONDS = 3.0


@dataclasses.dataclass(frozen=True)
class Visit:
    """What a visit came to. Region and version are what the page says of itself; empty when there was no page."""

    answer: tuple[str, ...]
    ttl: int | None
    status: int | None
    region: str
    problem: str = ""
    version: str = ""


@dataclasses.dataclass(frozen=True)
class Visitor:
    """Visits names. `port_shift` as in EVERLOOK_FAILOVER_PORT_SHIFT."""

    names: Dns
    port_shift: int

    @classmethod
    def of(cls, environment: t.Mapping[str, str]) -> Visitor:
        """By the environment that a sandbox gives to a process."""
        return cls(Dns.of(environment), int(environment.get("EVERLOOK_FAILOVER_PORT_SHIFT", "0")))

    def visit(self, name: str) -> Visit:
        """Ask for the name's addresses, and the first of them for its page."""
        reply = self.names.ask(name)
        addresses = tuple(values_in(reply.answer, "A"))
        if not addresses:
            return Visit((), None, None, "", "no address")
        ttl = reply.answer[-1].ttl
        return dataclasses.replace(self.request(addresses[0], name), answer=addresses, ttl=ttl)

    def request(self, address: str, name: str) -> Visit:
        """The page of a name from this address."""
        connection = http.client.HTTPConnection(address, 80 + self.port_shift, timeout=_SECONDS)
        try:
            connection.request("GET", "/", headers={"Host": name.rstrip(".")})
            response = connection.getresponse()
            content = response.read()
            page = json.loads(content) if response.status == 200 else {"region": "", "version": ""}
            return Visit((address,), None, response.status, page["region"], version=page["version"])
        except (OSError, http.client.HTTPException) as error:
            return Visit((address,), None, None, "", type(error).__name__)
        finally:
            connection.close()
