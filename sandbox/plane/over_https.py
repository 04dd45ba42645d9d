# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The resolver over HTTP, for clients that speak DNS over HTTPS (RFC 8484). In plain text: it is on loopback."""

from __future__ import annotations

import asyncio

from sandbox.plane.dns_server import answer
from sandbox.plane.messages import MalformedError, Request, Response, read_request
from sandbox.plane.resolver import Resolver
from sandbox.plane.site import Part, Site

_TYPE = "application/dns-message"
_PATH = "/dns-query"
_IDLE_SECONDS = 10.0


class OverHttps(Part):
    """Answers POST /dns-query with the resolver's answers, even when port 53 is closed."""

    def __init__(self, site: Site, resolver: Resolver) -> None:
        self._site = site
        self._resolver = resolver
        self._server: asyncio.Server | None = None

    async def open(self) -> None:
        """Listen. Raises OSError when something else listens there."""
        self._server = await asyncio.start_server(self._serve_connection, *self._site.addresses.over_https)

    async def run(self) -> None:
        """Answer until cancelled."""
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            if self._server:
                self._server.close()

    async def _serve_connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(_IDLE_SECONDS):
                request = await read_request(reader)
                if request:
                    writer.write((await self._answer(request)).encode(request.method))
                    await writer.drain()
        except (MalformedError, OSError, EOFError):  # TimeoutError is an OSError
            pass
        finally:
            writer.close()

    async def _answer(self, request: Request) -> Response:
        close = (("Connection", "close"),)
        if request.target != _PATH:
            return Response(404, "Not Found", close)
        if request.method != "POST":
            return Response(405, "Method Not Allowed", (("Allow", "POST"), *close))
        if request.header("Content-Type") != _TYPE:
            return Response(415, "Unsupported Media Type", close)
        found = await answer(request.body, self._resolver.respond, whole=True)
        return (
            Response(200, "OK", (("Content-Type", _TYPE), *close), found)
            if found
            else Response(400, "Bad Request", close)
        )
