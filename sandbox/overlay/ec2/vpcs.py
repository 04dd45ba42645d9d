# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""VPCs, subnets and internet gateways: zones, dependencies, quotas."""

from __future__ import annotations

from typing import Any

from moto.ec2.models.availability_zones_and_regions import Zone
from moto.ec2.models.security_groups import SecurityGroupRule
from moto.ec2.responses import EC2Response

from sandbox.overlay import quotas
from sandbox.overlay.base import AwsError, Call, corrects
from sandbox.overlay.ec2 import regional_nat
from sandbox.overlay.interfaces import gateway_of, interfaces_in_vpc


def in_use(kind: str, identifier: str) -> AwsError:
    """The error for deleting a resource with dependents."""
    return AwsError("DependencyViolation", f"The {kind} '{identifier}' has dependencies and cannot be deleted.")


@corrects(EC2Response, "CreateVpc")
def create(call: Call) -> Any:
    """CreateVpc respects the quota; the default group admits itself, as in AWS."""
    refusal = AwsError("VpcLimitExceeded", "The maximum number of VPCs has been reached.")
    quotas.VPCS.keep(call, len(call.backend.vpcs), refusal)
    result = call.proceed()
    group = call.backend.get_default_security_group(result["Vpc"].id)
    source = {"GroupId": group.id, "UserId": call.account, "OwnerId": call.account}
    itself = SecurityGroupRule(call.backend, "-1", group.id, None, None, None, source, is_egress=False)
    group.ingress_rules.append(itself)
    return result


@corrects(EC2Response, "DeleteVpc")
def delete(call: Call) -> Any:
    """DeleteVpc refuses while anything but the VPC's own default resources is left in it."""
    ec2, vpc_id = call.backend, call.get("VpcId")
    ec2.get_vpc(vpc_id)
    groups = [group for group in ec2.groups[vpc_id].values() if not group.is_default]
    endpoints = [endpoint for endpoint in ec2.vpc_end_points.values() if endpoint.vpc_id == vpc_id]
    held = gateway_of(ec2, vpc_id) or interfaces_in_vpc(ec2, vpc_id) or regional_nat.holds(ec2, vpc_id)
    if groups or endpoints or held:
        raise in_use("vpc", vpc_id)
    own = [table.id for table in ec2.route_tables.values() if table.vpc_id == vpc_id]
    own += [group.id for group in ec2.groups[vpc_id].values()]
    result = call.proceed()
    acls = [acl.id for acl in ec2.network_acls.values() if acl.vpc_id == vpc_id]
    for acl in acls:
        ec2.network_acls.pop(acl)
    for identifier in (*own, *acls):
        ec2.tags.pop(identifier, None)
    return result


@corrects(EC2Response, "CreateSubnet")
def create_subnet(call: Call) -> Any:
    """CreateSubnet accepts only zones of its region, and creates no default subnets."""
    zones = [zone.name for zone in call.backend.describe_availability_zones()]
    zone = call.get("AvailabilityZone")
    if zone and zone not in zones:
        raise AwsError(
            "InvalidParameterValue",
            f"Value ({zone}) for parameter availabilityZone is invalid. Subnets can currently only be "
            f"created in the following availability zones: {', '.join(zones)}.",
        )
    result = call.proceed()
    result["Subnet"].default_for_az = False
    result["Subnet"].map_public_ip_on_launch = False
    return result


@corrects(EC2Response, "DeleteSubnet")
def delete_subnet(call: Call) -> Any:
    """DeleteSubnet refuses a subnet with interfaces, and deletes its associations."""
    ec2, subnet_id = call.backend, call.get("SubnetId")
    if any(interface.subnet.id == subnet_id for interface in ec2.enis.values()):
        raise in_use("subnet", subnet_id)
    result = call.proceed()
    for table in ec2.route_tables.values():
        table._associations = {
            association: target for association, target in table._associations.items() if target != subnet_id
        }
    for acl in ec2.network_acls.values():
        acl._associations.pop(subnet_id, None)
    return result


@corrects(EC2Response, "CreateInternetGateway")
def create_gateway(call: Call) -> Any:
    """CreateInternetGateway keeps the quota."""
    refusal = AwsError("InternetGatewayLimitExceeded", "The maximum number of internet gateways has been reached.")
    quotas.INTERNET_GATEWAYS.keep(call, len(call.backend.internet_gateways), refusal)
    return call.proceed()


@corrects(EC2Response, "AttachInternetGateway")
def attach_gateway(call: Call) -> Any:
    """AttachInternetGateway accepts one gateway for a VPC."""
    vpc_id = call.get("VpcId")
    gateway = gateway_of(call.backend, vpc_id)
    if gateway and gateway.id != call.get("InternetGatewayId"):
        raise AwsError("InvalidParameterValue", f"Network {vpc_id} already has an internet gateway attached")
    return call.proceed()


@corrects(EC2Response, "DetachInternetGateway")
def detach_gateway(call: Call) -> Any:
    """DetachInternetGateway refuses while public addresses are in use in the VPC."""
    vpc_id = call.get("VpcId")
    mapped = any(interface.public_ip for interface in interfaces_in_vpc(call.backend, vpc_id))
    if mapped or regional_nat.holds(call.backend, vpc_id):
        raise AwsError(
            "DependencyViolation",
            f"Network {vpc_id} has some mapped public address(es). Please unmap those public "
            "address(es) before detaching the gateway.",
        )
    return call.proceed()


@corrects(EC2Response, "DescribeAccountAttributes")
def attributes(call: Call) -> Any:
    """DescribeAccountAttributes returns the current quota of addresses."""
    result = call.proceed()
    allowed = str(quotas.ADDRESSES.limit(call))
    for attribute in result["AccountAttributes"]:
        if attribute["AttributeName"] in ("max-elastic-ips", "vpc-max-elastic-ips"):
            attribute["AttributeValues"] = [{"AttributeValue": allowed}]
    return result


def patch() -> None:
    """moto's zones lack members that every zone has in DescribeAvailabilityZones."""
    Zone.opt_in_status = "opt-in-not-required"
    Zone.group_name = Zone.network_border_group = property(lambda zone: zone.region_name)
