# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Authoritative answers: the zones of the accounts, and those of AWS and the registries above them. Without I/O."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from moto.route53 import models

from sandbox.overlay.base import World
from sandbox.overlay.route53.answers import BALANCER_TTL, Answer, Answers, RRset, addresses_of, within
from sandbox.overlay.route53.changes import load_balancer_named
from sandbox.overlay.route53.records import normal_name
from sandbox.plane.site import Site

_SERVER_NAME = re.compile(r"ns-\d+\.awsdns-\d+\.(com|net|org|co\.uk)\.")
_SERVER_TTL = 172800
_BALANCERS = "elb.amazonaws.com."


@dataclass(frozen=True, slots=True)
class Authority:
    """The current public zones of all accounts.

    `address` returns a name server's address by its name, which ends in a dot.
    """

    site: Site
    address: Callable[[str], str]

    def answer(self, server: str, name: str, kind: str) -> Answer:
        """The answer of the name server with that name; REFUSED for names outside its zones."""
        with self.site.looking() as world:
            served = [
                (account, zone)
                for account, zone in _public_zones()
                if within(name, normal_name(zone.name)) and server in _servers(zone)
            ]
            if not served:
                return Answer("REFUSED", authoritative=False)
            account, zone = max(served, key=lambda item: len(item[1].name))
            return Answers(world, account, zone).answer(name, kind)

    def top(self, name: str) -> tuple[str, ...]:
        """The registry's name servers for the name's topmost zone; empty without such a zone."""
        with self.site.looking():
            zones = [zone for _account, zone in _public_zones() if within(name, normal_name(zone.name))]
            # Of zones with the same name, the registry has the servers of the first.
            return _servers(min(zones, key=lambda zone: len(zone.name))) if zones else ()

    def aws(self, name: str, kind: str) -> Answer | None:
        """The answer of AWS's own zones for a name server or a load balancer; None for other names."""
        if is_server(name):
            return _one(RRset(name, "A", _SERVER_TTL, (self.address(name),)), kind)
        if not within(name, _BALANCERS):
            return None
        with self.site.looking() as world:
            return _balancer(world, name, kind)

    def glue(self, answer: Answer) -> dict[str, str]:
        """The addresses of the name servers in an answer, only of Route 53's own."""
        found = (rrset for rrset in (*answer.answer, *answer.authority) if rrset.kind == "NS")
        names = {normal_name(value) for rrset in found for value in rrset.values}
        return {name: self.address(name) for name in names if is_server(name)}


def is_server(name: str) -> bool:
    """Whether this is the name of a name server of Route 53's."""
    return _SERVER_NAME.fullmatch(name) is not None


def _balancer(world: World, name: str, kind: str) -> Answer:
    balancer = load_balancer_named(name)
    if balancer is None:
        return Answer("NXDOMAIN")
    addresses = addresses_of(world, balancer)
    return _one(RRset(name, "A", BALANCER_TTL, addresses), kind) if addresses else Answer("NOERROR")


def _one(rrset: RRset, kind: str) -> Answer:
    return Answer("NOERROR", (rrset,) if kind == rrset.kind else ())


def _public_zones() -> Iterator[tuple[str, models.FakeZone]]:
    for account, _region, backend in models.route53_backends.iter_backends():
        for zone in backend.zones.values():
            if not zone.private_zone and zone.delegation_set:
                yield account, zone


def _servers(zone: models.FakeZone) -> tuple[str, ...]:
    return tuple(f"{server}." for server in zone.delegation_set.name_servers)
