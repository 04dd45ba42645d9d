# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Decisions of the plan, one by one. What holds for all plans is in test_properties.py."""

from __future__ import annotations

import dataclasses
import ipaddress

import pytest

from ansible_collections.everlook.failover.plugins.module_utils._aws.owner import ENTRANCE
from ansible_collections.everlook.failover.plugins.module_utils._engine.errors import ConflictError, SpecError
from ansible_collections.everlook.failover.plugins.module_utils._engine.known import Known
from ansible_collections.everlook.failover.plugins.module_utils._engine.unknown import is_unknown
from ansible_collections.everlook.failover.plugins.module_utils._vpc.layer import LAYER, outputs
from ansible_collections.everlook.failover.plugins.module_utils._vpc.named import owns_inside
from ansible_collections.everlook.failover.plugins.module_utils._vpc.plan import plan
from ansible_collections.everlook.failover.plugins.module_utils._vpc.resources.endpoint import (
    OPEN_POLICY,
)
from ansible_collections.everlook.failover.plugins.module_utils._vpc.resources.internet_gateway import InternetGateway
from ansible_collections.everlook.failover.plugins.module_utils._vpc.resources.network_interface import Interface
from ansible_collections.everlook.failover.plugins.module_utils._vpc.resources.subnet import Subnet
from ansible_collections.everlook.failover.plugins.module_utils._vpc.resources.vpc import Vpc
from ansible_collections.everlook.failover.plugins.module_utils._vpc.zones import choose_zones, needs_lookup
from tests.unit.vpc.cloud import OPEN_RULE, OWNER, REGION, ZONES, Cloud, in_order, retagged
from tests.unit.vpc.plans import GONE, named, settled, spec, steps

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
