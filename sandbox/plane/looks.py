# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A probe of an endpoint, as by Route 53's health checkers.

From the API reference of HealthCheckConfig and the Developer Guide, "How Amazon Route 53 determines
whether a health check is healthy"; texts as in GetHealthCheckStatus.
"""

from __future__ import annotations

import asyncio
import errno
import os
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from sandbox.plane.messages import Request, any_certificate

# Timeouts in seconds for the connection and for the answer: of HTTP, of the body, of TCP
CONNECT_SECONDS, ANSWER_SECONDS, TCP_SECONDS = 4.0, 2.0, 10.0
_SEARCHED_BYTES = 5120
_LARGEST_HEAD = 65536
# Developer Guide, "Health checks that monitor an endpoint"
_NEWEST_TLS = ssl.TLSVersion.TLSv1_2
_AGENT = "Amazon-Route53-Health-Check-Service (ref {}; report http://amzn.to/1vsZADi)"

TIMED_OUT = (
    "Failure: Connection timed out. The endpoint or the internet connection is down, or requests are being blocked "
    "by your firewall. See Configuring router and firewall rules for Amazon Route 53 health checks."
)


@dataclass(frozen=True, slots=True)
class Limits:
    """Real seconds for the connection and for the answer."""

    connect: float
    answer: float


@dataclass(frozen=True, slots=True)
class Target:
    """A probe: an address and a real port, and the relevant settings of the check."""

    address: str
    port: int
    kind: str
    host: str
    path: str
    search: str
    server_name: str | None

    @property
    def secure(self) -> bool:
        """Whether it uses TLS."""
        return self.kind.startswith("HTTPS")


@dataclass(frozen=True, slots=True)
class Look:
    """The result, in Route 53's words."""

    well: bool
    text: str


def target_of(config: Mapping[str, Any], address: str, port: int) -> Target:
    """The probe of a HealthCheckConfig at an address; `port` is the real one, the Host header has the check's."""
    kind, asked = config["Type"], int(config["Port"])
    name = config.get("FullyQualifiedDomainName") or address
    usual = 443 if kind.startswith("HTTPS") else 80
    return Target(
        address,
        port,
        kind,
        host=name if asked == usual else f"{name}:{asked}",
        path=config.get("ResourcePath") or "/",
        search=config.get("SearchString") or "",
        server_name=name if config.get("EnableSNI") else None,
    )


async def look(target: Target, limits: Limits, check_id: str) -> Look:
    """Probe once."""
    resolved = f" Resolved IP: {target.address}"
    try:
        async with asyncio.timeout(limits.connect):
            reader, writer = await asyncio.open_connection(target.address, target.port, limit=_LARGEST_HEAD)
    except TimeoutError:
        return Look(False, TIMED_OUT + resolved)
    except OSError as error:
        return Look(False, f"Failure: {os.strerror(error.errno or errno.EHOSTUNREACH)}.{resolved}")
    try:
        if target.kind == "TCP":
            return Look(True, "Success: The health checker established a TCP connection.")
        return await _ask(target, limits, check_id, (reader, writer))
    except (OSError, EOFError, ValueError, asyncio.LimitOverrunError) as error:  # TimeoutError is an OSError
        return Look(False, f"Failure: {_problem(error)}.{resolved}")
    finally:
        writer.close()


def _problem(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "The endpoint did not answer within the timeout limit"
    if isinstance(error, ssl.SSLError):
        return f"The TLS handshake failed ({error.reason})"
    return "The endpoint closed the connection without an HTTP answer"


async def _ask(
    target: Target, limits: Limits, check_id: str, streams: tuple[asyncio.StreamReader, asyncio.StreamWriter]
) -> Look:
    """Send the request and judge the answer. Raises TimeoutError, OSError, EOFError and ValueError."""
    reader, writer = streams
    async with asyncio.timeout(limits.answer):
        if target.secure:
            await writer.start_tls(any_certificate(_NEWEST_TLS), server_hostname=target.server_name)
        headers = (("Host", target.host), ("Connection", "close"), ("User-Agent", _AGENT.format(check_id)))
        writer.write(Request("GET", target.path, (*headers, ("Accept", "*/*"))).encode())
        head = await reader.readuntil(b"\r\n\r\n")
    status = status_of(head)
    body = b""
    if target.search and 200 <= status < 400:
        async with asyncio.timeout(limits.answer):
            body = await _beginning(reader)
    return judge(target, status, body)


async def _beginning(reader: asyncio.StreamReader) -> bytes:
    body = b""
    while len(body) < _SEARCHED_BYTES:
        read = await reader.read(_SEARCHED_BYTES - len(body))
        if not read:
            break
        body += read
    return body


def status_of(head: bytes) -> int:
    """The status in the beginning of an HTTP answer. Raises ValueError when there is none."""
    version, _, rest = head.partition(b" ")
    if not version.startswith(b"HTTP/"):
        raise ValueError("no HTTP")
    return int(rest[:3])


def judge(target: Target, status: int, body: bytes) -> Look:
    """Healthy with a status of 2xx or 3xx and, if the check has a search string, with it in the body's beginning."""
    resolved = f" Resolved IP: {target.address}"
    name = f"HTTP Status Code {status}, {_phrase(status)}"
    if not 200 <= status < 400:
        return Look(False, f"Failure: {name}.{resolved}")
    if target.search and target.search.encode() not in body[:_SEARCHED_BYTES]:
        return Look(False, f"Failure: {name}. The search string was not found in the response body.{resolved}")
    return Look(True, f"Success: {name}")


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"
