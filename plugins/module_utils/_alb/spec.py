# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The desired state of the layer, and reading it from the module's options. Pure."""

from __future__ import annotations

import dataclasses
import typing as t

from .._aws.owner import Owner, parse_owner
from .._aws.stack_names import shorten
from .._engine.errors import SpecError
from .._engine.unknown import is_unknown
from .._resources.security_group import Peer, group_name_for, network, prefix_list
from . import attributes
from .attribute_options import load_balancer_attributes, target_group_attributes
from .attributes import check_range
from .health_check import HealthCheck, parse_health_check
from .options import REQUIRED_IF

# CreateLoadBalancer and CreateTargetGroup, Name.
NAME_LIMIT: t.Final = 32


@dataclasses.dataclass(frozen=True, kw_only=True)
class TargetGroupSpec:
    """The target group: type ip, HTTP/1.1, IPv4."""

    port: int
    protocol: str
    health_check: HealthCheck
    attributes: t.Mapping[str, str]


@dataclasses.dataclass(frozen=True, kw_only=True)
class ListenerSpec:
    """A listener that forwards to the target group.

    :param name: logical name, one for each protocol (``http``; ``https`` has its place beside it).
    """

    name: str
    protocol: str
    port: int


@dataclasses.dataclass(frozen=True, kw_only=True)
class Desired:
    """What should exist.

    :param vpc_cidrs: the VPC's networks if the user named them, else empty: they are looked up.
    :param ingress: who may reach the listeners.
    :param egress_all: whether the load balancer may reach more than the VPC.
    """

    vpc_id: str
    vpc_cidrs: tuple[Peer, ...]
    subnet_ids: tuple[str, ...]
    ip_address_type: str
    ingress: tuple[Peer, ...]
    egress_all: bool
    listeners: tuple[ListenerSpec, ...]
    target_group: TargetGroupSpec
    attributes: t.Mapping[str, str]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Spec:
    """The layer in one region.

    :param name: ELB's name of the load balancer, and of the target group.
    :param desired: None if nothing should exist (``state: absent``).
    :param wait_timeout: seconds.
    :param warnings: what works, but is hardly meant.
    """

    owner: Owner
    region: str
    name: str
    wait_timeout: float
    desired: Desired | None
    warnings: tuple[str, ...] = ()

    @property
    def group_name(self) -> str:
        """EC2's name of the security group."""
        return names_of(self.owner).group


@dataclasses.dataclass(frozen=True)
class Names:
    """What AWS knows our things by.

    :param main: ELB's name of the load balancer, and of the target group.
    :param group: EC2's name of the security group.
    """

    main: str
    group: str


def names_of(owner: Owner) -> Names:
    """The names of everything in a region."""
    return Names(shorten(owner.prefix, NAME_LIMIT), group_name_for(owner, "alb"))


def parse(params: t.Mapping[str, t.Any], region: str) -> Spec:
    """The desired state. Raises SpecError."""
    owner = parse_owner(params)
    if owner.prefix.lower().startswith("internal-"):
        raise SpecError("stack", "must not be 'internal': AWS refuses names of load balancers that start with it.")
    desired = _parse_desired(params) if params["state"] == "present" else None
    return Spec(
        owner=owner,
        region=region,
        name=names_of(owner).main,
        wait_timeout=float(params["wait_timeout"]),
        desired=desired,
        warnings=_warnings(desired) if desired else (),
    )


def _warnings(desired: Desired) -> tuple[str, ...]:
    found = []
    if not desired.ingress:
        found.append("no ingress is allowed: nobody can reach the load balancer, Route 53's health checkers included")
    key = attributes.DNS_FAILOVER
    wanted = desired.target_group.attributes
    if wanted[f"{key}.count"] == wanted[f"{key}.percentage"] == "off":
        found.append("both thresholds of dns_failover are off: the load balancer is never unhealthy to Route 53")
    return tuple(found)


def _parse_desired(params: t.Mapping[str, t.Any]) -> Desired:
    for option in REQUIRED_IF[0][2]:
        # Ansible lets an explicit null pass as given.
        if params[option] is None:
            raise SpecError(option, "is required if state is present.")
    listeners = (
        ListenerSpec(
            name="http", protocol="HTTP", port=check_range("listener_port", params["listener_port"], 1, 65535)
        ),
    )
    return Desired(
        vpc_id=_identifier("vpc_id", params["vpc_id"], "vpc-"),
        vpc_cidrs=_networks("vpc_cidrs", params["vpc_cidrs"] or (), "cidr"),
        subnet_ids=_subnets(params["subnet_ids"]),
        ip_address_type=params["ip_address_type"],
        ingress=_ingress(params),
        egress_all=params["egress"] == "all",
        listeners=listeners,
        target_group=TargetGroupSpec(
            port=check_range("target_port", params["target_port"], 1, 65535),
            protocol=params["target_protocol"],
            health_check=parse_health_check(params["health_check"]),
            attributes=target_group_attributes(params),
        ),
        attributes=load_balancer_attributes(params),
    )


def _identifier(option: str, value: str, start: str) -> str:
    if not is_unknown(value) and not value.startswith(start):
        raise SpecError(option, f"{value!r} is not an id.", f"It starts with {start!r}.")
    return value


def _subnets(values: t.Sequence[str]) -> tuple[str, ...]:
    subnets = tuple(sorted({_identifier("subnet_ids", value, "subnet-") for value in values}))
    if len(subnets) < 2:
        raise SpecError(
            "subnet_ids",
            f"names {len(subnets)} subnet.",
            "An application load balancer needs two or more, each in another zone.",
        )
    return subnets


def _networks(option: str, values: t.Iterable[str], kind: str) -> tuple[Peer, ...]:
    peers = set()
    for value in values:
        try:
            peer = network(value)
        except ValueError as error:
            raise SpecError(option, f"{error}.", "Write a network such as 10.0.0.0/16 or 2001:db8::/32.") from error
        if peer.kind != kind and not is_unknown(value):
            raise SpecError(option, f"{value!r} is of the other IP version.")
        peers.add(peer)
    return tuple(sorted(peers))


def _ingress(params: t.Mapping[str, t.Any]) -> tuple[Peer, ...]:
    ipv6 = params["ingress_ipv6_cidrs"]
    if ipv6 is None:
        ipv6 = ["::/0"] if params["ip_address_type"] == "dualstack" else []
    lists = {prefix_list(_identifier("ingress_prefix_lists", each, "pl-")) for each in params["ingress_prefix_lists"]}
    return (
        *_networks("ingress_cidrs", params["ingress_cidrs"], "cidr"),
        *_networks("ingress_ipv6_cidrs", ipv6, "cidr_ipv6"),
        *sorted(lists),
    )
