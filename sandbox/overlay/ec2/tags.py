# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tags: the resource types that AWS knows, in creating calls and in DescribeTags, and their deletion."""

from __future__ import annotations

from typing import Any

from moto.ec2.responses import EC2Response
from moto.ec2.utils import EC2_PREFIX_TO_RESOURCE, EC2_RESOURCE_TO_PREFIX

from sandbox.overlay.base import AwsError, Call, corrects

_TAGGABLE = {
    "CreateVpc": "vpc",
    "CreateSubnet": "subnet",
    "CreateInternetGateway": "internet-gateway",
    "CreateRouteTable": "route-table",
    "CreateNatGateway": "natgateway",
    "AllocateAddress": "elastic-ip",
    "CreateVpcEndpoint": "vpc-endpoint",
    "CreateSecurityGroup": "security-group",
    "AuthorizeSecurityGroupIngress": "security-group-rule",
    "AuthorizeSecurityGroupEgress": "security-group-rule",
    "CreateNetworkInterface": "network-interface",
    "CreateFlowLogs": "vpc-flow-log",
}
# The parameter with the ID, or the IDs, of the deleted resources
_DELETING = {
    "DeleteFlowLogs": "FlowLogIds",
    "DeleteInternetGateway": "InternetGatewayId",
    "DeleteNetworkInterface": "NetworkInterfaceId",
    "DeleteRouteTable": "RouteTableId",
    "DeleteSecurityGroup": "GroupId",
    "DeleteSubnet": "SubnetId",
    "DeleteVpc": "VpcId",
    "DeleteVpcEndpoints": "VpcEndpointIds",
    "ReleaseAddress": "AllocationId",
}


@corrects(EC2Response, *_DELETING)
def forget(call: Call) -> Any:
    """Deleting a resource deletes its tags."""
    result = call.proceed()
    identifiers = call.get(_DELETING[call.operation]) or []
    for identifier in [identifiers] if isinstance(identifiers, str) else identifiers:
        call.backend.tags.pop(identifier, None)
    return result


@corrects(EC2Response, *_TAGGABLE)
def check_type(call: Call) -> Any:
    """Tags in a creating call must be for the created resource."""
    for specification in call.get("TagSpecifications") or []:
        named = specification.get("ResourceType")
        if named != _TAGGABLE[call.operation]:
            message = f"'{named}' is not a valid taggable resource type for this operation."
            raise AwsError("InvalidParameterValue", message)
    return call.proceed()


def patch() -> None:
    """Teach moto the types that it does not know, or calls `nat-gateway`."""
    EC2_PREFIX_TO_RESOURCE["eipalloc"] = "elastic-ip"
    EC2_PREFIX_TO_RESOURCE["fl"] = "vpc-flow-log"
    EC2_PREFIX_TO_RESOURCE["nat"] = "natgateway"
    EC2_RESOURCE_TO_PREFIX["natgateway"] = "nat"
