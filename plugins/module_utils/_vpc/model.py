# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What AWS says is there, as values. Pure."""

from __future__ import annotations

import dataclasses
import typing as t

from .._aws.owner import Owner
from .._resources.security_group import SecurityGroup

Tags: t.TypeAlias = t.Mapping[str, str]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Vpc:
    """A VPC, with the attributes that only DescribeVpcAttribute tells.

    :param ipv6_cidrs: its IPv6 networks; we give it none.
    """

    id: str
    cidr: str
    tags: Tags
    dns_support: bool = True
    dns_hostnames: bool = False
    ipv6_cidrs: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True, kw_only=True)
class InternetGateway:
    """:param vpc_id: the VPC it is attached to; empty if it is detached."""

    id: str
    tags: Tags
    vpc_id: str = ""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Subnet:
    """:param attributes: what ModifySubnetAttribute can change, in snake case."""

    id: str
    cidr: str
    zone: str
    tags: Tags
    attributes: t.Mapping[str, t.Any] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Association:
    """An explicit association of a subnet with a route table."""

    id: str
    subnet_id: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class RouteTable:
    """:param main: whether it serves subnets without an association.
    :param default_target: where 0.0.0.0/0 goes (an id of any kind); empty if there is no such route.
    :param blackhole: whether that target no longer works.
    """

    id: str
    tags: Tags
    main: bool = False
    associations: tuple[Association, ...] = ()
    default_target: str = ""
    blackhole: bool = False


@dataclasses.dataclass(frozen=True, kw_only=True)
class NatGateway:
    """:param state: pending, available, failed or deleting; deleted ones are left out.
    :param failure: AWS's code and message when it failed.
    :param more_addresses: allocation ids of the addresses it has besides; we give it none.
    """

    id: str
    state: str
    subnet_id: str
    allocation_id: str
    tags: Tags
    failure: str = ""
    interface_ids: frozenset[str] = frozenset()
    more_addresses: tuple[str, ...] = ()

    @property
    def usable(self) -> bool:
        return self.state in {"pending", "available"}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Address:
    """An Elastic IP address.

    :param id: the allocation's.
    :param interface_id: of the network interface that it is associated with; empty for none.
    """

    id: str
    public_ip: str
    tags: Tags
    associated: bool = False
    interface_id: str = ""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Endpoint:
    """A VPC endpoint.

    :param open_policy: whether its policy is the one AWS gives by default: everything is allowed.
    """

    id: str
    service: str
    tags: Tags
    route_table_ids: frozenset[str] = frozenset()
    open_policy: bool = True


@dataclasses.dataclass(frozen=True, kw_only=True)
class Interface:
    """A network interface.

    :param managed: whether an AWS service made it and takes it away again (a load balancer's, a task's).
    """

    id: str
    subnet_id: str
    description: str
    managed: bool


@dataclasses.dataclass(frozen=True, kw_only=True)
class Snapshot:
    """Everything that matters, at one moment: what is ours, and what stands in our VPC.

    :param groups: the default security group; all groups of the VPC when the state is absent.
    :param available_zones: names in stable order; None if nobody needed to know.
    :param interfaces: those in subnets that may go, without the ones of NAT gateways.
    """

    owner: Owner
    region: str
    vpc: Vpc | None = None
    gateways: tuple[InternetGateway, ...] = ()
    subnets: tuple[Subnet, ...] = ()
    route_tables: tuple[RouteTable, ...] = ()
    nats: tuple[NatGateway, ...] = ()
    addresses: tuple[Address, ...] = ()
    endpoints: tuple[Endpoint, ...] = ()
    groups: tuple[SecurityGroup, ...] = ()
    available_zones: tuple[str, ...] | None = None
    interfaces: tuple[Interface, ...] = ()
