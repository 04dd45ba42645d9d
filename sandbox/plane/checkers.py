# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Route 53's health checkers: by default sixteen for every endpoint, in eight regions.

From the API reference of HealthCheckConfig: RequestInterval is the time between the
answer to one request and the next request, for each checker; checkers don't coordinate.
"""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_address
from itertools import count
from typing import Any

from moto.route53 import models

from sandbox.overlay.base import World
from sandbox.overlay.route53.answers import Answer
from sandbox.overlay.route53.checker_states import (
    CheckerState,
    CheckerStates,
    Place,
    Report,
    checker_states,
    lost_checkers,
)
from sandbox.overlay.route53.checks import CHECKER_REGIONS, Check
from sandbox.overlay.route53.records import normal_name
from sandbox.overlay.route53.settings import ENDPOINT_TYPES
from sandbox.plane.authority import Authority
from sandbox.plane.looks import ANSWER_SECONDS, CONNECT_SECONDS, TCP_SECONDS, TIMED_OUT, Limits, Look, look, target_of
from sandbox.plane.resolver import Recursion, belief
from sandbox.plane.routes import admits_checkers
from sandbox.plane.site import Part, Site

_TIDY_SECONDS = 0.1
# How long the way to an endpoint is known: checkers of a check begin within less, one after the other.
_ENDPOINT_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Endpoint:
    """The place of an endpoint: its addresses, why it has none, and those that checkers can reach.

    `seconds` is how long to cache that: as long as a resolver caches a negative answer, or a short time.
    """

    name: str
    addresses: tuple[str, ...]
    open: frozenset[str]
    failure: str = ""
    seconds: float = _ENDPOINT_SECONDS


@dataclass(slots=True)
class Watch:
    """The checkers of a check's endpoint."""

    check: Check
    regions: tuple[str, ...]
    states: CheckerStates
    tasks: list[asyncio.Task[None]]
    endpoint: Endpoint | None = None
    endpoint_until: float = 0.0


class Checkers(Part):
    """Probes the endpoints of all health checks, and stores each checker's observations."""

    def __init__(self, site: Site, authority: Authority, per_region: int) -> None:
        self._site = site
        self._authority = authority
        self._per_region = per_region
        self._recursion = Recursion(authority, self._ask)
        self._watches: dict[str, Watch] = {}

    async def run(self) -> None:
        """Keep checkers for the checks that there are."""
        try:
            read: int | None = None
            while True:
                revision = self._site.revision()
                if revision != read:
                    self._align()
                    read = revision
                await asyncio.sleep(_TIDY_SECONDS)
        finally:
            tasks = [task for watch in self._watches.values() for task in watch.tasks]
            self._watches.clear()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _align(self) -> None:
        with self._site.looking() as world:
            wanted = {check.id: check for check in _endpoint_checks()}
            for check_id, watch in list(self._watches.items()):
                check = wanted.get(check_id)
                if check is None or regions_of(check) != watch.regions:
                    self._end(world, check_id)
            for check_id, check in wanted.items():
                if check_id not in self._watches:
                    self._watches[check_id] = self._begin(world, check)

    def _begin(self, world: World, check: Check) -> Watch:
        regions = regions_of(check)
        places = places_in(regions, self._per_region)
        states: CheckerStates = {place: CheckerState() for place in places}
        checker_states(world)[check.id] = states
        watch = Watch(check, regions, states, [])
        loop = asyncio.get_running_loop()
        for number, place in enumerate(places):
            watch.tasks.append(loop.create_task(self._check_repeatedly(watch, place, number / len(places))))
        return watch

    def _end(self, world: World, check_id: str) -> None:
        for task in self._watches.pop(check_id).tasks:
            task.cancel()
        checker_states(world).pop(check_id, None)

    async def _check_repeatedly(self, watch: Watch, place: Place, phase: float) -> None:
        """One checker; `phase` is the part of the interval after which it begins."""
        interval = self._site.seconds(watch.check.config["RequestInterval"])
        await asyncio.sleep(phase * interval)
        while True:
            if not watch.check.config["Disabled"]:
                try:
                    await self._look_once(watch, place)
                except Exception:  # noqa: BLE001  # a bug, for the server's output; the checker continues
                    traceback.print_exc()
            await asyncio.sleep(interval)

    async def _look_once(self, watch: Watch, place: Place) -> None:
        config = watch.check.config
        found = await self._look(watch, config, place)
        report = Report(found.well, found.text, datetime.now(UTC))
        watch.states[place] = watch.states[place].after(report, config["FailureThreshold"])

    async def _look(self, watch: Watch, config: Mapping[str, Any], place: Place) -> Look:
        endpoint = await self._endpoint_of(watch, config)
        if endpoint.failure:
            return Look(False, endpoint.failure)
        address = endpoint.addresses[place.number % len(endpoint.addresses)]
        if place.region in lost_checkers(self._site.world) or address not in endpoint.open:
            await asyncio.sleep(self._site.seconds(_connecting(config["Type"])))
            return Look(False, f"{TIMED_OUT} Resolved IP: {address}")
        port = self._site.addresses.port(int(config["Port"]))
        # This machine is not faster at high speed: answers may take as long as on AWS.
        limits = Limits(_connecting(config["Type"]), ANSWER_SECONDS)
        return await look(target_of(config, address, port), limits, watch.check.id)

    async def _endpoint_of(self, watch: Watch, config: Mapping[str, Any]) -> Endpoint:
        """Shared by all checkers of a check; a new one does not know its predecessor's answers."""
        now = asyncio.get_running_loop().time()
        name = config.get("FullyQualifiedDomainName") or ""
        if watch.endpoint is None or watch.endpoint_until <= now or watch.endpoint.name != name:
            watch.endpoint = await self._find(name, config)
            watch.endpoint_until = now + watch.endpoint.seconds
        return watch.endpoint

    async def _find(self, name: str, config: Mapping[str, Any]) -> Endpoint:
        addresses: tuple[str, ...] = (config["IPAddress"],) if config.get("IPAddress") else ()
        if not addresses:
            answer = await self._recursion.resolve(normal_name(name), "A")
            if not answer.answer or answer.answer[-1].kind != "A":
                failure = f"Failure: DNS resolution failed: {_why(answer)}"
                return Endpoint(name, (), frozenset(), failure, self._site.seconds(belief(answer), _ENDPOINT_SECONDS))
            addresses = answer.answer[-1].values
        port = int(config["Port"])
        with self._site.looking() as world:
            # Foreign addresses are not probed: nothing leaves the machine.
            mine = [address for address in addresses if ip_address(address).is_loopback]
            return Endpoint(
                name, addresses, frozenset(address for address in mine if admits_checkers(world, address, port))
            )

    async def _ask(self, server: str, name: str, kind: str) -> Answer | None:
        """Resolve without packets: checkers query often, and the resolver tests the packets."""
        return self._authority.answer(server, name, kind)


def _connecting(kind: str) -> float:
    return TCP_SECONDS if kind == "TCP" else CONNECT_SECONDS


def regions_of(check: Check) -> tuple[str, ...]:
    """The regions of a check's checkers."""
    return tuple(check.config.get("Regions") or CHECKER_REGIONS)


def places_in(regions: tuple[str, ...], per_region: int) -> list[Place]:
    """The checkers, in the order in which they begin: by turns of the regions."""
    numbers = count(1)
    return [Place(region, next(numbers)) for _ in range(per_region) for region in regions]


def _endpoint_checks() -> list[Check]:
    return [
        check
        for _account, _region, backend in models.route53_backends.iter_backends()
        for check in backend.health_checks.values()
        if check.config["Type"] in ENDPOINT_TYPES
    ]


def _why(answer: Answer) -> str:
    rcodes = {"NXDOMAIN": "Rcode NXDomain(3)", "SERVFAIL": "Rcode ServFail(2)"}
    return rcodes.get(answer.code, "no IPv4 address")
