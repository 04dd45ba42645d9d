# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The smoke test by a request to a region's own name, which a release has to pass."""

from __future__ import annotations

import dataclasses
import os
import time
import typing as t

from ...module_utils._engine.errors import FailoverError
from ...module_utils._failover_chain.record_names import regional_name
from ...module_utils._preflight.settings import SMOKE_REQUEST
from ...module_utils._preflight.values import validate
from ...module_utils._probe.http import Reply, ask, https_redirect
from ...module_utils._probe.network import CLIENT_CERTIFICATE_VARIABLE, Network
from ...module_utils._route53.names import readable

# Bytes of a body: as much as a client of this collection reads
_BODY: t.Final = 65536
# Seconds between two attempts
_PAUSE: t.Final = 1.0
_DEFAULT_PORTS: t.Final = {"http": 80, "https": 443}


@dataclasses.dataclass(frozen=True, kw_only=True)
class SmokeRequest:
    """The variable app_smoke_request, and where to send the request.

    :param status: the expected HTTP status.
    :param contains: text that the body must contain; empty for any.
    :param timeout: seconds within which the answer has to be right.
    :param scheme: ``http`` or ``https``; as in Route 53's health checks, the certificate is not verified.
    :param record: the application's name, below which regions have their own names.
    :param start: the zone from which names are resolved.
    :param dns_over_https: URL of the resolver to use if port 53 is blocked; empty for none.
    """

    path: str
    status: int
    contains: str
    timeout: float
    scheme: str
    port: int
    record: str
    start: str
    dns_over_https: str = ""

    def url(self, region: str) -> str:
        """The region's own URL."""
        port = "" if self.port == _DEFAULT_PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{readable(regional_name(region, self.record))}{port}{self.path}"

    def problem(self, region: str) -> str:
        """Why the region does not answer as expected; empty if it does. Tries until the timeout."""
        end = time.monotonic() + self.timeout
        try:
            addresses = self._resolver(region)
            while True:
                found = self._try(region, addresses())
                if not found or time.monotonic() >= end:
                    return found
                time.sleep(_PAUSE)
        except FailoverError as error:
            return str(error)

    def judge(self, reply: Reply) -> str:
        """Why an answer is not right; empty if it is."""
        if reply.status is None:
            return reply.error
        if reply.status != self.status:
            return f"answers with status {reply.status}, and {self.status} is wanted"
        if self.contains.encode() not in reply.body:
            return f"answers without {self.contains!r} in its body"
        return ""

    def _try(self, region: str, found: tuple[t.Sequence[str], str]) -> str:
        addresses, problem = found
        url = self.url(region)
        if not addresses:
            return f"{url}: its name has no address ({problem})"
        network = Network.from_environment(os.environ)
        # Every node of the load balancer has to reach the new tasks.
        for address in addresses:
            asked, reply = ask(network, url, address, keep=_BODY, verify=False)
            if why := self.judge(reply):
                return f"{asked} at {address}: {why}{_hint(asked, reply)}"
        return ""

    def _resolver(self, region: str) -> t.Callable[[], tuple[t.Sequence[str], str]]:
        # Imported here, because dnspython takes as long as several calls, and few runs release anything.
        from ...module_utils._probe.resolver import IterativeResolver  # noqa: PLC0415

        resolver = IterativeResolver(Network.from_environment(os.environ, self.dns_over_https), self.start)

        def resolve() -> tuple[t.Sequence[str], str]:
            answer = resolver.ask(readable(regional_name(region, self.record)))
            return answer.addresses, answer.problem or answer.rcode

        return resolve


def _hint(url: str, reply: Reply) -> str:
    """What to do if health checkers use HTTP, because they have no client certificate."""
    if not https_redirect(url, reply):
        return ""
    return f". It is sent over HTTPS if {CLIENT_CERTIFICATE_VARIABLE} names a client's certificate"


def smoke_request_of(value: t.Callable[[str], t.Any]) -> SmokeRequest | None:
    """The request of the inventory; None if it has none.

    :param value: name of a variable → its value, None if it is not set.
    """
    given = value("app_smoke_request")
    record = value("route53_failover_record_name") or value("route53_failover_zone")
    if not given or not record:
        return None
    options, _errors = validate(SMOKE_REQUEST, given)  # preflight has reported errors
    check = value("route53_failover_health_check") or {}
    scheme = str(check.get("protocol") or "HTTP").lower()
    return SmokeRequest(
        **options,
        scheme=scheme,
        port=int(check.get("port") or _DEFAULT_PORTS[scheme]),
        record=record,
        start=value("app_parent_domain") or value("route53_failover_zone"),
        dns_over_https=value("dns_over_https_url") or "",
    )
