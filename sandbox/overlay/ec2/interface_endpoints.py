# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Interface endpoints: slow to create and delete, with interfaces in subnets and a private name each.

AWS PrivateLink guide, "Access an AWS service using an interface VPC endpoint", and EC2 API, CreateVpcEndpoint.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

from moto.ec2.responses import EC2Response

from sandbox.overlay import quotas
from sandbox.overlay.base import AwsError, Call, corrects
from sandbox.overlay.interfaces import create_interface, delete_interface

_TYPES = ("Interface", "Gateway")


def create(call: Call) -> Any:
    """CreateVpcEndpoint for a service that has such endpoints: pending for a while, then available."""
    ec2, vpc_id, service = call.backend, call.get("VpcId"), call.get("ServiceName", "")
    if not any(found["ServiceName"] == service for found in _services(call)):
        raise AwsError("InvalidServiceName", f"The Vpc Endpoint Service '{service}' does not exist")
    there = [item for item in ec2.vpc_end_points.values() if item.vpc_id == vpc_id and is_interface(item)]
    refusal = AwsError("VpcEndpointLimitExceeded", f"You have reached the limit on VPC endpoints in {vpc_id}.")
    quotas.INTERFACE_ENDPOINTS.keep(call, len(there), refusal)
    subnets = call.params.pop("SubnetIds", None) or []
    _refuse_one_zone(ec2, subnets)
    private = str(call.get("PrivateDnsEnabled", "true")).lower() == "true"
    if private:
        _refuse_private_name(ec2, vpc_id, service, there)
    call.params["PrivateDnsEnabled"] = str(private).lower()
    if not call.get("SecurityGroupIds"):
        call.params["SecurityGroupIds"] = [ec2.get_default_security_group(vpc_id).id]
    for group_id in call.get("SecurityGroupIds"):
        if group_id not in ec2.groups[vpc_id]:
            raise AwsError("InvalidSecurityGroupId.NotFound", f"The security group '{group_id}' does not exist")
    result = call.proceed()
    endpoint = result["VpcEndpoint"]
    endpoint.state, endpoint.subnet_ids, endpoint.network_interface_ids = "pending", [], []
    for subnet in subnets:
        _join(call, endpoint, subnet)
    call.world.schedule("endpoint_create", lambda: _become_available(endpoint))
    return result


def is_interface(endpoint: Any) -> bool:
    """Whether it is of type Interface."""
    return str(endpoint.vpc_endpoint_type).lower() == "interface"


def _refuse_one_zone(ec2: Any, subnets: Iterable[str]) -> None:
    zones = [ec2.get_subnet(subnet).availability_zone for subnet in subnets]
    if len(set(zones)) < len(zones):
        raise AwsError(
            "DuplicateSubnetsInSameZone", "Found another VPC endpoint subnet in the availability zone of the subnet."
        )


def _refuse_private_name(ec2: Any, vpc_id: str, service: str, others: Iterable[Any]) -> None:
    vpc = ec2.get_vpc(vpc_id)
    if not (vpc.enable_dns_support and vpc.enable_dns_hostnames):
        raise AwsError(
            "InvalidParameter",
            "Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set to true "
            f"for {vpc_id}",
        )
    if any(item.service_name == service and item.private_dns_enabled for item in others):
        raise AwsError(
            "InvalidParameter",
            f"private-dns-enabled cannot be set because there is already a conflicting DNS domain for {service} in the "
            f"VPC {vpc_id}",
        )


def _join(call: Call, endpoint: Any, subnet: str) -> None:
    """An interface in the subnet, which only AWS can delete."""
    description = f"VPC Endpoint Interface {endpoint.id}"
    made = create_interface(call.world, call.backend, subnet, endpoint.security_group_ids, "amazon-aws", description)
    made.interface_type = "vpc_endpoint"
    endpoint.subnet_ids.append(subnet)
    endpoint.network_interface_ids.append(made.id)


def _become_available(endpoint: Any) -> None:
    if endpoint.state == "pending":
        endpoint.state = "available"


def modify(call: Call, endpoint: Any) -> Any:
    """ModifyVpcEndpoint of an existing endpoint: its subnets, security groups, policy and private name."""
    ec2 = call.backend
    if endpoint.state != "available":
        raise AwsError("IncorrectState", f"The VPC endpoint {endpoint.id} is in state {endpoint.state}.")
    added = [subnet for subnet in call.params.pop("AddSubnetIds", None) or [] if subnet not in endpoint.subnet_ids]
    removed = call.params.pop("RemoveSubnetIds", None) or []
    _refuse_one_zone(ec2, {*endpoint.subnet_ids, *added} - {*removed})
    if call.get("PrivateDnsEnabled") is not None:
        private = str(call.get("PrivateDnsEnabled")).lower() == "true"
        others = [
            item for item in ec2.vpc_end_points.values() if item.vpc_id == endpoint.vpc_id and item is not endpoint
        ]
        if private:
            _refuse_private_name(ec2, endpoint.vpc_id, endpoint.service_name, others)
        endpoint.private_dns_enabled = private
    result = call.proceed()
    for subnet in added:
        _join(call, endpoint, subnet)
    for interface in _interfaces(ec2, endpoint):
        interface._group_set = [ec2.get_security_group_from_id(group) for group in endpoint.security_group_ids]
        if interface.subnet.id in removed:
            endpoint.subnet_ids.remove(interface.subnet.id)
            endpoint.network_interface_ids.remove(interface.id)
            call.world.schedule("endpoint_delete", partial(delete_interface, ec2, interface))
    return result


def delete(call: Call, endpoint: Any) -> None:
    """Deleting for a while, in which it keeps its subnets, security groups and private name."""
    ec2 = call.backend
    if endpoint.state != "deleting":
        endpoint.state = "deleting"
        call.world.schedule("endpoint_delete", lambda: _leave(ec2, endpoint))


def _leave(ec2: Any, endpoint: Any) -> None:
    for interface in _interfaces(ec2, endpoint):
        delete_interface(ec2, interface)
    ec2.vpc_end_points.pop(endpoint.id, None)
    ec2.tags.pop(endpoint.id, None)


def _interfaces(ec2: Any, endpoint: Any) -> list[Any]:
    return [ec2.enis[identifier] for identifier in list(endpoint.network_interface_ids) if identifier in ec2.enis]


def _services(call: Call) -> list[dict[str, Any]]:
    """The services of AWS with such endpoints."""
    known = call.backend._collect_default_endpoint_services(call.account, call.region)
    return [item for item in known if any(kind["ServiceType"] == "Interface" for kind in item["ServiceType"])]


@corrects(EC2Response, "DescribeVpcEndpointServices")
def describe_services(call: Call) -> Any:
    """DescribeVpcEndpointServices, whose filters moto reads under another name."""
    filters = call.get("Filters") or []
    wanted = {item["Name"]: item.get("Values") or item.get("Value") or [] for item in filters}
    call.params.pop("Filters", None)
    result = call.proceed()
    if not wanted:
        return result
    known = call.backend._collect_default_endpoint_services(call.account, call.region)
    found = [
        item
        for item in known
        if item["ServiceName"] in wanted.get("service-name", [item["ServiceName"]])
        and {kind["ServiceType"] for kind in item["ServiceType"]} & {*wanted.get("service-type", _TYPES)}
    ]
    return {"ServiceNames": [item["ServiceName"] for item in found], "ServiceDetails": found}
