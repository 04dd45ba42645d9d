# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What exists, as values. Pure."""

from __future__ import annotations

import dataclasses
import functools

from .._aws.owner import Owner
from .._resources.log_group import LogGroup
from .._resources.role import Role
from .._resources.security_group import SecurityGroup
from .named import Named
from .resources import (
    elastic_ip,
    endpoint_group,
    interface_endpoint,
    internet_gateway,
    nat_gateway,
    route_table,
    subnet,
    vpc_endpoint,
)
from .resources.elastic_ip import Address
from .resources.endpoint import Endpoint
from .resources.endpoint_service import Service
from .resources.flow_log import FlowLog
from .resources.internet_gateway import InternetGateway
from .resources.nat_gateway import NatGateway
from .resources.network_interface import Interface
from .resources.route_table import RouteTable
from .resources.subnet import Subnet
from .resources.vpc import Vpc


@dataclasses.dataclass(frozen=True, kw_only=True)
class Snapshot:
    """What this layer owns by its tags, and what is in its VPC.

    :param endpoints: of both types, including those that AWS is deleting.
    :param endpoint_services: of the wanted endpoints; None if not read.
    :param groups: all security groups of the VPC.
    :param flow_logs: of the VPC.
    :param available_zones: sorted names; None if not read.
    :param interfaces: those in subnets that may go, except those of NAT gateways and endpoints.
    :param attached: what others have attached to the VPC, for people; only read if the state is absent.
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
    endpoint_services: tuple[Service, ...] | None = None
    groups: tuple[SecurityGroup, ...] = ()
    flow_logs: tuple[FlowLog, ...] = ()
    flow_log_role: Role | None = None
    flow_log_group: LogGroup | None = None
    available_zones: tuple[str, ...] | None = None
    interfaces: tuple[Interface, ...] = ()
    attached: tuple[str, ...] = ()

    @functools.cached_property
    def own_gateways(self) -> Named[InternetGateway]:
        return internet_gateway.find(self)

    @functools.cached_property
    def own_subnets(self) -> Named[Subnet]:
        return subnet.find(self)

    @functools.cached_property
    def own_tables(self) -> Named[RouteTable]:
        return route_table.find(self)

    @functools.cached_property
    def own_nats(self) -> Named[NatGateway]:
        """Without those that AWS is deleting."""
        return nat_gateway.find(self)

    @functools.cached_property
    def own_addresses(self) -> Named[Address]:
        return elastic_ip.find(self)

    @functools.cached_property
    def own_endpoints(self) -> Named[Endpoint]:
        return vpc_endpoint.find(self)

    @functools.cached_property
    def own_interface_endpoints(self) -> Named[Endpoint]:
        """Without those that AWS is deleting."""
        return interface_endpoint.find(self)

    @functools.cached_property
    def endpoint_group(self) -> SecurityGroup | None:
        return endpoint_group.find(self)

    @property
    def default_group(self) -> SecurityGroup | None:
        vpc_id = self.vpc.id if self.vpc else ""
        return next((item for item in self.groups if item.vpc_id == vpc_id and item.name == "default"), None)
