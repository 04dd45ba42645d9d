# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""VPC endpoints: of type Gateway by default, with their routes, gone when deleted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.ec2.responses import EC2Response

from sandbox.overlay.base import AwsError, Call, corrects
from sandbox.overlay.ec2 import interface_endpoints


@corrects(EC2Response, "CreateVpcEndpoint")
def create(call: Call) -> Any:
    """CreateVpcEndpoint: the service must be one of the region, and no table gets its route twice."""
    ec2 = call.backend
    call.params.setdefault("VpcEndpointType", "Gateway")
    service = call.get("ServiceName", "")
    if call.params["VpcEndpointType"] == "Interface":
        return _made(call, interface_endpoints.create)
    if call.params["VpcEndpointType"] != "Gateway":
        return _made(call)
    if service not in (f"com.amazonaws.{call.region}.s3", f"com.amazonaws.{call.region}.dynamodb"):
        raise AwsError("InvalidServiceName", f"The Vpc Endpoint Service '{service}' does not exist")
    call.params["PrivateDnsEnabled"] = "false"
    for table_id in call.get("RouteTableIds") or []:
        _check_no_route(ec2, table_id, service)
    return _made(call)


def _made(call: Call, make: Callable[[Call], Any] = Call.proceed) -> Any:
    """The endpoint with its ipAddressType (API reference of VpcEndpoint), by default ipv4."""
    kind = call.get("IpAddressType") or "ipv4"
    if kind not in ("ipv4", "ipv6", "dualstack"):
        raise AwsError("InvalidParameterValue", f"Value ({kind}) for parameter IpAddressType is invalid.")
    result = make(call)
    result["VpcEndpoint"].ip_address_type = kind
    return result


def _check_no_route(ec2: Any, table_id: str, service: str) -> None:
    for route in ec2.get_route_table(table_id)._routes.values():
        prefix_list = route.destination_prefix_list
        if prefix_list is not None and prefix_list.prefix_list_name == service:
            raise AwsError(
                "RouteAlreadyExists",
                f"route table {table_id} already has a route with destination-prefix-list-id {prefix_list.id}",
            )


@corrects(EC2Response, "ModifyVpcEndpoint")
def modify(call: Call) -> Any:
    """ModifyVpcEndpoint changes the routes with the tables."""
    ec2, identifier = call.backend, call.get("VpcEndpointId")
    endpoint = ec2.get_vpc_end_point(identifier)
    if interface_endpoints.is_interface(endpoint):
        return interface_endpoints.modify(call, endpoint)
    added = [table for table in call.get("AddRouteTableIds") or [] if table not in endpoint.route_table_ids]
    for table_id in added:
        _check_no_route(ec2, table_id, endpoint.service_name)
    prefix_list = endpoint.destination_prefix_list_id
    removed = [table for table in call.get("RemoveRouteTableIds") or [] if table in endpoint.route_table_ids]
    result = call.proceed()
    for table_id in added if prefix_list else []:
        ec2.create_route(table_id, None, gateway_id=identifier, destination_prefix_list_id=prefix_list)
    for table_id in removed if prefix_list else []:
        ec2.delete_route(table_id, prefix_list)
    return result


@corrects(EC2Response, "DeleteVpcEndpoints")
def delete(call: Call) -> Any:
    """DeleteVpcEndpoints: gateway endpoints are gone; one that does not exist is named in Unsuccessful."""
    ec2 = call.backend
    listed = call.get("VpcEndpointIds") or []
    missing = [known for known in listed if known not in ec2.vpc_end_points]
    later = [ec2.vpc_end_points[known] for known in listed if known not in missing]
    later = [endpoint for endpoint in later if interface_endpoints.is_interface(endpoint)]
    at_once = [known for known in listed if known not in {endpoint.id for endpoint in later}]
    for endpoint in later:
        interface_endpoints.delete(call, endpoint)
    call.params["VpcEndpointIds"] = at_once
    call.proceed()
    for identifier in at_once:
        ec2.vpc_end_points.pop(identifier, None)
    return {"Unsuccessful": [_unsuccessful(identifier) for identifier in missing]}


def _unsuccessful(identifier: str) -> dict[str, Any]:
    message = f"The Vpc Endpoint Id '{identifier}' does not exist"
    return {"ResourceId": identifier, "Error": {"Code": "InvalidVpcEndpointId.NotFound", "Message": message}}


@corrects(EC2Response, "DeleteRoute")
def delete_route(call: Call) -> Any:
    """DeleteRoute leaves an endpoint's route to the endpoint."""
    prefix_list = call.get("DestinationPrefixListId")
    for endpoint in call.backend.vpc_end_points.values():
        if (
            prefix_list
            and prefix_list == endpoint.destination_prefix_list_id
            and call.get("RouteTableId") in endpoint.route_table_ids
        ):
            raise AwsError("InvalidParameterValue", f"cannot remove VPC endpoint route {prefix_list}")
    return call.proceed()
