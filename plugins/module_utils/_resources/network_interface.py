# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Network interfaces that keep a subnet, a gateway or a security group in use: their owners. Pure."""

from __future__ import annotations

import typing as t

# Multiple of the usual timeout to wait for AWS to delete interfaces: Lambda takes up to 20 minutes (Lambda Developer
# Guide, "Giving Lambda functions access to resources in an Amazon VPC").
PATIENCE: t.Final = 3.0

# By the beginning of InterfaceType or Description.
_OWNERS: t.Final = {
    "lambda": "AWS Lambda",
    "AWS Lambda VPC ENI": "AWS Lambda",
    "ELB ": "Elastic Load Balancing",
    "vpc_endpoint": "a VPC endpoint",
    "VPC Endpoint Interface": "a VPC endpoint",
    "nat_gateway": "a NAT gateway",
    "arn:aws:ecs": "Amazon ECS",
    "EFS mount target": "Amazon EFS",
    "RDSNetworkInterface": "Amazon RDS",
}

# GuardDuty's endpoints differ from others only by their security group, GuardDutyManagedSecurityGroup-<vpc> (GuardDuty
# User Guide, "Runtime Monitoring").
_GUARD_DUTY: t.Final = "GuardDutyManaged"


def is_managed(item: t.Mapping[str, t.Any]) -> bool:
    """Whether an AWS service created the interface and deletes it again.

    :param item: of DescribeNetworkInterfaces.
    """
    return bool(item.get("RequesterManaged"))


def describe(item: t.Mapping[str, t.Any]) -> str:
    """The interface and its owner, for people: ``eni-1 of AWS Lambda (AWS Lambda VPC ENI-report)``.

    :param item: of DescribeNetworkInterfaces; InterfaceType, Description, Groups and RequesterId identify the owner.
    """
    description = item.get("Description") or ""
    said = (item.get("InterfaceType") or "", description)
    known = next((owner for start, owner in _OWNERS.items() if any(text.startswith(start) for text in said)), "")
    if any(str(group.get("GroupName")).startswith(_GUARD_DUTY) for group in item.get("Groups") or ()):
        known = "Amazon GuardDuty"
    owner = known or item.get("RequesterId") or "no AWS service"
    return f"{item['NetworkInterfaceId']} of {owner}{f' ({description})' if description else ''}"
