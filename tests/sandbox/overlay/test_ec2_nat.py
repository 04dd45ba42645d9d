# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""NAT gateways take their time, fail for what they lack, and hold what they use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from sandbox.overlay.ec2.places import constrained_zones
from tests.sandbox.overlay.conftest import Local
from tests.sandbox.overlay.helpers import attach_gateway, create_subnet, create_vpc, refused


@dataclass
class Network:
    vpc_id: str
    subnet_id: str
    gateway_id: str
    allocation_id: str


@pytest.fixture
def network(ec2: Any) -> Network:
    vpc_id = create_vpc(ec2)
    subnet_id, gateway_id = create_subnet(ec2, vpc_id), attach_gateway(ec2, vpc_id)
    return Network(vpc_id, subnet_id, gateway_id, ec2.allocate_address(Domain="vpc")["AllocationId"])


def create_nat(ec2: Any, network: Network, **more: Any) -> str:
    request = {"SubnetId": network.subnet_id, "AllocationId": network.allocation_id} | more
    identifier: str = ec2.create_nat_gateway(**request)["NatGateway"]["NatGatewayId"]
    return identifier


def describe(ec2: Any, identifier: str) -> Any:
    (gateway,) = ec2.describe_nat_gateways(NatGatewayIds=[identifier])["NatGateways"]
    return gateway


def test_pending_then_available_then_deleting_then_deleted(local: Local, ec2: Any, network: Network) -> None:
    identifier = create_nat(ec2, network)
    assert describe(ec2, identifier)["State"] == "pending"
    local.passes("nat_gateway_create", 0.9)
    assert describe(ec2, identifier)["State"] == "pending"
    local.passes("nat_gateway_create", 0.2)
    assert describe(ec2, identifier)["State"] == "available"
    ec2.delete_nat_gateway(NatGatewayId=identifier)
    assert describe(ec2, identifier)["State"] == "deleting"
    local.passes("nat_gateway_delete", 1.1)
    assert describe(ec2, identifier)["State"] == "deleted"


def test_what_it_uses_is_free_once_it_is_deleted(local: Local, ec2: Any, network: Network) -> None:
    identifier = create_nat(ec2, network)
    (address,) = describe(ec2, identifier)["NatGatewayAddresses"]
    assert address["PrivateIp"].startswith("10.10.0.")
    (interface,) = ec2.describe_network_interfaces(NetworkInterfaceIds=[address["NetworkInterfaceId"]])[
        "NetworkInterfaces"
    ]
    assert interface["InterfaceType"] == "nat_gateway"
    ec2.delete_nat_gateway(NatGatewayId=identifier)

    (held,) = ec2.describe_addresses(AllocationIds=[network.allocation_id])["Addresses"]
    with refused("OperationNotPermitted"):
        ec2.disassociate_address(AssociationId=held["AssociationId"])
    with refused("InvalidIPAddress.InUse"):
        ec2.release_address(AllocationId=network.allocation_id)
    with refused("InvalidParameterValue", "in use"):
        ec2.delete_network_interface(NetworkInterfaceId=address["NetworkInterfaceId"])
    with refused("DependencyViolation"):
        ec2.delete_subnet(SubnetId=network.subnet_id)
    with refused("DependencyViolation", "mapped public address"):
        ec2.detach_internet_gateway(InternetGatewayId=network.gateway_id, VpcId=network.vpc_id)

    local.passes("nat_gateway_delete", 1.1)
    ec2.release_address(AllocationId=network.allocation_id)
    ec2.detach_internet_gateway(InternetGatewayId=network.gateway_id, VpcId=network.vpc_id)
    ec2.delete_subnet(SubnetId=network.subnet_id)


def test_tags_are_of_type_natgateway_and_filter(ec2: Any, network: Network) -> None:
    tags = [{"ResourceType": "natgateway", "Tags": [{"Key": "Stack", "Value": "hello"}]}]
    identifier = create_nat(ec2, network, TagSpecifications=tags)
    filters = [{"Name": "resource-type", "Values": ["natgateway"]}]
    (tag,) = ec2.describe_tags(Filters=filters)["Tags"]
    assert (tag["ResourceId"], tag["ResourceType"]) == (identifier, "natgateway")

    def found(**by: str) -> list[str]:
        wanted = [{"Name": name.replace("__", ":").replace("_", "-"), "Values": [value]} for name, value in by.items()]
        return [known["NatGatewayId"] for known in ec2.describe_nat_gateways(Filter=wanted)["NatGateways"]]

    assert found(tag__Stack="hello", state="pending", vpc_id=network.vpc_id) == [identifier]
    assert found(tag__Stack="other") == []
    assert found(tag_key="Stack") == [identifier]


def test_without_an_internet_gateway_it_fails(local: Local, ec2: Any) -> None:
    vpc_id = create_vpc(ec2)
    subnet_id, allocation = create_subnet(ec2, vpc_id), ec2.allocate_address(Domain="vpc")["AllocationId"]
    identifier = create_nat(ec2, Network(vpc_id, subnet_id, "", allocation))
    local.passes("nat_gateway_create", 1.1)
    gateway = describe(ec2, identifier)
    assert (gateway["State"], gateway["FailureCode"]) == ("failed", "Gateway.NotAttached")
    ec2.release_address(AllocationId=allocation)


def test_with_an_address_in_use_it_fails(local: Local, ec2: Any, network: Network) -> None:
    first, second = create_nat(ec2, network), create_nat(ec2, network)
    local.passes("nat_gateway_create", 1.1)
    assert describe(ec2, first)["State"] == "available"
    assert describe(ec2, second)["FailureCode"] == "Resource.AlreadyAssociated"


def test_a_route_to_it_is_taken_while_pending_and_lost_when_deleted(local: Local, ec2: Any, network: Network) -> None:
    identifier = create_nat(ec2, network)
    table_id = ec2.create_route_table(VpcId=network.vpc_id)["RouteTable"]["RouteTableId"]
    ec2.create_route(RouteTableId=table_id, DestinationCidrBlock="0.0.0.0/0", NatGatewayId=identifier)
    ec2.delete_nat_gateway(NatGatewayId=identifier)
    local.passes("nat_gateway_delete", 1.1)
    (table,) = ec2.describe_route_tables(RouteTableIds=[table_id])["RouteTables"]
    assert [route["State"] for route in table["Routes"]] == ["active", "blackhole"]
    with refused("InvalidNatGatewayID.NotFound"):
        ec2.replace_route(RouteTableId=table_id, DestinationCidrBlock="0.0.0.0/0", NatGatewayId=identifier)


def test_a_sixth_in_a_zone_is_over_the_quota(ec2: Any, network: Network) -> None:
    for _ in range(5):
        ec2.create_nat_gateway(SubnetId=network.subnet_id, ConnectivityType="private")
    with refused("NatGatewayLimitExceeded"):
        create_nat(ec2, network)
    other = create_subnet(ec2, network.vpc_id, 1, "us-west-1b")
    create_nat(ec2, network, SubnetId=other)


def test_a_client_token_makes_one(ec2: Any, network: Network) -> None:
    assert create_nat(ec2, network, ClientToken="one") == create_nat(ec2, network, ClientToken="one")
    assert len(ec2.describe_nat_gateways()["NatGateways"]) == 1
    with refused("IdempotentParameterMismatch"):
        create_nat(ec2, network, ClientToken="one", ConnectivityType="private")


def test_unknown_ones_are_not_found(ec2: Any, network: Network) -> None:
    with refused("NatGatewayNotFound"):
        ec2.describe_nat_gateways(NatGatewayIds=["nat-00000000000000000"])
    with refused("NatGatewayNotFound"):
        ec2.delete_nat_gateway(NatGatewayId="nat-00000000000000000")
    with refused("MissingParameter", "AllocationId"):
        ec2.create_nat_gateway(SubnetId=network.subnet_id)


def test_a_constrained_zone_takes_none(local: Local, ec2: Any, network: Network) -> None:
    assert local.aws
    (subnet,) = ec2.describe_subnets(SubnetIds=[network.subnet_id])["Subnets"]
    constrained_zones(local.aws.world).add(subnet["AvailabilityZone"])
    with refused("NotAvailableInZone"):
        create_nat(ec2, network)


def test_a_regional_one_is_of_the_vpc_and_has_what_aws_gives_it(local: Local, ec2: Any, network: Network) -> None:
    regional = {"VpcId": network.vpc_id, "AvailabilityMode": "regional"}
    for more in ({"SubnetId": network.subnet_id}, {"AllocationId": network.allocation_id}):
        with refused("InvalidParameterCombination"):
            ec2.create_nat_gateway(**regional, **more)
    with refused("MissingParameter", "VpcId"):
        ec2.create_nat_gateway(AvailabilityMode="regional")
    made = ec2.create_nat_gateway(**regional)["NatGateway"]
    identifier = made["NatGatewayId"]
    assert (made["State"], made["AvailabilityMode"], made.get("SubnetId")) == ("pending", "regional", None)
    local.passes("nat_gateway_create", 1.1)
    found = describe(ec2, identifier)
    assert (found["State"], found["AutoProvisionZones"]) == ("available", "enabled")
    assert [item["AvailabilityZone"] for item in found["NatGatewayAddresses"]] == ["us-west-1a"]
    (table,) = ec2.describe_route_tables(RouteTableIds=[found["RouteTableId"]])["RouteTables"]
    assert table["VpcId"] == network.vpc_id
    # It expands into zones that the VPC gets later.
    later = create_subnet(ec2, network.vpc_id, 1, "us-west-1b")
    first, second = describe(ec2, identifier)["NatGatewayAddresses"]
    assert (first, second["AvailabilityZone"]) == (found["NatGatewayAddresses"][0], "us-west-1b")
    ec2.delete_subnet(SubnetId=later)
    ec2.delete_subnet(SubnetId=network.subnet_id)  # it is in none
    with refused("DependencyViolation", "mapped public address"):
        ec2.detach_internet_gateway(InternetGatewayId=network.gateway_id, VpcId=network.vpc_id)
    ec2.delete_nat_gateway(NatGatewayId=identifier)
    local.passes("nat_gateway_delete", 1.1)
    assert describe(ec2, identifier)["State"] == "deleted"
    with refused("InvalidRouteTableID.NotFound"):
        ec2.describe_route_tables(RouteTableIds=[found["RouteTableId"]])
    ec2.detach_internet_gateway(InternetGatewayId=network.gateway_id, VpcId=network.vpc_id)
    ec2.delete_vpc(VpcId=network.vpc_id)


def test_a_regional_one_needs_an_internet_gateway(local: Local, ec2: Any) -> None:
    vpc_id = create_vpc(ec2)
    identifier = ec2.create_nat_gateway(VpcId=vpc_id, AvailabilityMode="regional")["NatGateway"]["NatGatewayId"]
    local.passes("nat_gateway_create", 1.1)
    found = describe(ec2, identifier)
    assert (found["State"], found["FailureCode"]) == ("failed", "Gateway.NotAttached")
