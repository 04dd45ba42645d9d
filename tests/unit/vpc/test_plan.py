# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Decisions of the plan, one by one. What holds for all plans is in test_properties.py."""

from __future__ import annotations

import dataclasses
import ipaddress
import typing as t

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._aws.owner import ENTRANCE
from ansible_collections.everlook.failover.plugins.module_utils._engine.errors import ConflictError, SpecError
from ansible_collections.everlook.failover.plugins.module_utils._engine.known import Known
from ansible_collections.everlook.failover.plugins.module_utils._engine.plan import Plan
from ansible_collections.everlook.failover.plugins.module_utils._engine.unknown import is_unknown
from ansible_collections.everlook.failover.plugins.module_utils._resources.security_group import SecurityGroup
from ansible_collections.everlook.failover.plugins.module_utils._vpc.layer import LAYER, outputs
from ansible_collections.everlook.failover.plugins.module_utils._vpc.named import owns_inside
from ansible_collections.everlook.failover.plugins.module_utils._vpc.plan import plan
from ansible_collections.everlook.failover.plugins.module_utils._vpc.resources.elastic_ip import Address
from ansible_collections.everlook.failover.plugins.module_utils._vpc.resources.endpoint import (
    INTERFACE,
    OPEN_POLICY,
    Endpoint,
)
from ansible_collections.everlook.failover.plugins.module_utils._vpc.resources.endpoint_service import (
    Service,
    service_names,
    short_name,
)
from ansible_collections.everlook.failover.plugins.module_utils._vpc.resources.internet_gateway import InternetGateway
from ansible_collections.everlook.failover.plugins.module_utils._vpc.resources.nat_gateway import NatGateway
from ansible_collections.everlook.failover.plugins.module_utils._vpc.resources.network_interface import Interface
from ansible_collections.everlook.failover.plugins.module_utils._vpc.resources.route_table import RouteTable
from ansible_collections.everlook.failover.plugins.module_utils._vpc.resources.subnet import Subnet
from ansible_collections.everlook.failover.plugins.module_utils._vpc.resources.vpc import Vpc
from ansible_collections.everlook.failover.plugins.module_utils._vpc.spec import VpcSpec
from ansible_collections.everlook.failover.plugins.module_utils._vpc.zones import choose_zones, needs_lookup
from tests.unit.vpc.cloud import OPEN_RULE, OWNER, REGION, ZONES, Cloud, in_order, retagged

CIDR = ipaddress.IPv4Network("10.10.0.0/16")


def spec(**fields: t.Any) -> VpcSpec:
    return VpcSpec(**{"owner": OWNER, "region": REGION, "absent": False, "cidr": CIDR, **fields})


GONE = spec(absent=True, cidr=None)


def settled(wanted: VpcSpec | None = None) -> Cloud:
    cloud = Cloud()
    cloud.carry_out(plan(wanted or spec(), cloud.snapshot()), in_order)
    return cloud


def steps(found: Plan) -> dict[str, str]:
    return {change.address: change.action.value for change in found.changes}


def named(cloud: Cloud, kind: str, name: str) -> str:
    return LAYER.identify(cloud.snapshot())[f"{kind}/{name}"]["id"]


# --- an empty account


def test_the_plan_of_an_empty_account_is_complete() -> None:
    found = steps(plan(spec(), Cloud().snapshot()))
    assert set(found) == {
        "vpc/main",
        "internet_gateway/main",
        *(f"subnet/{tier}-{slot}" for tier in ("public", "private") for slot in "ab"),
        *(f"route_table_association/{tier}-{slot}" for tier in ("public", "private") for slot in "ab"),
        *(f"{kind}/{name}" for kind in ("elastic_ip", "nat_gateway") for name in ("nat-a", "nat-b")),
        *(f"route_table/{name}" for name in ("public", "private-a", "private-b")),
        *(f"route/{name}-default" for name in ("public", "private-a", "private-b")),
        "security_group/default",
        "vpc_endpoint/s3",
    }
    assert set(found.values()) == {"create", "update"}


def test_every_step_has_somebody_who_does_it() -> None:
    cloud = settled()
    plans = [
        plan(spec(zone_count=3), Cloud().snapshot()),
        plan(spec(nat_gateways="none", s3_endpoint=False), cloud.snapshot()),
        plan(spec(zones=(ZONES[2], ZONES[3])), cloud.snapshot()),
        plan(GONE, cloud.snapshot()),
    ]
    for found in plans:
        for change in found.changes:
            assert (change.kind, change.action) in LAYER.handlers.changes
        for wait in found.waits:
            assert wait.kind in LAYER.handlers.waits


def test_outputs_have_the_same_keys_always() -> None:
    empty = Cloud().snapshot()
    before = outputs(spec(), empty, Known(REGION))
    cloud = settled()
    after = outputs(spec(), cloud.snapshot(), Known(REGION, LAYER.identify(cloud.snapshot())))
    gone = outputs(GONE, empty, Known(REGION))
    assert before.keys() == after.keys() == gone.keys()
    assert not is_unknown(after)
    assert is_unknown(before["vpc_id"])
    assert (before["zones"], before["cidr"]) == ([ZONES[0], ZONES[1]], "10.10.0.0/16")
    assert is_unknown(before["nat_public_ips"][0])
    assert before["nat_public_ips"][0] != before["nat_public_ips"][1]


# --- zones


def test_zones_are_taken_by_name_whatever_aws_lists_first() -> None:
    empty = dataclasses.replace(Cloud().snapshot(), available_zones=("us-east-1f", "us-east-1b", "us-east-1c"))
    assert choose_zones(spec(), empty) == ("us-east-1b", "us-east-1c")


def test_zones_in_use_stay_when_the_list_changes() -> None:
    snapshot = settled(spec(zones=(ZONES[1], ZONES[3]))).snapshot()
    assert not needs_lookup(spec(), snapshot)
    listed = dataclasses.replace(snapshot, available_zones=(ZONES[0], ZONES[4]))
    assert choose_zones(spec(zone_count=3), listed) == (ZONES[0], ZONES[1], ZONES[3])


def test_zones_in_use_stay_when_aws_no_longer_has_them() -> None:
    snapshot = settled().snapshot()
    assert needs_lookup(spec(zone_count=3), snapshot)
    assert choose_zones(spec(zones=ZONES[:2]), dataclasses.replace(snapshot, available_zones=())) == ZONES[:2]


def test_too_few_zones() -> None:
    with pytest.raises(SpecError, match=r"zone_count: is 3.*us-east-1a, us-east-1b"):
        plan(spec(zone_count=3), dataclasses.replace(Cloud().snapshot(), available_zones=ZONES[:2]))


def test_a_named_zone_that_is_not_available() -> None:
    snapshot = dataclasses.replace(Cloud().snapshot(), available_zones=ZONES[:2])
    with pytest.raises(SpecError, match=r"zones: us-east-1f is not available"):
        plan(spec(zones=(ZONES[0], ZONES[5])), snapshot)


def test_adding_a_zone_adds_and_changes_nothing_else() -> None:
    cloud = settled()
    found = steps(plan(spec(zone_count=3), cloud.snapshot()))
    assert {address for address, action in found.items() if action != "create"} == {"vpc_endpoint/s3"}
    assert all(address.split("/")[1][-1] == "c" or "private-c" in address for address in found if "s3" not in address)


def test_an_occupied_zone_stays_whole() -> None:
    cloud = settled(spec(zone_count=3))
    subnet = named(cloud, "subnet", "private-c")
    interface = Interface(id="eni-1", subnet_id=subnet, description="ELB app/x", managed=True)
    snapshot = dataclasses.replace(cloud.snapshot(), interfaces=(interface,))
    assert steps(plan(spec(), snapshot)) == {}


# --- NAT gateways


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


# --- what cannot be


def test_another_cidr_is_refused_with_both_networks() -> None:
    cloud = settled()
    with pytest.raises(SpecError, match=r"cidr: is 10\.20\.0\.0/16, but vpc-\d+ in us-east-1 has 10\.10\.0\.0/16"):
        plan(spec(cidr=ipaddress.IPv4Network("10.20.0.0/16")), cloud.snapshot())


@pytest.mark.parametrize(
    ("cidr", "zone", "says"),
    [
        ("10.10.0.0/20", ZONES[0], "tag it again"),
        ("10.10.0.0/20", ZONES[1], "cannot move a subnet"),
        ("10.10.8.0/24", ZONES[0], "cannot move a subnet"),
        ("10.10.0.0/17", ZONES[0], "cannot move a subnet"),
    ],
)
def test_a_subnet_in_the_way_is_named(cidr: str, zone: str, says: str) -> None:
    cloud = settled()
    del cloud.subnets[named(cloud, "subnet", "public-a")]
    cloud.subnets["subnet-foreign"] = Subnet(id="subnet-foreign", cidr=cidr, zone=zone, tags={})
    with pytest.raises(ConflictError, match=r"subnet-foreign") as caught:
        plan(spec(), cloud.snapshot())
    assert says in str(caught.value)


def test_a_foreign_subnet_beside_ours_is_left_alone() -> None:
    cloud = settled()
    cloud.subnets["subnet-foreign"] = Subnet(id="subnet-foreign", cidr="10.10.64.0/24", zone=ZONES[0], tags={})
    assert steps(plan(spec(), cloud.snapshot())) == {}


def test_a_foreign_internet_gateway_is_named() -> None:
    cloud = settled()
    assert cloud.vpc
    cloud.gateways = {"igw-foreign": InternetGateway(id="igw-foreign", tags={}, vpc_id=cloud.vpc.id)}
    for wanted in (spec(), GONE):
        with pytest.raises(ConflictError, match="igw-foreign"):
            plan(wanted, cloud.snapshot())


def test_our_internet_gateway_at_another_vpc_is_named_and_not_touched() -> None:
    cloud = settled()
    gateway = next(iter(cloud.gateways.values()))
    cloud.gateways = {gateway.id: dataclasses.replace(gateway, vpc_id="vpc-other")}
    for wanted in (spec(), GONE):
        with pytest.raises(ConflictError, match="vpc-other"):
            plan(wanted, cloud.snapshot())


# --- tags


def test_a_lost_tag_inside_our_vpc_is_given_back() -> None:
    cloud = settled()
    subnet = cloud.subnets[named(cloud, "subnet", "public-a")]
    tags = {key: value for key, value in subnet.tags.items() if key != "ManagedBy"}
    cloud.subnets[subnet.id] = retagged(subnet, tags)
    found = plan(spec(), cloud.snapshot()).changes
    assert [(change.address, change.after) for change in found] == [
        ("subnet/public-a", {"tags": {"ManagedBy": "everlook.failover"}})
    ]


@pytest.mark.parametrize(
    "tags",
    [
        {"Resource": "subnet/public-a"},
        {"Resource": "subnet/public-a", "Environment": "dev"},
        {"Resource": "cart", "Stack": "hello", "Environment": "dev"},
        {"Resource": "subnet/public-a", "Stack": "hello", "Environment": "dev", "ManagedBy": "terraform"},
        {"Stack": "hello", "Environment": "dev"},
    ],
)
def test_a_resemblance_is_not_ownership(tags: dict[str, str]) -> None:
    assert not owns_inside(OWNER, tags)


def test_what_another_component_owns_is_not_the_network_s() -> None:
    entrance = dataclasses.replace(OWNER, component=ENTRANCE)
    assert not owns_inside(OWNER, entrance.tags("subnet/public-a"))


@pytest.mark.parametrize("tags", [{}, {"Stack": "another"}, {"Name": "hello-dev-public-a"}])
def test_without_our_tags_it_is_not_ours(tags: dict[str, str]) -> None:
    cloud = settled()
    subnet = cloud.subnets[named(cloud, "subnet", "public-a")]
    other = {**subnet.tags, **tags} if "Stack" in tags else tags
    cloud.subnets[subnet.id] = retagged(subnet, other)
    with pytest.raises(ConflictError, match=subnet.id):
        plan(spec(), cloud.snapshot())


# --- destroying


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


# --- drift that is repaired alone


def test_the_default_security_group_is_emptied_again() -> None:
    cloud = settled()
    assert cloud.group
    cloud.group = dataclasses.replace(cloud.group, rules=frozenset({OPEN_RULE}))
    found = plan(spec(), cloud.snapshot())
    assert steps(found) == {"security_group/default": "update"}
    assert found.changes[0].before["rules"] == ["egress all traffic to 0.0.0.0/0"]


def test_the_default_security_group_gets_no_tags() -> None:
    """AWS makes it without, and who may tag that may claim any security group."""
    (new,) = [step for step in plan(spec(), Cloud().snapshot()).changes if step.address == "security_group/default"]
    assert new.data.tags == {}
    cloud = settled()
    assert cloud.group
    cloud.group = dataclasses.replace(cloud.group, tags={})
    assert plan(spec(), cloud.snapshot()).changes == ()


def test_dns_attributes_are_set_again() -> None:
    cloud = settled()
    assert cloud.vpc
    cloud.vpc = Vpc(
        id=cloud.vpc.id,
        cidr=cloud.vpc.cidr,
        tags=cloud.vpc.tags,
        attributes={"dns_support": False, "dns_hostnames": True},
    )
    found = plan(spec(), cloud.snapshot()).changes
    assert [(change.address, dict(change.after)) for change in found] == [("vpc/main", {"dns_support": True})]


def test_an_endpoint_is_taken_out_of_a_foreign_table_and_its_policy_opened() -> None:
    cloud = settled()
    endpoint = next(iter(cloud.endpoints.values()))
    tables = endpoint.route_table_ids | {"rtb-other"}
    cloud.endpoints[endpoint.id] = dataclasses.replace(endpoint, route_table_ids=tables, policy="")
    found = plan(spec(), cloud.snapshot()).changes
    assert [change.address for change in found] == ["vpc_endpoint/s3"]
    assert found[0].data.remove == ("rtb-other",)
    assert found[0].data.policy == OPEN_POLICY


def test_the_plan_of_what_a_lost_association_left_names_it_alone() -> None:
    cloud = settled()
    cloud.unlink(named(cloud, "subnet", "private-b"))
    assert steps(plan(spec(), cloud.snapshot())) == {"route_table_association/private-b": "create"}
    cloud.link(named(cloud, "subnet", "private-b"), named(cloud, "route_table", "public"))
    assert steps(plan(spec(), cloud.snapshot())) == {"route_table_association/private-b": "update"}


def test_a_twin_of_the_endpoint_goes_before_its_table_is_taken_over() -> None:
    cloud = settled()
    endpoint = next(iter(cloud.endpoints.values()))
    table = min(endpoint.route_table_ids)
    cloud.endpoints[endpoint.id] = dataclasses.replace(endpoint, route_table_ids=endpoint.route_table_ids - {table})
    cloud.endpoints["vpce-9"] = dataclasses.replace(endpoint, id="vpce-9", route_table_ids=frozenset({table}))
    found = plan(spec(), cloud.snapshot())
    assert steps(found) == {"vpc_endpoint/vpce-9": "delete", "vpc_endpoint/s3": "update"}
    cloud.carry_out(found, in_order)
    assert plan(spec(), cloud.snapshot()).steps == ()


# --- flow logs


def test_flow_logs_come_with_a_role_and_a_log_group() -> None:
    cloud = settled()
    found = plan(spec(flow_logs="reject"), cloud.snapshot())
    assert steps(found) == {
        "vpc/flow-logs": "update",
        "log_group/vpc": "create",
        "iam_role/flowlogs": "create",
        "flow_log/main": "create",
    }
    flow_log = found.changes[-1]
    assert flow_log.needs >= {"log_group/vpc", "iam_role/flowlogs"}
    assert flow_log.after == {
        "traffic_type": "REJECT",
        "max_aggregation_interval": 600,
        "log_group_name": "/vpc/hello/dev/network",
        "role_name": "hello-dev-network-us-east-1-flowlogs",
    }
    cloud.carry_out(found, in_order)
    assert plan(spec(flow_logs="reject"), cloud.snapshot()).steps == ()


@pytest.mark.parametrize(
    ("fields", "name"),
    [({"flow_logs": "accept"}, "traffic_type"), ({"flow_logs_interval": 60}, "max_aggregation_interval")],
)
def test_a_flow_log_is_replaced_by_a_new_one(fields: dict[str, t.Any], name: str) -> None:
    cloud = settled(spec(flow_logs="all"))
    (old,) = cloud.flow_logs
    found = plan(spec(**{"flow_logs": "all", **fields}), cloud.snapshot())
    assert steps(found) == {"flow_log/main": "create", f"flow_log/{old}": "delete"}
    new, removal = found.changes
    assert new.reason == f"differs in {name}"
    assert removal.needs == {new.address}


def test_how_long_flow_logs_are_kept_is_changed_in_place() -> None:
    cloud = settled(spec(flow_logs="all"))
    found = plan(spec(flow_logs="all", flow_logs_retention_days=7), cloud.snapshot())
    assert steps(found) == {"log_group/vpc": "update"}


def test_a_new_vpc_is_tagged_for_its_flow_logs() -> None:
    found = steps(plan(spec(flow_logs="all"), Cloud().snapshot()))
    assert found.keys() >= {"vpc/main", "flow_log/main"}
    assert "vpc/flow-logs" not in found
    assert plan(spec(flow_logs="all"), settled(spec(flow_logs="all")).snapshot()).steps == ()


def test_a_log_group_goes_when_nobody_writes_to_it_and_the_tag_last() -> None:
    """While the VPC has the tag, the next run knows that there may be more."""
    cloud = settled(spec(flow_logs="all"))
    (old,) = cloud.flow_logs
    found = {change.address: change for change in plan(spec(), cloud.snapshot()).changes}
    tag = found.pop("vpc/flow-logs")
    assert tag.needs == found.keys()
    assert {address: change.action.value for address, change in found.items()} == dict.fromkeys(
        ("iam_role/flowlogs", "log_group/vpc", f"flow_log/{old}"), "delete"
    )
    assert {change.reason for change in found.values()} == {"flow_logs is none"}
    assert found["log_group/vpc"].needs == {"iam_role/flowlogs"}
    assert found[f"flow_log/{old}"].needs == {"iam_role/flowlogs", "log_group/vpc"}


def test_flow_logs_of_others_are_left_alone() -> None:
    cloud = settled(spec(flow_logs="all"))
    flow_log = next(iter(cloud.flow_logs.values()))
    theirs = dataclasses.replace(flow_log, id="fl-theirs", tags={}, values={**flow_log.values, "role_name": "x"})
    cloud.flow_logs[theirs.id] = theirs
    assert plan(spec(flow_logs="all"), cloud.snapshot()).steps == ()
    for wanted in (spec(), GONE):
        assert f"flow_log/{theirs.id}" not in steps(plan(wanted, cloud.snapshot()))


def test_a_role_that_is_another_s_is_named() -> None:
    cloud = settled(spec(flow_logs="all"))
    assert cloud.role
    cloud.role = dataclasses.replace(cloud.role, tags={})
    with pytest.raises(ConflictError, match="hello-dev-network-us-east-1-flowlogs"):
        plan(spec(flow_logs="all"), cloud.snapshot())
    assert "iam_role/flowlogs" not in steps(plan(GONE, cloud.snapshot()))


# --- interface endpoints


def test_a_service_is_only_in_zones_that_it_is_in() -> None:
    services = (Service(name="com.amazonaws.us-east-1.logs", zones=frozenset({ZONES[1]})),)
    snapshot = dataclasses.replace(settled().snapshot(), endpoint_services=services)
    found = {change.address: change for change in plan(spec(interface_endpoints=("logs",)), snapshot).changes}
    assert found["interface_endpoint/logs"].data.add == ("subnet/private-b",)


def test_a_service_that_is_in_none_of_the_zones() -> None:
    services = (Service(name="com.amazonaws.us-east-1.logs", zones=frozenset({ZONES[4]})),)
    snapshot = dataclasses.replace(settled().snapshot(), endpoint_services=services)
    with pytest.raises(SpecError, match=r"interface_endpoints: logs is in no zone of the network.*us-east-1e"):
        plan(spec(interface_endpoints=("logs",)), snapshot)


def test_a_service_without_a_private_name() -> None:
    services = (Service(name="com.amazonaws.us-east-1.x", zones=frozenset(ZONES), private_dns=False),)
    snapshot = dataclasses.replace(settled().snapshot(), endpoint_services=services)
    with pytest.raises(SpecError, match="x has no private DNS name"):
        plan(spec(interface_endpoints=("x",)), snapshot)


def test_an_endpoint_that_failed_is_replaced_when_it_is_gone() -> None:
    cloud = settled(spec(interface_endpoints=("logs",)))
    (old,) = (item for item in cloud.endpoints.values() if item.type == INTERFACE)
    cloud.endpoints[old.id] = dataclasses.replace(old, state="failed", failure="InternalError: no")
    found = {change.address: change for change in plan(spec(interface_endpoints=("logs",)), cloud.snapshot()).changes}
    assert found[f"interface_endpoint/{old.id}"].reason == "failed (InternalError: no)"
    assert f"interface_endpoint_deleted/{old.id}" in found["interface_endpoint/logs"].needs


def test_names_of_services_in_china() -> None:
    assert service_names("cn-north-1", "ecr.api")[1] == "cn.com.amazonaws.cn-north-1.ecr.api"
    assert short_name("cn-north-1", "cn.com.amazonaws.cn-north-1.ecr.api") == "ecr.api"
    assert short_name("us-east-1", "com.amazonaws.vpce.us-east-1.vpce-svc-0") == ""
