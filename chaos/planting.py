# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tags that look like the stack's, and places in the stack, for planting foreign resources."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sandbox import Sandbox

REGION = "us-east-1"
ACCOUNT = "111111111111"
DOMAIN = "dev.example.com"
Remove = Callable[[], object]
# One of the stack's tags is missing, or another environment's.
HALF = {"ManagedBy": "everlook.failover", "Stack": "hello", "Name": "hello-dev-network-main"}
ELSEWHERE = {**HALF, "Environment": "dev2", "Component": "network", "Resource": "elastic_ip/nat-a"}


def tags(values: Mapping[str, str]) -> list[dict[str, str]]:
    """Tags as most services write them."""
    return [{"Key": key, "Value": value} for key, value in values.items()]


def tagged(kind: str, values: Mapping[str, str]) -> list[dict[str, Any]]:
    """TagSpecifications of EC2."""
    return [{"ResourceType": kind, "Tags": tags(values)}]


def vpc_of(aws: Sandbox) -> str:
    """The ID of the stack's VPC."""
    owner = {"ManagedBy": "everlook.failover", "Stack": "hello", "Environment": "dev"}
    filters = [{"Name": f"tag:{key}", "Values": [value]} for key, value in owner.items()]
    return str(aws.client("ec2").describe_vpcs(Filters=filters)["Vpcs"][0]["VpcId"])


def subnet_of(aws: Sandbox, vpc: str) -> str:
    """The ID of a subnet in the VPC."""
    subnets = aws.client("ec2").describe_subnets(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["Subnets"]
    return str(subnets[0]["SubnetId"])
