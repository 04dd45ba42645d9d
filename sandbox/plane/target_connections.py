# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Connections of load balancers to targets, kept open for later requests.

Elastic Load Balancing User Guide, "How Elastic Load Balancing works", "HTTP connections": requests of several clients
can go to a target over one connection, unless its answers have `Connection: close`. The idle timeout closes it
(Application Load Balancers Guide, "Connection idle timeout").
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from dataclasses import dataclass, field

from sandbox.plane.messages import (
    Connection,
    NoAnswerError,
    Place,
    Request,
    Response,
    connect,
    converse,
)

# What may be sent again when the target closes a kept connection at the same moment (RFC 9110, 9.2.2).
_REPEATABLE = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})


@dataclass(frozen=True, slots=True)
class _Kept:
    """A connection that nobody uses, and the time until which it may be used again."""

    connection: Connection
    until: float

    @property
    def usable(self) -> bool:
        reader, writer = self.connection
        return time.monotonic() < self.until and not reader.at_eof() and not writer.transport.is_closing()


@dataclass(slots=True)
class TargetConnections:
    """Exchanges requests and answers with targets."""

    _kept: defaultdict[Place, list[_Kept]] = field(default_factory=lambda: defaultdict(list))

    async def exchange(self, place: Place, request: Request, connecting: float, answering: float) -> Response:
        """Send a request and return the answer.

        `connecting` and `answering` are timeouts in seconds; a connection is kept for the latter.
        Raises TimeoutError, OSError, MalformedError.
        """
        while request.method in _REPEATABLE and (kept := self._take(place)):
            try:
                return await self._ask(place, kept, request, answering)
            except (ConnectionError, NoAnswerError):
                continue
        return await self._ask(place, await connect(place, connecting), request, answering)

    def tidy(self) -> None:
        """Close connections whose time is up, or whose target is gone."""
        for place, known in list(self._kept.items()):
            for kept in known:
                if not kept.usable:
                    kept.connection[1].transport.abort()
            self._kept[place] = [kept for kept in known if kept.usable]
            if not self._kept[place]:
                del self._kept[place]

    def close(self) -> None:
        """Close all of them."""
        for kept in [kept for known in self._kept.values() for kept in known]:
            kept.connection[1].transport.abort()
        self._kept.clear()

    def _take(self, place: Place) -> Connection | None:
        while self._kept[place]:
            kept = self._kept[place].pop()
            if kept.usable:
                return kept.connection
            kept.connection[1].transport.abort()
        return None

    async def _ask(self, place: Place, connection: Connection, request: Request, answering: float) -> Response:
        keep = False
        try:
            async with asyncio.timeout(answering):
                response = await converse(connection, request)
            keep = not response.is_last
        finally:
            if keep:
                self._kept[place].append(_Kept(connection, time.monotonic() + answering))
            else:
                connection[1].transport.abort()
        return response
