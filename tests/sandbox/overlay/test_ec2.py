# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where EC2 is put right: VPCs, routes, addresses, endpoints, tags, quotas."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sandbox.overlay.ec2.places import disabled_regions
from tests.sandbox.overlay.conftest import Local
from tests.sandbox.overlay.helpers import attach_gateway, create_group, create_subnet, create_vpc, refused


def test_zones_of_us_west_1_are_two(ec2: Any) -> None:
    zones = ec2.describe_availability_zones()["AvailabilityZones"]
    assert [zone["ZoneName"] for zone in zones] == ["us-west-1a", "us-west-1b"]
    assert {zone["OptInStatus"] for zone in zones} == {"opt-in-not-required"}


def test_a_sixth_vpc_is_over_the_quota_until_it_is_raised(local: Local, ec2: Any) -> None:
    quotas = local.client("service-quotas")
    vpcs = {"ServiceCode": "vpc", "QuotaCode": "L-F678F1CE"}
    assert quotas.get_service_quota(**vpcs)["Quota"]["Value"] == 5
    there = len(ec2.describe_vpcs()["Vpcs"])
    for number in range(5 - there):
        create_vpc(ec2, f"10.{number}.0.0/16")
    with refused("VpcLimitExceeded"):
        create_vpc(ec2, "10.9.0.0/16")
    quotas.request_service_quota_increase(**vpcs, DesiredValue=6)
    create_vpc(ec2, "10.9.0.0/16")
    assert quotas.get_service_quota(**vpcs)["Quota"]["Value"] == 6
    assert quotas.get_aws_default_service_quota(**vpcs)["Quota"]["Value"] == 5
    listed = {known["QuotaCode"]: known["Value"] for known in quotas.list_service_quotas(ServiceCode="vpc")["Quotas"]}
    assert (listed["L-F678F1CE"], listed["L-FE5A380F"]) == (6, 5)
    with refused("IllegalArgumentException"):
        quotas.request_service_quota_increase(**vpcs, DesiredValue=6)
    with refused("NoSuchResourceException"):
        quotas.get_service_quota(ServiceCode="vpc", QuotaCode="L-00000000")


def test_a_vpc_with_anything_in_it_stays(ec2: Any) -> None:
    vpc_id = create_vpc(ec2)
    gateway_id, subnet_id, group_id = attach_gateway(ec2, vpc_id), create_subnet(ec2, vpc_id), create_group(ec2, vpc_id)
    table_id = ec2.create_route_table(VpcId=vpc_id)["RouteTable"]["RouteTableId"]
    endpoint = ec2.create_vpc_endpoint(VpcId=vpc_id, ServiceName="com.amazonaws.us-west-1.s3")["VpcEndpoint"]
    leave: list[Callable[[], Any]] = [
        lambda: ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint["VpcEndpointId"]]),
        lambda: ec2.delete_route_table(RouteTableId=table_id),
        lambda: ec2.delete_security_group(GroupId=group_id),
        lambda: ec2.delete_subnet(SubnetId=subnet_id),
        lambda: ec2.detach_internet_gateway(InternetGatewayId=gateway_id, VpcId=vpc_id),
    ]
    for step in leave:
        with refused("DependencyViolation", vpc_id):
            ec2.delete_vpc(VpcId=vpc_id)
        step()
    ec2.delete_vpc(VpcId=vpc_id)
    filters = [{"Name": "vpc-id", "Values": [vpc_id]}]
    assert ec2.describe_network_acls(Filters=filters)["NetworkAcls"] == []


def test_tags_go_with_what_they_are_on(ec2: Any) -> None:
    vpc_id = create_vpc(ec2)
    subnet_id = create_subnet(ec2, vpc_id)
    gateway_id = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.create_tags(Resources=[vpc_id, subnet_id, gateway_id], Tags=[{"Key": "Stack", "Value": "hello"}])
    assert len(ec2.describe_tags()["Tags"]) == 3
    ec2.delete_internet_gateway(InternetGatewayId=gateway_id)
    ec2.delete_subnet(SubnetId=subnet_id)
    ec2.delete_vpc(VpcId=vpc_id)
    assert ec2.describe_tags()["Tags"] == []


def test_the_default_group_admits_itself(ec2: Any) -> None:
    filters = [{"Name": "vpc-id", "Values": [create_vpc(ec2)]}]
    (group,) = ec2.describe_security_groups(Filters=filters)["SecurityGroups"]
    (permission,) = group["IpPermissions"]
    assert [pair["GroupId"] for pair in permission["UserIdGroupPairs"]] == [group["GroupId"]]
    ec2.revoke_security_group_ingress(GroupId=group["GroupId"], IpPermissions=group["IpPermissions"])
    (group,) = ec2.describe_security_groups(Filters=filters)["SecurityGroups"]
    assert group["IpPermissions"] == []


def test_a_subnet_is_in_a_zone_of_its_region(ec2: Any) -> None:
    vpc_id = create_vpc(ec2)
    with refused("InvalidParameterValue", "us-west-1a, us-west-1b"):
        create_subnet(ec2, vpc_id, zone="us-east-1a")
    subnet_id = create_subnet(ec2, vpc_id)
    (subnet,) = ec2.describe_subnets(SubnetIds=[subnet_id])["Subnets"]
    assert (subnet["DefaultForAz"], subnet["MapPublicIpOnLaunch"]) == (False, False)


def test_a_deleted_subnet_leaves_its_route_table(ec2: Any) -> None:
    vpc_id = create_vpc(ec2)
    subnet_id = create_subnet(ec2, vpc_id)
    table_id = ec2.create_route_table(VpcId=vpc_id)["RouteTable"]["RouteTableId"]
    ec2.associate_route_table(RouteTableId=table_id, SubnetId=subnet_id)
    with refused("DependencyViolation"):
        ec2.delete_route_table(RouteTableId=table_id)
    ec2.delete_subnet(SubnetId=subnet_id)
    ec2.delete_route_table(RouteTableId=table_id)


def test_a_subnet_with_an_interface_stays(ec2: Any) -> None:
    subnet_id = create_subnet(ec2, create_vpc(ec2))
    interface = ec2.create_network_interface(SubnetId=subnet_id)["NetworkInterface"]["NetworkInterfaceId"]
    with refused("DependencyViolation", subnet_id):
        ec2.delete_subnet(SubnetId=subnet_id)
    ec2.delete_network_interface(NetworkInterfaceId=interface)
    ec2.delete_subnet(SubnetId=subnet_id)


def test_a_sixth_internet_gateway_is_over_the_quota(ec2: Any) -> None:
    for _ in range(5):
        ec2.create_internet_gateway()
    with refused("InternetGatewayLimitExceeded"):
        ec2.create_internet_gateway()


def test_a_vpc_has_one_internet_gateway(ec2: Any) -> None:
    vpc_id = create_vpc(ec2)
    attach_gateway(ec2, vpc_id)
    with refused("InvalidParameterValue", vpc_id):
        attach_gateway(ec2, vpc_id)


def test_the_main_route_table_stays(ec2: Any) -> None:
    filters = [{"Name": "vpc-id", "Values": [create_vpc(ec2)]}]
    (table,) = ec2.describe_route_tables(Filters=filters)["RouteTables"]
    with refused("DependencyViolation"):
        ec2.delete_route_table(RouteTableId=table["RouteTableId"])


def test_a_subnet_has_one_route_table(ec2: Any) -> None:
    vpc_id = create_vpc(ec2)
    subnet_id = create_subnet(ec2, vpc_id)
    first, second = (ec2.create_route_table(VpcId=vpc_id)["RouteTable"]["RouteTableId"] for _ in range(2))
    association = ec2.associate_route_table(RouteTableId=first, SubnetId=subnet_id)["AssociationId"]
    assert ec2.associate_route_table(RouteTableId=first, SubnetId=subnet_id)["AssociationId"] == association
    with refused("Resource.AlreadyAssociated"):
        ec2.associate_route_table(RouteTableId=second, SubnetId=subnet_id)


def test_a_route_goes_to_a_gateway_of_its_vpc(ec2: Any) -> None:
    vpc_id, other_id = create_vpc(ec2), create_vpc(ec2, "10.20.0.0/16")
    table_id = ec2.create_route_table(VpcId=vpc_id)["RouteTable"]["RouteTableId"]
    route = {"RouteTableId": table_id, "DestinationCidrBlock": "0.0.0.0/0"}
    with refused("InvalidParameterValue", "different networks"):
        ec2.create_route(**route, GatewayId=attach_gateway(ec2, other_id))
    with refused("InvalidNatGatewayID.NotFound"):
        ec2.create_route(**route, NatGatewayId="nat-00000000000000000")
    gateway_id = attach_gateway(ec2, vpc_id)
    ec2.create_route(**route, GatewayId=gateway_id)
    ec2.detach_internet_gateway(InternetGatewayId=gateway_id, VpcId=vpc_id)
    (table,) = ec2.describe_route_tables(RouteTableIds=[table_id])["RouteTables"]
    assert [known["State"] for known in table["Routes"]] == ["active", "blackhole"]


def test_addresses_look_public_and_are_limited(local: Local, ec2: Any) -> None:
    addresses = [ec2.allocate_address(Domain="vpc") for _ in range(5)]
    assert all(address["PublicIp"].startswith("198.18.") for address in addresses)
    described = ec2.describe_addresses()["Addresses"]
    assert [address["PublicIp"] for address in described] == [address["PublicIp"] for address in addresses]
    with refused("AddressLimitExceeded"):
        ec2.allocate_address(Domain="vpc")
    increase = {"ServiceCode": "ec2", "QuotaCode": "L-0263D0A3", "DesiredValue": 6}
    local.client("service-quotas").request_service_quota_increase(**increase)
    ec2.allocate_address(Domain="vpc")
    attributes = ec2.describe_account_attributes()["AccountAttributes"]
    values = {known["AttributeName"]: known["AttributeValues"][0]["AttributeValue"] for known in attributes}
    assert values["vpc-max-elastic-ips"] == "6"


def test_an_address_in_use_is_not_released(ec2: Any) -> None:
    subnet_id = create_subnet(ec2, create_vpc(ec2))
    interface = ec2.create_network_interface(SubnetId=subnet_id)["NetworkInterface"]["NetworkInterfaceId"]
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    association = ec2.associate_address(AllocationId=address, NetworkInterfaceId=interface)["AssociationId"]
    with refused("InvalidIPAddress.InUse"):
        ec2.release_address(AllocationId=address)
    ec2.disassociate_address(AssociationId=association)
    ec2.release_address(AllocationId=address)


def test_an_endpoint_is_a_gateway_with_routes_and_goes_at_once(ec2: Any) -> None:
    vpc_id = create_vpc(ec2)
    first, second = (ec2.create_route_table(VpcId=vpc_id)["RouteTable"]["RouteTableId"] for _ in range(2))
    service = {"VpcId": vpc_id, "ServiceName": "com.amazonaws.us-west-1.s3"}
    endpoint = ec2.create_vpc_endpoint(**service, RouteTableIds=[first])["VpcEndpoint"]
    assert ec2.describe_vpc_endpoints()["VpcEndpoints"][0]["IpAddressType"] == endpoint["IpAddressType"] == "ipv4"
    assert endpoint["VpcEndpointType"] == "Gateway"
    with refused("RouteAlreadyExists"):
        ec2.create_vpc_endpoint(**service, RouteTableIds=[first])
    with refused("InvalidServiceName"):
        ec2.create_vpc_endpoint(VpcId=vpc_id, ServiceName="com.amazonaws.eu-west-1.s3")

    def routed() -> set[str]:
        tables = ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [vpc_id]}])["RouteTables"]
        identifier = endpoint["VpcEndpointId"]
        return {
            table["RouteTableId"]
            for table in tables
            if any(route.get("GatewayId") == identifier for route in table["Routes"])
        }

    assert routed() == {first}
    identifier = endpoint["VpcEndpointId"]
    ec2.modify_vpc_endpoint(VpcEndpointId=identifier, AddRouteTableIds=[second], RemoveRouteTableIds=[first])
    assert routed() == {second}
    ec2.delete_vpc_endpoints(VpcEndpointIds=[identifier])
    assert routed() == set()
    assert ec2.describe_vpc_endpoints()["VpcEndpoints"] == []
    (failure,) = ec2.delete_vpc_endpoints(VpcEndpointIds=[identifier])["Unsuccessful"]
    assert failure["Error"]["Code"] == "InvalidVpcEndpointId.NotFound"


def test_the_route_of_an_endpoint_is_not_deleted_by_hand(ec2: Any) -> None:
    vpc_id = create_vpc(ec2)
    table_id = ec2.create_route_table(VpcId=vpc_id)["RouteTable"]["RouteTableId"]
    ec2.create_vpc_endpoint(VpcId=vpc_id, ServiceName="com.amazonaws.us-west-1.s3", RouteTableIds=[table_id])
    (table,) = ec2.describe_route_tables(RouteTableIds=[table_id])["RouteTables"]
    (prefix_list,) = [r["DestinationPrefixListId"] for r in table["Routes"] if "DestinationPrefixListId" in r]
    with refused("InvalidParameterValue", prefix_list):
        ec2.delete_route(RouteTableId=table_id, DestinationPrefixListId=prefix_list)


@pytest.mark.parametrize("resource_type", ["subnet", "nat-gateway"])
def test_a_tag_specification_names_the_resource_that_is_made(ec2: Any, resource_type: str) -> None:
    tags = [{"ResourceType": resource_type, "Tags": [{"Key": "Stack", "Value": "hello"}]}]
    with refused("InvalidParameterValue", resource_type):
        ec2.create_vpc(CidrBlock="10.10.0.0/16", TagSpecifications=tags)


def test_tags_of_an_address_are_of_type_elastic_ip(ec2: Any) -> None:
    tags = [{"ResourceType": "elastic-ip", "Tags": [{"Key": "Stack", "Value": "hello"}]}]
    identifier = ec2.allocate_address(Domain="vpc", TagSpecifications=tags)["AllocationId"]
    (tag,) = ec2.describe_tags(Filters=[{"Name": "resource-type", "Values": ["elastic-ip"]}])["Tags"]
    assert (tag["ResourceId"], tag["ResourceType"]) == (identifier, "elastic-ip")


def test_a_region_that_is_not_enabled_knows_nobody(local: Local) -> None:
    assert local.aws
    disabled_regions(local.aws.world).add("eu-west-3")
    for service, call, code in (
        ("ec2", "describe_vpcs", "AuthFailure"),
        ("sts", "get_caller_identity", "InvalidClientTokenId"),
        ("ecs", "list_clusters", "UnrecognizedClientException"),
    ):
        with refused(code):
            getattr(local.client(service, "eu-west-3"), call)()
    ec2 = local.client("ec2")
    assert "eu-west-3" not in {region["RegionName"] for region in ec2.describe_regions()["Regions"]}
    (region,) = ec2.describe_regions(RegionNames=["eu-west-3"], AllRegions=True)["Regions"]
    assert region["OptInStatus"] == "not-opted-in"
    with refused("InvalidParameterValue"):
        ec2.describe_regions(RegionNames=["eu-west-9"])
