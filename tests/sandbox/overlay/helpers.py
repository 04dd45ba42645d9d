# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Short words for what the tests of the overlay do again and again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from botocore.exceptions import ClientError


@contextmanager
def refused(code: str, *words: str) -> Iterator[None]:
    """AWS answers with this error code, and these words are in its message."""
    with pytest.raises(ClientError) as caught:
        yield
    assert caught.value.response["Error"]["Code"] == code
    for word in words:
        assert word in caught.value.response["Error"]["Message"]


def create_vpc(ec2: Any, cidr: str = "10.10.0.0/16") -> str:
    """A VPC; its id."""
    vpc_id: str = ec2.create_vpc(CidrBlock=cidr)["Vpc"]["VpcId"]
    return vpc_id


def create_subnet(ec2: Any, vpc_id: str, number: int = 0, zone: str = "us-west-1a") -> str:
    """The subnet with that number; its id."""
    cidr = f"10.10.{number}.0/24"
    subnet = ec2.create_subnet(VpcId=vpc_id, CidrBlock=cidr, AvailabilityZone=zone)["Subnet"]
    return str(subnet["SubnetId"])


def attach_gateway(ec2: Any, vpc_id: str) -> str:
    """An internet gateway attached to the VPC; its id."""
    gateway_id: str = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway_id, VpcId=vpc_id)
    return gateway_id


def create_group(ec2: Any, vpc_id: str, name: str = "app") -> str:
    """A security group; its id."""
    group_id: str = ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc_id)["GroupId"]
    return group_id


def create_public_network(ec2: Any) -> tuple[str, list[str]]:
    """A VPC with a route to an internet gateway and a subnet in each of two zones: its id, theirs."""
    vpc_id = create_vpc(ec2)
    gateway = attach_gateway(ec2, vpc_id)
    (table,) = ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [vpc_id]}])["RouteTables"]
    ec2.create_route(RouteTableId=table["RouteTableId"], DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    return vpc_id, [create_subnet(ec2, vpc_id, 0), create_subnet(ec2, vpc_id, 1, "us-west-1b")]


def create_balancer(elb: Any, subnet_ids: list[str], name: str = "hello", **more: Any) -> Any:
    """An application load balancer, as the creating call describes it."""
    (balancer,) = elb.create_load_balancer(Name=name, Subnets=subnet_ids, **more)["LoadBalancers"]
    return balancer


def create_target_group(elb: Any, vpc_id: str, name: str = "hello", **more: Any) -> str:
    """A target group for addresses; its ARN."""
    request = {"Name": name, "Protocol": "HTTP", "Port": 8080, "VpcId": vpc_id, "TargetType": "ip"} | more
    (group,) = elb.create_target_group(**request)["TargetGroups"]
    return str(group["TargetGroupArn"])


def create_listener(elb: Any, balancer_arn: str, group_arn: str, **more: Any) -> Any:
    """A listener that forwards to the target group, as the creating call describes it."""
    action = {"Type": "forward", "TargetGroupArn": group_arn}
    request = {"LoadBalancerArn": balancer_arn, "Protocol": "HTTP", "Port": 80, "DefaultActions": [action]} | more
    (listener,) = elb.create_listener(**request)["Listeners"]
    return listener
