# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Amazon EC2: created resources are checked with the request's tags, used or changed ones with their own."""

from __future__ import annotations

from collections.abc import Iterator

from moto.ec2.models import ec2_backends

from sandbox.rights.call import ApiCall, Right

# Operation → type of the created resource
_MAKES = {
    "AllocateAddress": "elastic-ip",
    "CreateFlowLogs": "vpc-flow-log",
    "CreateInternetGateway": "internet-gateway",
    "CreateNatGateway": "natgateway",
    "CreateRouteTable": "route-table",
    "CreateSecurityGroup": "security-group",
    "CreateSubnet": "subnet",
    "CreateVpc": "vpc",
    "CreateVpcEndpoint": "vpc-endpoint",
}
# The parameters that name what a call uses or changes. Whether ReplaceRouteTableAssociation is checked against the
# former route table and the subnet as well is documented nowhere.
_NAMES = {
    "AllocateAddress": (),
    "AssociateRouteTable": ("RouteTableId", "SubnetId"),
    "AttachInternetGateway": ("InternetGatewayId", "VpcId"),
    "AuthorizeSecurityGroupEgress": ("GroupId",),
    "AuthorizeSecurityGroupIngress": ("GroupId",),
    "CreateFlowLogs": ("ResourceIds",),
    "CreateInternetGateway": (),
    "CreateNatGateway": ("AllocationId", "SubnetId", "VpcId"),
    "CreateRoute": ("RouteTableId",),
    "CreateRouteTable": ("VpcId",),
    "CreateSecurityGroup": ("VpcId",),
    "CreateSubnet": ("VpcId",),
    "CreateTags": ("Resources",),
    "CreateVpc": (),
    "CreateVpcEndpoint": ("RouteTableIds", "SecurityGroupIds", "SubnetIds", "VpcId"),
    "DeleteFlowLogs": ("FlowLogIds",),
    "DeleteInternetGateway": ("InternetGatewayId",),
    "DeleteNatGateway": ("NatGatewayId",),
    "DeleteRoute": ("RouteTableId",),
    "DeleteRouteTable": ("RouteTableId",),
    "DeleteSecurityGroup": ("GroupId",),
    "DeleteSubnet": ("SubnetId",),
    "DeleteTags": ("Resources",),
    "DeleteVpc": ("VpcId",),
    "DeleteVpcEndpoints": ("VpcEndpointIds",),
    "DetachInternetGateway": ("InternetGatewayId", "VpcId"),
    "ModifySubnetAttribute": ("SubnetId",),
    "ModifyVpcAttribute": ("VpcId",),
    "ModifyVpcEndpoint": (
        *("VpcEndpointId", "AddRouteTableIds", "RemoveRouteTableIds"),
        *("AddSecurityGroupIds", "AddSubnetIds", "RemoveSecurityGroupIds", "RemoveSubnetIds"),
    ),
    "ReleaseAddress": ("AllocationId",),
    "ReplaceRoute": ("RouteTableId",),
    "ReplaceRouteTableAssociation": ("RouteTableId",),
    "RevokeSecurityGroupEgress": ("GroupId",),
    "RevokeSecurityGroupIngress": ("GroupId",),
    "UpdateSecurityGroupRuleDescriptionsEgress": ("GroupId",),
    "UpdateSecurityGroupRuleDescriptionsIngress": ("GroupId",),
}
_TYPES = {
    "eipalloc": "elastic-ip",
    "fl": "vpc-flow-log",
    "igw": "internet-gateway",
    "nat": "natgateway",
    "rtb": "route-table",
    "sg": "security-group",
    "sgr": "security-group-rule",
    "subnet": "subnet",
    "vpc": "vpc",
    "vpce": "vpc-endpoint",
}


def rights(call: ApiCall) -> Iterator[Right]:
    """The permissions that a call to EC2 needs. Raises NotImplementedError for an unknown call."""
    action = f"ec2:{call.operation}"
    if call.reads:
        yield Right(action)
        return
    if call.operation not in _NAMES:
        raise call.unknown()
    kinds = [_MAKES[call.operation]] if call.operation in _MAKES else []
    if call.operation.startswith("Authorize") and call.tags:
        kinds.append("security-group-rule")
    for kind in kinds:
        made = call.arn("ec2", f"{kind}/*")
        yield Right(action, made, requested=call.tags)
        if call.tags:
            yield Right("ec2:CreateTags", made, requested=call.tags, keys={"ec2:CreateAction": (call.operation,)})
    tags = ec2_backends[call.account][call.region].tags
    requested = call.tags if call.operation in ("CreateTags", "DeleteTags") else {}
    for name in _NAMES[call.operation]:
        for identifier in call.values(name):
            arn = call.arn("ec2", f"{_type_of(identifier)}/{identifier}")
            yield Right(action, arn, tags=tags.get(identifier, {}), requested=requested)


def _type_of(identifier: str) -> str:
    prefix = identifier.partition("-")[0]
    if prefix not in _TYPES:
        raise NotImplementedError(f"the resource type of {identifier}")
    return _TYPES[prefix]
