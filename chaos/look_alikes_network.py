# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Foreign resources in the network and the zone of a stack, or that look like a part of them.

One function creates each. It returns another one that removes the resource, and fails if it is gone.
"""

from __future__ import annotations

import functools

from chaos.planting import DOMAIN, ELSEWHERE, HALF, REGION, Remove, subnet_of, tagged, tags, vpc_of
from sandbox import Sandbox


def subnet_in_the_vpc(aws: Sandbox) -> Remove:
    """Without tags."""
    ec2 = aws.client("ec2")
    made = ec2.create_subnet(VpcId=vpc_of(aws), CidrBlock="10.10.112.0/20", AvailabilityZone=f"{REGION}a")
    return functools.partial(ec2.delete_subnet, SubnetId=made["Subnet"]["SubnetId"])


def security_group_in_the_vpc(aws: Sandbox) -> Remove:
    """With some of the tags."""
    ec2 = aws.client("ec2")
    made = ec2.create_security_group(
        GroupName="theirs", Description="theirs", VpcId=vpc_of(aws), TagSpecifications=tagged("security-group", HALF)
    )
    return functools.partial(ec2.delete_security_group, GroupId=made["GroupId"])


def route_table_in_the_vpc(aws: Sandbox) -> Remove:
    """With some of the tags."""
    ec2 = aws.client("ec2")
    made = ec2.create_route_table(VpcId=vpc_of(aws), TagSpecifications=tagged("route-table", HALF))
    return functools.partial(ec2.delete_route_table, RouteTableId=made["RouteTable"]["RouteTableId"])


def interface_in_a_subnet(aws: Sandbox) -> Remove:
    """Without tags."""
    ec2 = aws.client("ec2")
    made = ec2.create_network_interface(SubnetId=subnet_of(aws, vpc_of(aws)))
    identifier = made["NetworkInterface"]["NetworkInterfaceId"]
    return functools.partial(ec2.delete_network_interface, NetworkInterfaceId=identifier)


def address_of_another_environment(aws: Sandbox) -> Remove:
    """With tags that differ only in the environment."""
    ec2 = aws.client("ec2")
    made = ec2.allocate_address(Domain="vpc", TagSpecifications=tagged("elastic-ip", ELSEWHERE))
    return functools.partial(ec2.release_address, AllocationId=made["AllocationId"])


def gateway_with_half_the_tags(aws: Sandbox) -> Remove:
    """Attached to nothing."""
    ec2 = aws.client("ec2")
    made = ec2.create_internet_gateway(TagSpecifications=tagged("internet-gateway", HALF))
    identifier = made["InternetGateway"]["InternetGatewayId"]
    return functools.partial(ec2.delete_internet_gateway, InternetGatewayId=identifier)


def endpoint_in_the_vpc(aws: Sandbox) -> Remove:
    """For a service that the stack has no endpoint for, with some of the tags."""
    ec2, vpc = aws.client("ec2"), vpc_of(aws)
    made = ec2.create_vpc_endpoint(
        VpcId=vpc,
        ServiceName=f"com.amazonaws.{REGION}.sqs",
        VpcEndpointType="Interface",
        SubnetIds=[subnet_of(aws, vpc)],
        TagSpecifications=tagged("vpc-endpoint", HALF),
    )
    identifier = made["VpcEndpoint"]["VpcEndpointId"]

    def remove() -> None:
        ec2.describe_vpc_endpoints(VpcEndpointIds=[identifier])
        ec2.delete_vpc_endpoints(VpcEndpointIds=[identifier])

    return remove


def record_in_the_zone(aws: Sandbox) -> Remove:
    """Of a name that is not the stack's."""
    route53 = aws.client("route53")
    zones = route53.list_hosted_zones_by_name(DNSName=DOMAIN)["HostedZones"]
    zone = next(each["Id"] for each in zones if each["Name"] == f"{DOMAIN}." and not each["Config"]["PrivateZone"])
    values = [{"Value": "192.0.2.7"}]
    record = {"Name": f"theirs.{DOMAIN}", "Type": "A", "TTL": 60, "ResourceRecords": values}

    def change(action: str) -> None:
        batch = {"Changes": [{"Action": action, "ResourceRecordSet": record}]}
        route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch=batch)

    change("CREATE")
    return functools.partial(change, "DELETE")


def health_check_with_copied_tags(aws: Sandbox) -> Remove:
    """The owner of a health check is in its CallerReference, not in its tags."""
    route53 = aws.client("route53")
    config = {"Type": "HTTP", "FullyQualifiedDomainName": f"{REGION}.{DOMAIN}", "Port": 80, "ResourcePath": "/"}
    made = route53.create_health_check(CallerReference="theirs", HealthCheckConfig=config)
    identifier = made["HealthCheck"]["Id"]
    route53.change_tags_for_resource(ResourceType="healthcheck", ResourceId=identifier, AddTags=tags(HALF))
    return functools.partial(route53.delete_health_check, HealthCheckId=identifier)
