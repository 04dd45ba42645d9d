# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""NAT gateways: slow to create and delete, and failed if something is missing."""

from __future__ import annotations

from typing import Any

from moto.core.utils import utcnow
from moto.ec2.models.nat_gateways import NatGateway
from moto.ec2.responses import EC2Response
from moto.ec2.utils import generic_filter

from sandbox.overlay import quotas
from sandbox.overlay.base import AwsError, Call, corrects
from sandbox.overlay.ec2 import regional_nat
from sandbox.overlay.ec2.places import refuse_constrained
from sandbox.overlay.interfaces import delete_interface, free_address, gateway_of

_COUNTED = ("pending", "available", "deleting")
_FILTERS = {"nat-gateway-id": "id", "vpc-id": "vpc_id", "subnet-id": "subnet_id", "state": "state"}


@corrects(EC2Response, "CreateNatGateway")
def create(call: Call) -> Any:
    """CreateNatGateway: pending for a while, then available, or failed if something is missing."""
    ec2 = call.backend
    if call.get("AvailabilityMode") == "regional":
        return regional_nat.create(call)
    subnet = ec2.get_subnet(call.get("SubnetId"))
    public = call.get("ConnectivityType", "public") == "public"
    _check(call, subnet, public)
    call.params.setdefault("ConnectivityType", "public")
    failure = _failure(ec2, subnet, call.get("AllocationId")) if public else None
    if failure:
        # moto would associate the address; a gateway that fails never does.
        call.params.pop("AllocationId")
    result = call.proceed()
    gateway = result["NatGateway"]
    gateway.state = "pending"
    _complete(gateway, free_address(call.world, ec2, subnet))
    call.world.schedule("nat_gateway_create", lambda: _become_available(ec2, gateway, failure))
    return result


def _check(call: Call, subnet: Any, public: bool) -> None:
    if public and not call.get("AllocationId"):
        raise AwsError(
            "MissingParameter",
            "The request must include the AllocationId parameter. Add the required parameter and retry the request.",
        )
    if public:
        call.backend.address_by_allocation([call.get("AllocationId")])
    zone = subnet.availability_zone
    refuse_constrained(call.world, zone)
    there = [
        gateway
        for gateway in call.backend.nat_gateways.values()
        if gateway.state in _COUNTED
        and gateway.subnet_id
        and call.backend.get_subnet(gateway.subnet_id).availability_zone == zone
    ]
    refusal = "Performing this operation would exceed the limit of NAT gateways in " + zone
    quotas.NAT_GATEWAYS.keep(call, len(there), AwsError("NatGatewayLimitExceeded", refusal))


def _failure(ec2: Any, subnet: Any, allocation_id: str) -> tuple[str, str] | None:
    address = ec2.address_by_allocation([allocation_id])[0]
    if address.association_id:
        message = f"Elastic IP address [{allocation_id}] is already associated"
        return "Resource.AlreadyAssociated", message
    if gateway_of(ec2, subnet.vpc_id) is None:
        return "Gateway.NotAttached", f"Network {subnet.vpc_id} has no Internet gateway attached"
    return None


def _complete(gateway: Any, address: str) -> None:
    interface = gateway._eni
    interface.private_ip_address = gateway.private_ip = gateway.address_set[0]["privateIp"] = address
    interface.private_ip_addresses = [{"Primary": True, "PrivateIpAddress": address}]
    interface._group_set = []
    interface.description = f"Interface for NAT Gateway {gateway.id}"
    interface.interface_type = "nat_gateway"
    interface.requester_managed = True
    interface.status = "in-use"


def _become_available(ec2: Any, gateway: Any, failure: tuple[str, str] | None) -> None:
    if gateway.state != "pending":
        return
    if failure:
        gateway.failure_code, gateway.failure_message = failure
        delete_interface(ec2, gateway._eni)
    gateway.state = "failed" if failure else "available"


@corrects(EC2Response, "DeleteNatGateway")
def delete(call: Call) -> Any:
    """DeleteNatGateway: deleting for a while; only then are interface and address free."""
    ec2, identifier = call.backend, call.get("NatGatewayId")
    gateway = ec2.nat_gateways.get(identifier)
    if gateway is None or gateway.state == "deleted":
        raise _not_found(identifier)
    if gateway.state != "deleting":
        gateway.state = "deleting"
        call.world.schedule("nat_gateway_delete", lambda: _leave(ec2, gateway))
    return {"NatGatewayId": identifier}


def _leave(ec2: Any, gateway: Any) -> None:
    if regional_nat.is_regional(gateway):
        regional_nat.leave(ec2, gateway)
        return
    gateway.state = "deleted"
    gateway.delete_time = utcnow()
    for address in ec2.addresses:
        if address.eni is gateway._eni:
            ec2.disassociate_address(association_id=address.association_id)
    delete_interface(ec2, gateway._eni)


@corrects(EC2Response, "DescribeNatGateways")
def describe(call: Call) -> Any:
    """DescribeNatGateways with the filters that moto leaves out, tags above all."""
    gateways = call.backend.nat_gateways
    identifiers = call.get("NatGatewayIds") or []
    for identifier in identifiers:
        if identifier not in gateways:
            raise _not_found(identifier)
    chosen = [gateways[identifier] for identifier in identifiers] or list(gateways.values())
    for gateway in filter(regional_nat.is_regional, chosen):
        regional_nat.expand(call, gateway)
    return {"NatGateways": generic_filter(call.response._filters_from_querystring(), chosen)}


def _not_found(identifier: str) -> AwsError:
    return AwsError("NatGatewayNotFound", f"NatGateway {identifier} was not found")


def _filter_value(gateway: NatGateway, name: str, method_name: str | None = None) -> Any:
    if name in _FILTERS:
        return getattr(gateway, _FILTERS[name])
    return super(NatGateway, gateway).get_filter_value(name, method_name or "DescribeNatGateways")


def patch() -> None:
    """moto knows few of the filters."""
    NatGateway.get_filter_value = _filter_value
