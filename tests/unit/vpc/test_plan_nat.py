# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Decisions of the plan about NAT gateways and their addresses."""

from __future__ import annotations

import dataclasses

from ansible_collections.everlook.failover.plugins.module_utils._vpc.plan import plan
from ansible_collections.everlook.failover.plugins.module_utils._vpc.resources.elastic_ip import Address
from ansible_collections.everlook.failover.plugins.module_utils._vpc.resources.nat_gateway import NatGateway
from tests.unit.vpc.cloud import OWNER, ZONES, Cloud, in_order, retagged
from tests.unit.vpc.plans import named, settled, spec, steps


def test_a_single_nat_gateway_stays_where_it_is() -> None:
    cloud = settled(spec(zones=(ZONES[1], ZONES[2]), nat_gateways="single"))
    found = steps(plan(spec(zones=ZONES[:3], nat_gateways="single"), cloud.snapshot()))
    assert not [address for address in found if address.startswith(("nat_gateway/", "elastic_ip/"))]


def test_a_nat_gateway_that_failed_is_replaced_and_says_why() -> None:
    cloud = settled()
    nat = named(cloud, "nat_gateway", "nat-a")
    cloud.nats[nat] = dataclasses.replace(cloud.nats[nat], state="failed", failure="Gateway.NotAttached: no gateway")
    found = plan(spec(), cloud.snapshot())
    assert steps(found) == {
        "nat_gateway/nat-a": "create",
        "route/private-a-default": "update",
        f"nat_gateway/{nat}": "delete",
    }
    reason = next(change.reason for change in found.changes if change.address == "nat_gateway/nat-a")
    assert "Gateway.NotAttached: no gateway" in reason


def test_a_nat_gateway_whose_address_was_released_is_replaced() -> None:
    cloud = settled()
    nat = named(cloud, "nat_gateway", "nat-a")
    del cloud.addresses[cloud.nats[nat].allocation_id]
    found = plan(spec(), cloud.snapshot())
    assert steps(found) == {
        "elastic_ip/nat-a": "create",
        "nat_gateway/nat-a": "create",
        "route/private-a-default": "update",
        f"nat_gateway/{nat}": "delete",
    }
    assert "lost its Elastic IP" in next(c.reason for c in found.changes if c.address == "nat_gateway/nat-a")


def test_a_deleted_nat_gateway_gets_its_address_again_once_aws_lets_go_of_it() -> None:
    cloud = settled()
    nat = named(cloud, "nat_gateway", "nat-a")
    cloud.nats[nat] = dataclasses.replace(cloud.nats[nat], state="deleting")
    found = plan(spec(), cloud.snapshot())
    assert "elastic_ip/nat-a" not in steps(found)
    created = next(change for change in found.changes if change.address == "nat_gateway/nat-a")
    assert f"nat_gateway_deleted/{nat}" in created.needs
    now, later = found.without_waits()
    assert now.changes == ()
    assert "nat_gateway/nat-a" in later


def test_an_address_held_by_a_nat_gateway_elsewhere_is_not_waited_for() -> None:
    """Its deletion needs the new route, which needs the new NAT gateway, which would need the address."""
    cloud = settled()
    nat = named(cloud, "nat_gateway", "nat-a")
    cloud.nats[nat] = dataclasses.replace(cloud.nats[nat], subnet_id=named(cloud, "subnet", "private-a"))
    found = steps(plan(spec(), cloud.snapshot()))
    assert found["elastic_ip/nat-a"] == "create"
    cloud.carry_out(plan(spec(), cloud.snapshot()), in_order)
    assert plan(spec(), cloud.snapshot()).steps == ()


def test_a_pending_nat_gateway_is_waited_for_and_its_route_left_without_wait() -> None:
    cloud = Cloud()
    first, pending = plan(spec(), cloud.snapshot()).without_waits()
    assert set(pending) == {
        "nat_gateway_available/nat-a",
        "nat_gateway_available/nat-b",
        "route/private-a-default",
        "route/private-b-default",
    }
    cloud.carry_out(first, in_order)
    again, still = plan(spec(), cloud.snapshot()).without_waits()
    assert again.changes == ()
    assert set(still) == set(pending)


def test_without_nat_gateways_a_route_of_others_stays() -> None:
    cloud = settled(spec(nat_gateways="none"))
    table = named(cloud, "route_table", "private-a")
    cloud.tables[table] = dataclasses.replace(cloud.tables[table], default_target="tgw-1")
    assert steps(plan(spec(nat_gateways="none"), cloud.snapshot())) == {}
    assert steps(plan(spec(nat_gateways="per_zone"), cloud.snapshot()))["route/private-a-default"] == "update"


def test_without_nat_gateways_a_blackhole_is_removed() -> None:
    cloud = settled(spec(nat_gateways="none"))
    table = named(cloud, "route_table", "private-a")
    cloud.tables[table] = dataclasses.replace(cloud.tables[table], default_target="nat-gone")
    assert steps(plan(spec(nat_gateways="none"), cloud.snapshot())) == {"route/private-a-default": "delete"}


def test_an_address_that_someone_uses_for_something_else_is_not_released() -> None:
    cloud = settled(spec(nat_gateways="none"))
    address = Address(id="eipalloc-x", public_ip="198.51.100.9", tags=OWNER.tags("elastic_ip/nat-a"), associated=True)
    snapshot = dataclasses.replace(cloud.snapshot(), addresses=(address,))
    assert steps(plan(spec(nat_gateways="none"), snapshot)) == {}


def test_the_address_of_our_nat_gateway_gets_its_tags_back() -> None:
    cloud = settled()
    nat = cloud.nats[named(cloud, "nat_gateway", "nat-a")]
    cloud.addresses[nat.allocation_id] = retagged(cloud.addresses[nat.allocation_id], {})
    assert steps(plan(spec(), cloud.snapshot())) == {"elastic_ip/nat-a": "update"}


def test_a_foreign_nat_gateway_in_our_subnet_is_left_alone() -> None:
    cloud = settled()
    foreign = NatGateway(
        id="nat-foreign",
        state="available",
        subnet_id=named(cloud, "subnet", "public-a"),
        allocation_id="eipalloc-foreign",
        tags={"Name": "hello-dev-nat-a"},
    )
    cloud.nats[foreign.id] = foreign
    assert steps(plan(spec(), cloud.snapshot())) == {}
