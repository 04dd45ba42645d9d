# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Load balancers that listen: a socket for each node and listener, requests forwarded to targets."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import count

from sandbox.plane import rules
from sandbox.plane.certificates import Certificates
from sandbox.plane.client_certificates import demand, headers_of
from sandbox.plane.doors import Door
from sandbox.plane.messages import Headers, MalformedError, Place, Request, Response, read_request, without
from sandbox.plane.routes import Route, Routes, Socket
from sandbox.plane.site import Part, Site
from sandbox.plane.target_connections import TargetConnections

_LOOK_SECONDS = 0.1
# AWS's timeout for a connection to a target, which a slow machine needs too
_CONNECT_SECONDS = 10.0
_LEAST_SECONDS = 1.0
_CLIENT_SECONDS = 60.0
# Headers of one connection (RFC 9110, 7.6.1), and the length, which is set again
_HOP = (
    "connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade", "content-length",
    "expect",
)  # fmt: skip


@dataclass(slots=True)
class Balancers(Part):
    """Every load balancer of every account that faces the internet."""

    site: Site
    _routes: Routes = field(init=False)
    _doors: dict[Socket, Door] = field(default_factory=dict)
    _unusable: set[Socket] = field(default_factory=set)
    _targets: TargetConnections = field(default_factory=TargetConnections)
    _turns: defaultdict[str, Iterator[int]] = field(default_factory=lambda: defaultdict(count))

    def __post_init__(self) -> None:
        self._routes = Routes(self.site)

    async def run(self) -> None:
        """Keep sockets in line with listeners."""
        certificates = Certificates(self.site)
        try:
            read: Mapping[Socket, Route] | None = None
            while True:
                wanted = self._routes.current()
                if wanted is not read or self._unusable:
                    await self._align(wanted, certificates)
                    read = wanted
                    self._targets.tidy()
                await asyncio.sleep(_LOOK_SECONDS)
        finally:
            for door in self._doors.values():
                door.close()
            self._doors.clear()
            self._targets.close()

    async def _align(self, wanted: Mapping[Socket, Route], certificates: Certificates) -> None:
        for place in [known for known in self._doors if known not in wanted]:
            self._doors.pop(place).close()
        for place, route in wanted.items():
            door = self._doors.get(place)
            if door is not None and _fixed_settings(door.route) != _fixed_settings(route):
                self._doors.pop(place).close()
                door = None
            door = door or self._new(place, route, certificates)
            if door is not None:
                if door.context is not None:
                    demand(door.context, route.mutual)
                through = route.admitted and self.site.outages.of(route.region) != "cut"
                await door.set(route, through)

    def _new(self, place: Socket, route: Route, certificates: Certificates) -> Door | None:
        context = None
        if route.protocol == "HTTPS":
            context = certificates.context(route, lambda: self._doors[place].route)
        try:
            door = Door(place, route, self._serve, context)
        except OSError as error:
            if place not in self._unusable:
                print(f"load balancer: {place.address}:{place.port} cannot be listened on: {error}", file=sys.stderr)
                self._unusable.add(place)
            return None
        self._unusable.discard(place)
        self._doors[place] = door
        return door

    async def _serve(self, door: Door, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One client's connection, request after request.

        The first answer after its time is up closes it: ELB User Guide, "HTTP client keepalive duration".
        """
        client = str(writer.get_extra_info("peername")[0])
        certified = headers_of(writer.get_extra_info("ssl_object"), door.route.mutual)
        began = time.monotonic()
        with contextlib.suppress(ConnectionError, TimeoutError):
            last = False
            while not last:
                async with asyncio.timeout(_CLIENT_SECONDS):
                    try:
                        request = await read_request(reader)
                    except MalformedError:
                        writer.write(rules.refusal(400).encode())
                        return
                if request is None:
                    return
                self._refresh(door)
                response = await self._answer(door.route, request, client, certified)
                # Requests accepted before the route was closed get no answer either.
                await door.passable()
                last = request.is_last or time.monotonic() - began >= self.site.seconds(door.route.keep_alive_seconds)
                closing = (("Connection", "close"),) if last else ()
                headers = (*response.headers, *door.route.headers, *closing)
                writer.write(replace(response, headers=headers).encode(request.method))
                await writer.drain()

    def _refresh(self, door: Door) -> None:
        """Update the route: a target that the API reports as healthy gets the next request."""
        route = self._routes.current().get(door.place)
        if route and _fixed_settings(route) == _fixed_settings(door.route):
            door.route = route

    async def _answer(self, route: Route, request: Request, client: str, certified: Headers) -> Response:
        await asyncio.sleep(self.site.outages.late(route.region))
        if self.site.outages.of(route.region) == "error":
            return self._refuse(route, 503)
        origin = rules.Origin(client, route.protocol, route.port)
        action = rules.chosen(route.rules, request, origin)
        if action is None:
            return self._refuse(route, 503)
        if action["Type"] == "fixed-response":
            return rules.fixed(action)
        if action["Type"] == "redirect":
            return rules.redirect(action, request, origin)
        weighted = rules.groups(action)
        group = rules.turn(weighted, next(self._turns[repr(weighted)]))
        return await self._forward(route, group or "", forwarded(request, origin, certified))

    async def _forward(self, route: Route, group: str, request: Request) -> Response:
        pool = route.pools.get(group)
        if pool is None or not pool.targets:
            return self._refuse(route, 503)
        self.site.world.requests[group] += 1
        self._count(route, {"RequestCount": 1}, group)
        target = pool.targets[next(self._turns[group]) % len(pool.targets)]
        place = Place(target.address, target.port, pool.tls)
        connecting = self.site.seconds(_CONNECT_SECONDS, _LEAST_SECONDS)
        answering = self.site.seconds(route.idle_seconds, _LEAST_SECONDS)
        began = time.monotonic()
        try:
            response = await self._targets.exchange(place, request, connecting, answering)
        except TimeoutError:
            return self._refuse(route, 504)
        except (OSError, MalformedError):
            return self._refuse(route, 502)
        counted = {f"HTTPCode_Target_{response.status // 100}XX_Count": 1.0}
        self._count(route, {**counted, "TargetResponseTime": time.monotonic() - began}, group)
        return replace(response, headers=without(response.headers, *_HOP))

    def _refuse(self, route: Route, status: int) -> Response:
        """An error of the load balancer's own."""
        self._count(route, {"HTTPCode_ELB_5XX_Count": 1})
        return rules.refusal(status)

    def _count(self, route: Route, values: Mapping[str, float], group_arn: str = "") -> None:
        place = (route.account, route.region)
        self.site.world.traffic.add(place, route.balancer, values, group_arn.rpartition(":")[2])


def _fixed_settings(route: Route) -> tuple[str, bool]:
    """The settings of a socket that cannot change for later connections."""
    return route.protocol, route.only_tls_1_3


def forwarded(request: Request, origin: rules.Origin, certified: Headers = ()) -> Request:
    """The request for the target; `certified` are the headers about the client's certificate."""
    replaced = ("x-forwarded-for", "x-forwarded-proto", "x-forwarded-port", *(name.lower() for name, _ in certified))
    kept = without(request.headers, *_HOP, *replaced)
    before = request.header("X-Forwarded-For")
    added = (
        ("X-Forwarded-For", f"{before}, {origin.client}" if before else origin.client),
        ("X-Forwarded-Proto", origin.protocol.lower()),
        ("X-Forwarded-Port", str(origin.port)),
        *certified,
    )
    return Request(request.method, request.target, kept + added, request.body)
