# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""NAT gateways: they take a while to come and to go, and fail for what they lack."""

from __future__ import annotations

from typing import Any

from moto.core.utils import utcnow
from moto.ec2.models.nat_gateways import NatGateway
from moto.ec2.responses import EC2Response
from moto.ec2.utils import generic_filter

from sandbox.overlay import quotas
from sandbox.overlay.agenda import after
from sandbox.overlay.base import AwsError, Call, World, override
from sandbox.overlay.ec2.common import backend
from sandbox.overlay.interfaces import delete_interface, free_address

_COUNTED = ("pending", "available", "deleting")
_FILTERS = {"nat-gateway-id": "id", "vpc-id": "vpc_id", "subnet-id": "subnet_id", "state": "state"}


class NatGateways:
    """The operations on NAT gateways."""

    def __init__(self, world: World) -> None:
        self._world = world

    def create(self, call: Call) -> Any:
        """CreateNatGateway: pending for a while, then available, or failed for what it lacks."""
        ec2 = backend(call)
        subnet = ec2.get_subnet(call.get("SubnetId"))
        public = call.get("ConnectivityType", "public") == "public"
        self._check(call, subnet, public)
        call.params.setdefault("ConnectivityType", "public")
        failure = self._failure(ec2, subnet, call.get("AllocationId")) if public else None
        if failure:
            # moto would associate the address; a gateway that fails never does.
            call.params.pop("AllocationId")
        result = call.proceed()
        gateway = result["NatGateway"]
        gateway.state = "pending"
        self._dress(ec2, gateway, subnet)
        after(self._world, "nat_gateway_create", lambda _: self._arrive(ec2, gateway, failure))
        return result

    def _check(self, call: Call, subnet: Any, public: bool) -> None:
        if public and not call.get("AllocationId"):
            raise AwsError(
                "MissingParameter",
                "The request must include the AllocationId parameter. Add the required parameter and "
                "retry the request.",
            )
        if public:
            backend(call).address_by_allocation([call.get("AllocationId")])
        zone = subnet.availability_zone
        there = [
            gateway
            for gateway in backend(call).nat_gateways.values()
            if gateway.state in _COUNTED and backend(call).get_subnet(gateway.subnet_id).availability_zone == zone
        ]
        if len(there) >= quotas.limit(self._world, call.account, call.region, quotas.NAT_GATEWAYS):
            raise AwsError(
                "NatGatewayLimitExceeded", f"Performing this operation would exceed the limit of NAT gateways in {zone}"
            )

    def _failure(self, ec2: Any, subnet: Any, allocation_id: str) -> tuple[str, str] | None:
        address = ec2.address_by_allocation([allocation_id])[0]
        if address.association_id:
            message = f"Elastic IP address [{allocation_id}] is already associated"
            return "Resource.AlreadyAssociated", message
        attached = [gateway.vpc.id for gateway in ec2.internet_gateways.values() if gateway.vpc]
        if subnet.vpc_id not in attached:
            return "Gateway.NotAttached", f"Network {subnet.vpc_id} has no Internet gateway attached"
        return None

    def _dress(self, ec2: Any, gateway: Any, subnet: Any) -> None:
        interface = gateway._eni
        interface.private_ip_address = free_address(self._world, ec2, subnet)
        interface.private_ip_addresses = [{"Primary": True, "PrivateIpAddress": interface.private_ip_address}]
        interface._group_set = []
        interface.description = f"Interface for NAT Gateway {gateway.id}"
        interface.interface_type = "nat_gateway"
        interface.requester_managed = True
        interface.status = "in-use"
        gateway.private_ip = interface.private_ip_address
        gateway.address_set[0]["privateIp"] = interface.private_ip_address

    def _arrive(self, ec2: Any, gateway: Any, failure: tuple[str, str] | None) -> None:
        if gateway.state != "pending":
            return
        if failure:
            gateway.failure_code, gateway.failure_message = failure
            delete_interface(ec2, gateway._eni)
        gateway.state = "failed" if failure else "available"

    def delete(self, call: Call) -> Any:
        """DeleteNatGateway: deleting for a while; only then are interface and address free."""
        ec2, identifier = backend(call), call.get("NatGatewayId")
        gateway = ec2.nat_gateways.get(identifier)
        if gateway is None or gateway.state == "deleted":
            raise _not_found(identifier)
        if gateway.state != "deleting":
            gateway.state = "deleting"
            after(self._world, "nat_gateway_delete", lambda _: self._leave(ec2, gateway))
        return {"NatGatewayId": identifier}

    def _leave(self, ec2: Any, gateway: Any) -> None:
        gateway.state = "deleted"
        gateway.delete_time = utcnow()
        for address in ec2.addresses:
            if address.eni is gateway._eni:
                ec2.disassociate_address(association_id=address.association_id)
        delete_interface(ec2, gateway._eni)

    def describe(self, call: Call) -> Any:
        """DescribeNatGateways with the filters that moto leaves out, tags above all."""
        gateways = backend(call).nat_gateways
        identifiers = call.get("NatGatewayIds") or []
        for identifier in identifiers:
            if identifier not in gateways:
                raise _not_found(identifier)
        chosen = [gateways[identifier] for identifier in identifiers] or list(gateways.values())
        return {"NatGateways": generic_filter(call.response._filters_from_querystring(), chosen)}


def _not_found(identifier: str) -> AwsError:
    return AwsError("NatGatewayNotFound", f"NatGateway {identifier} was not found")


def _filter_value(gateway: NatGateway, name: str, method_name: str | None = None) -> Any:
    if name in _FILTERS:
        return getattr(gateway, _FILTERS[name])
    return super(NatGateway, gateway).get_filter_value(name, method_name or "DescribeNatGateways")


def install(world: World) -> None:
    """Correct NAT gateways."""
    gateways = NatGateways(world)
    override(EC2Response, "CreateNatGateway", gateways.create)
    override(EC2Response, "DeleteNatGateway", gateways.delete)
    override(EC2Response, "DescribeNatGateways", gateways.describe)
    NatGateway.get_filter_value = _filter_value
