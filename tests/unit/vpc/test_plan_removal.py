# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Decisions of the plan when the network goes: what of others is in the way, and in which order."""

from __future__ import annotations

import dataclasses
import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._aws.owner import ENTRANCE
from ansible_collections.everlook.failover.plugins.module_utils._engine.errors import ConflictError
from ansible_collections.everlook.failover.plugins.module_utils._resources.security_group import SecurityGroup
from ansible_collections.everlook.failover.plugins.module_utils._vpc.plan import plan
from ansible_collections.everlook.failover.plugins.module_utils._vpc.resources.elastic_ip import Address
from ansible_collections.everlook.failover.plugins.module_utils._vpc.resources.endpoint import (
    Endpoint,
)
from ansible_collections.everlook.failover.plugins.module_utils._vpc.resources.internet_gateway import InternetGateway
from ansible_collections.everlook.failover.plugins.module_utils._vpc.resources.nat_gateway import NatGateway
from ansible_collections.everlook.failover.plugins.module_utils._vpc.resources.network_interface import Interface
from ansible_collections.everlook.failover.plugins.module_utils._vpc.resources.route_table import RouteTable
from ansible_collections.everlook.failover.plugins.module_utils._vpc.resources.subnet import Subnet
from tests.unit.vpc.cloud import OWNER, ZONES, Cloud
from tests.unit.vpc.plans import GONE, named, settled, spec, steps


def foreign_things(cloud: Cloud) -> list[dict[str, t.Any]]:
    assert cloud.vpc
    subnet = Subnet(id="subnet-foreign", cidr="10.10.64.0/24", zone=ZONES[0], tags={})
    table = RouteTable(id="rtb-other", tags={})
    nat = NatGateway(
        id="nat-foreign", state="available", subnet_id="subnet-foreign", allocation_id="eipalloc-1", tags={}
    )
    endpoint = Endpoint(id="vpce-foreign", service="com.amazonaws.us-east-1.ecr.api", tags={})
    interface = Interface(id="eni-foreign", subnet_id="subnet-1", description="bastion", managed=False)
    group = SecurityGroup(id="sg-foreign", name="bastion", vpc_id=cloud.vpc.id, tags={}, rules=frozenset())
    snapshot = cloud.snapshot()
    return [
        {"subnets": (*snapshot.subnets, subnet)},
        {"route_tables": (*snapshot.route_tables, table)},
        {"nats": (*snapshot.nats, nat)},
        {"endpoints": (*snapshot.endpoints, endpoint)},
        {"interfaces": (interface,)},
        {"groups": (*snapshot.groups, group)},
    ]


def test_what_is_foreign_in_the_vpc_is_named_before_anything_is_deleted() -> None:
    cloud = settled()
    for fields in foreign_things(cloud):
        foreign = next(iter(fields.values()))[-1].id
        with pytest.raises(ConflictError, match=foreign):
            plan(GONE, dataclasses.replace(cloud.snapshot(), **fields))


def test_other_layers_go_first() -> None:
    cloud = settled()
    assert cloud.vpc
    entrance = dataclasses.replace(OWNER, component=ENTRANCE)
    group = SecurityGroup(
        id="sg-alb",
        name="hello-dev-alb",
        vpc_id=cloud.vpc.id,
        tags=entrance.tags("security_group/alb"),
        rules=frozenset(),
    )
    snapshot = dataclasses.replace(cloud.snapshot(), groups=(*cloud.snapshot().groups, group))
    with pytest.raises(ConflictError, match="other layers of this stack"):
        plan(GONE, snapshot)


def test_interfaces_that_a_service_takes_away_are_waited_for() -> None:
    cloud = settled()
    assert cloud.vpc
    interface = Interface(id="eni-1", subnet_id="subnet-1", description="ELB app/x", managed=True)
    found = plan(GONE, dataclasses.replace(cloud.snapshot(), interfaces=(interface,)))
    waited = f"network_interfaces_gone/{cloud.vpc.id}"
    assert waited in {wait.address for wait in found.waits}
    needing = {change.kind for change in found.changes if waited in change.needs}
    assert needing == {"internet_gateway", "subnet", "vpc"}
    first = {change.kind for change in found.without_waits()[0].changes}
    assert first == {"nat_gateway", "vpc_endpoint"}


def test_leftovers_without_a_vpc_go() -> None:
    address = Address(id="eipalloc-1", public_ip="198.51.100.1", tags=OWNER.tags("elastic_ip/nat-a"))
    gateway = InternetGateway(id="igw-1", tags=OWNER.tags("internet_gateway/main"))
    snapshot = dataclasses.replace(Cloud().snapshot(), addresses=(address,), gateways=(gateway,))
    assert steps(plan(GONE, snapshot)) == {"elastic_ip/nat-a": "delete", "internet_gateway/main": "delete"}
    assert "elastic_ip/nat-a" not in steps(plan(spec(), snapshot))


def test_a_main_route_table_of_ours_goes_with_the_vpc() -> None:
    cloud = settled()
    table = named(cloud, "route_table", "public")
    cloud.tables[table] = dataclasses.replace(cloud.tables[table], main=True)
    assert "route_table/public" not in steps(plan(GONE, cloud.snapshot()))
