# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is planted: the tags that look like the stack's, and the places in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sandbox import Sandbox

REGION = "us-east-1"
ACCOUNT = "111111111111"
DOMAIN = "dev.example.com"
Remove = Callable[[], object]
# One of the four is missing, or is another environment's.
HALF = {"ManagedBy": "everlook.failover", "Stack": "hello", "Name": "hello-dev-network-main"}
ELSEWHERE = {**HALF, "Environment": "dev2", "Component": "network", "Resource": "elastic_ip/nat-a"}


def tags(values: Mapping[str, str]) -> list[dict[str, str]]:
    """As most services write them."""
    return [{"Key": key, "Value": value} for key, value in values.items()]


def tagged(kind: str, values: Mapping[str, str]) -> list[dict[str, Any]]:
    """TagSpecifications of EC2."""
    return [{"ResourceType": kind, "Tags": tags(values)}]


def vpc_of(aws: Sandbox) -> str:
    """The id of the stack's."""
    owner = {"ManagedBy": "everlook.failover", "Stack": "hello", "Environment": "dev"}
    filters = [{"Name": f"tag:{key}", "Values": [value]} for key, value in owner.items()]
    return str(aws.client("ec2").describe_vpcs(Filters=filters)["Vpcs"][0]["VpcId"])


def subnet_of(aws: Sandbox, vpc: str) -> str:
    """The id of one in it."""
    subnets = aws.client("ec2").describe_subnets(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["Subnets"]
    return str(subnets[0]["SubnetId"])
