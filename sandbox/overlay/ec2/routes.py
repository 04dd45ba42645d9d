# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Route tables: which gateways a route may name, and its state when they are gone."""

from __future__ import annotations

from typing import Any

from moto.ec2.models.internet_gateways import InternetGateway
from moto.ec2.models.route_tables import Route
from moto.ec2.responses import EC2Response

from sandbox.overlay.base import AwsError, Call, corrects
from sandbox.overlay.ec2.vpcs import in_use


@corrects(EC2Response, "CreateRoute", "ReplaceRoute")
def route(call: Call) -> Any:
    """CreateRoute and ReplaceRoute: the gateway must exist and belong to the table's VPC.

    AWS does not document whether a pending NAT gateway is accepted; here it is.
    """
    ec2 = call.backend
    table = ec2.get_route_table(call.get("RouteTableId"))
    nat_id, gateway_id = call.get("NatGatewayId"), call.get("GatewayId")
    if nat_id:
        gateway = ec2.nat_gateways.get(nat_id)
        if gateway is None or gateway.state in ("deleting", "deleted", "failed"):
            raise AwsError("InvalidNatGatewayID.NotFound", f"The natGateway ID '{nat_id}' does not exist")
        if gateway.vpc_id != table.vpc_id:
            raise _different_networks(table.id, nat_id)
    if gateway_id and gateway_id.startswith("igw-"):
        gateway = ec2.get_internet_gateway(gateway_id)
        if gateway.vpc is None or gateway.vpc.id != table.vpc_id:
            raise _different_networks(table.id, gateway_id)
    return call.proceed()


def _different_networks(table_id: str, gateway_id: str) -> AwsError:
    return AwsError(
        "InvalidParameterValue",
        f"route table {table_id} and network gateway {gateway_id} belong to different networks",
    )


@corrects(EC2Response, "AssociateRouteTable")
def associate(call: Call) -> Any:
    """AssociateRouteTable refuses a subnet that another table has; the same one again is fine."""
    subnet_id, table_id = call.get("SubnetId"), call.get("RouteTableId")
    for table in call.backend.route_tables.values():
        if subnet_id in table._associations.values() and table.id != table_id:
            raise AwsError(
                "Resource.AlreadyAssociated",
                f"the specified association for route table {table_id} conflicts with an existing association",
            )
    result = call.proceed()
    result.setdefault("AssociationState", {"State": "associated"})
    return result


@corrects(EC2Response, "DeleteRouteTable")
def delete_table(call: Call) -> Any:
    """DeleteRouteTable refuses the main table, and deletes endpoints' associations."""
    ec2, table_id = call.backend, call.get("RouteTableId")
    if ec2.get_route_table(table_id).main_association_id:
        raise in_use("routeTable", table_id)
    result = call.proceed()
    for endpoint in ec2.vpc_end_points.values():
        endpoint.route_table_ids = [known for known in endpoint.route_table_ids if known != table_id]
    return result


def _state(route: Route) -> str:
    gone = route.nat_gateway is not None and route.nat_gateway.state in ("deleted", "failed")
    detached = isinstance(route.gateway, InternetGateway) and route.gateway.vpc is None
    return "blackhole" if gone or detached else "active"


def patch() -> None:
    """Routes to a gateway that is gone are black holes."""
    Route.state = property(_state)
