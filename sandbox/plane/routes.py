# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The listeners of load balancers and their targets: the world, read into plain data."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_network
from typing import Any

from sandbox.overlay.base import World
from sandbox.overlay.ec2.prefix_lists import CHECKERS, networks_of
from sandbox.overlay.elbv2.common import (
    default_certificates,
    every_balancer,
    forwarding,
    in_order,
    more_certificates,
    nodes_of,
)
from sandbox.overlay.elbv2.targets import health, registered
from sandbox.overlay.elbv2.trust_stores import mutual_authentication, trust_stores
from sandbox.plane.rules import Rule
from sandbox.plane.site import Site

_TCP = "6"
_HEADER = re.compile(r"routing\.http\.response\.(\w+)\.header_value")


@dataclass(frozen=True, slots=True, order=True)
class Socket:
    """An address and a port in the sandbox's block."""

    address: str
    port: int


@dataclass(frozen=True, slots=True)
class Pool:
    """The targets of a target group that get requests, and whether they are spoken to with TLS."""

    targets: tuple[Socket, ...]
    tls: bool


@dataclass(frozen=True, slots=True)
class Mutual:
    """A listener's MutualAuthenticationAttributes, with the trust store's PEM."""

    mode: str = "off"
    authorities: str = ""
    ignores_expiry: bool = False


@dataclass(frozen=True, slots=True)
class Route:
    """A listener on one node of its load balancer. Seconds are those at speed 1; `pools` by ARN."""

    account: str
    region: str
    # As the dimension LoadBalancer of metrics has it
    balancer: str
    protocol: str
    port: int
    # The default one first
    certificates: tuple[str, ...]
    only_tls_1_3: bool
    mutual: Mutual
    # Headers added to answers
    headers: tuple[tuple[str, str], ...]
    # Whether the security groups admit clients from outside
    admitted: bool
    rules: tuple[Rule, ...]
    pools: Mapping[str, Pool]
    idle_seconds: float
    keep_alive_seconds: float


@dataclass(slots=True)
class Routes:
    """Every listener of every node of an active load balancer that faces the internet."""

    site: Site
    _found: dict[Socket, Route] = field(default_factory=dict)
    _revision: int | None = None

    def current(self) -> Mapping[Socket, Route]:
        """The current routes; read again only after a change."""
        with self.site.looking() as world:
            if self._revision != world.revision:
                self._found = _routes(self.site, world)
                self._revision = world.revision
            return self._found


def _routes(site: Site, world: World) -> dict[Socket, Route]:
    found: dict[Socket, Route] = {}
    for elb, balancer in every_balancer():
        if balancer.state == "active" and balancer.scheme == "internet-facing":
            found |= _of_balancer(site, world, elb, balancer)
    return found


def target_address(site: Site, vpc_id: str, address: str) -> str:
    """The loopback address for an address of a VPC."""
    return site.addresses.of("task", f"{vpc_id}/{address}")


def _of_balancer(site: Site, world: World, elb: Any, balancer: Any) -> dict[Socket, Route]:
    pools = {
        arn: _pool(site, world, elb, elb.target_groups[arn])
        for known, arn in forwarding(elb)
        if known is balancer and arn in elb.target_groups
    }
    found: dict[Socket, Route] = {}
    for listener in balancer.listeners.values():
        port = int(listener.port)
        route = Route(
            account=elb.account_id,
            region=elb.region_name,
            balancer=balancer.arn.partition(":loadbalancer/")[2],
            protocol=listener.protocol,
            port=port,
            certificates=(*default_certificates(listener), *more_certificates(world, listener.arn)),
            only_tls_1_3="-TLS13-1-3-" in (listener.ssl_policy or ""),
            mutual=_mutual(world, elb, listener),
            headers=_headers(listener),
            admitted=admits(elb.ec2_backend, balancer.security_groups, port),
            rules=_rules(listener),
            pools=pools,
            idle_seconds=float(balancer.attrs.get("idle_timeout.timeout_seconds", 60)),
            keep_alive_seconds=float(balancer.attrs.get("client_keep_alive.seconds", 3600)),
        )
        found |= {
            Socket(node.public_ip, site.addresses.port(port)): route for node in nodes_of(world, balancer.arn).values()
        }
    return found


def _mutual(world: World, elb: Any, listener: Any) -> Mutual:
    found = mutual_authentication(listener)
    store = trust_stores(world, elb.account_id, elb.region_name).get(found.get("TrustStoreArn", ""))
    expired = bool(found.get("IgnoreClientCertificateExpiry"))
    return Mutual(found.get("Mode", "off"), store.bundle if store else "", expired)


def _headers(listener: Any) -> tuple[tuple[str, str], ...]:
    """The answer's headers by ListenerAttributes, which are named like them, except for case and hyphens."""
    found = ((_HEADER.fullmatch(key), value) for key, value in listener.attributes.items())
    return tuple((match[1].replace("_", "-").title(), value) for match, value in found if match and value)


def _rules(listener: Any) -> tuple[Rule, ...]:
    ordered = in_order(listener.rules.values())
    return tuple(Rule(tuple(rule.conditions), tuple(dict(action.data) for action in rule.actions)) for rule in ordered)


def _pool(site: Site, world: World, elb: Any, group: Any) -> Pool:
    states = {
        Socket(target_address(site, group.vpc_id, target.address), site.addresses.port(target.port)): state
        for target in registered(world, group.arn).values()
        for state in [health(world, elb, group, target).state]
        if state not in ("draining", "unused")
    }
    healthy = tuple(target for target, state in states.items() if state == "healthy")
    # "Fail open": when none is healthy, all of them get requests.
    return Pool(healthy or tuple(states), group.protocol == "HTTPS")


def admits(ec2: Any, group_ids: list[str], port: int) -> bool:
    """Whether a security group has an ingress rule for this TCP port and clients outside of the VPC."""
    groups = [ec2.get_security_group_from_id(group_id) for group_id in group_ids]
    return any(_lets_in(rule, port) for group in groups if group for rule in group.ingress_rules)


def admits_checkers(world: World, address: str, port: int) -> bool:
    """Whether Route 53's health checkers can reach an address; always, if it is not a load balancer's."""
    for elb, balancer in every_balancer():
        if any(node.public_ip == address for node in nodes_of(world, balancer.arn).values()):
            ec2 = elb.ec2_backend
            groups = [ec2.get_security_group_from_id(group_id) for group_id in balancer.security_groups]
            rules = [rule for group in groups if group for rule in group.ingress_rules]
            return any(_has_port(rule, port) and _is_for_checkers(ec2, rule) for rule in rules)
    return True


def _is_for_checkers(ec2: Any, rule: Any) -> bool:
    networks = networks_of(ec2, rule.prefix_list_id) if rule.prefix_list_id else [rule.ip_range.get("CidrIp")]
    return any(network and ip_network(network).overlaps(CHECKERS) for network in networks)


def _lets_in(rule: Any, port: int) -> bool:
    outside = rule.ip_range.get("CidrIp") or rule.ip_range.get("CidrIpv6") or rule.prefix_list_id
    return bool(outside) and _has_port(rule, port)


def _has_port(rule: Any, port: int) -> bool:
    protocol = str(rule.ip_protocol)
    if protocol == "-1":
        return True
    return protocol in ("tcp", _TCP) and int(rule.from_port) <= port <= int(rule.to_port)
