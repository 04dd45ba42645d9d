# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What belongs to others and looks like the stack of inventories/dev."""

from __future__ import annotations

import typing as t

from sandbox import Sandbox

REGION = "us-east-1"


def name_tag(kind: str, name: str) -> list[dict[str, t.Any]]:
    return [{"ResourceType": kind, "Tags": [{"Key": "Name", "Value": name}]}]


def foreign_network(aws: Sandbox) -> tuple[str, list[str]]:
    """The same network with the same names as ours will have, without our tags."""
    ec2 = aws.client("ec2", region=REGION)
    named = name_tag("vpc", "hello-dev-network-main")
    vpc = ec2.create_vpc(CidrBlock="10.10.0.0/16", TagSpecifications=named)["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(
            VpcId=vpc,
            CidrBlock=f"10.10.{number}.0/24",
            AvailabilityZone=f"{REGION}{zone}",
            TagSpecifications=name_tag("subnet", f"hello-dev-network-public-{zone}"),
        )["Subnet"]["SubnetId"]
        for number, zone in enumerate("ab")
    ]
    gateway = ec2.create_internet_gateway(TagSpecifications=name_tag("internet-gateway", "hello-dev-network-main"))
    ec2.attach_internet_gateway(VpcId=vpc, InternetGatewayId=gateway["InternetGateway"]["InternetGatewayId"])
    ec2.create_route_table(VpcId=vpc, TagSpecifications=name_tag("route-table", "hello-dev-network-public"))
    address = ec2.allocate_address(Domain="vpc", TagSpecifications=name_tag("elastic-ip", "hello-dev-a"))
    ec2.create_nat_gateway(
        SubnetId=subnets[0],
        AllocationId=address["AllocationId"],
        TagSpecifications=name_tag("natgateway", "hello-dev-a"),
    )
    # What becomes true by itself later would show as a change.
    ec2.get_waiter("nat_gateway_available").wait(WaiterConfig={"Delay": 1})
    for group in ("hello-dev-entrance", "hello-dev-hello"):
        ec2.create_security_group(GroupName=group, Description="theirs", VpcId=vpc)
    return vpc, subnets


def foreign_rest(aws: Sandbox) -> None:
    """A private zone of our name, checks with our endpoints, records next to ours, a stack of another environment."""
    vpc = aws.client("ec2", region=REGION).create_vpc(CidrBlock="10.90.0.0/16")["Vpc"]["VpcId"]
    route53 = aws.client("route53")
    route53.create_hosted_zone(
        Name="dev.example.com",
        CallerReference="theirs",
        VPC={"VPCRegion": REGION, "VPCId": vpc},
        HostedZoneConfig={"PrivateZone": True},
    )
    for region in ("us-east-1", "us-west-1"):
        route53.create_health_check(
            CallerReference=f"theirs-{region}",
            HealthCheckConfig={
                "Type": "HTTP",
                "FullyQualifiedDomainName": f"{region}.dev.example.com",
                "Port": 80,
                "ResourcePath": "/",
                "RequestInterval": 10,
                "FailureThreshold": 3,
            },
        )
    parent = aws.client("route53", account="management")
    zone = next(
        zone["Id"]
        for zone in parent.list_hosted_zones_by_name(DNSName="example.com")["HostedZones"]
        if zone["Name"] == "example.com." and not zone["Config"]["PrivateZone"]
    )
    for name in ("dev2.example.com", "xdev.example.com"):
        records = {"Name": name, "Type": "NS", "TTL": 300, "ResourceRecords": [{"Value": "ns1.elsewhere.example."}]}
        parent.change_resource_record_sets(
            HostedZoneId=zone, ChangeBatch={"Changes": [{"Action": "CREATE", "ResourceRecordSet": records}]}
        )
    aws.client("ecs", region=REGION).create_cluster(clusterName="hello-dev-hello2")
    aws.client("logs", region=REGION).create_log_group(logGroupName="/ecs/hello/dev/hello2")
