# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Regional NAT gateways: one for a VPC, without a subnet, with addresses and a route table of AWS's own.

Amazon VPC User Guide, "Regional NAT gateways for automatic multi-AZ expansion", and EC2 API, CreateNatGateway.
"""

from __future__ import annotations

from typing import Any

from moto.core.utils import utcnow
from moto.ec2.models.nat_gateways import NatGateway
from moto.ec2.utils import random_nat_gateway_id

from sandbox.overlay.base import AwsError, Call
from sandbox.overlay.interfaces import gateway_of, public_address


def is_regional(gateway: Any) -> bool:
    """Whether it is of the VPC, and in no subnet."""
    return getattr(gateway, "availability_mode", "zonal") == "regional"


def create(call: Call) -> Any:
    """CreateNatGateway with AvailabilityMode regional, in the mode in which AWS chooses zones and addresses."""
    ec2, vpc_id = call.backend, call.get("VpcId")
    if not vpc_id:
        raise AwsError("MissingParameter", "The request must include the VpcId parameter for a regional NAT gateway.")
    for name in ("SubnetId", "AllocationId"):
        if call.get(name):
            raise AwsError("InvalidParameterCombination", f"{name} cannot be specified for a regional NAT gateway.")
    if call.get("ConnectivityType", "public") != "public":
        raise AwsError("InvalidParameterCombination", "A regional NAT gateway has to be public.")
    if call.get("AvailabilityZoneAddresses"):
        raise NotImplementedError("the manual mode of regional NAT gateways")
    ec2.get_vpc(vpc_id)
    gateway = _make(ec2, vpc_id, call)
    failure = None
    if gateway_of(ec2, vpc_id) is None:
        failure = "Gateway.NotAttached", f"Network {vpc_id} has no Internet gateway attached"
    call.world.schedule("nat_gateway_create", lambda: _become_available(call, gateway, failure))
    return {"NatGateway": gateway}


def _make(ec2: Any, vpc_id: str, call: Call) -> Any:
    """Create one as moto does, without the interface, for which moto needs a subnet."""
    gateway = NatGateway.__new__(NatGateway)
    gateway.id, gateway.vpc_id, gateway.subnet_id = random_nat_gateway_id(), vpc_id, None
    gateway.address_set, gateway.state, gateway.private_ip = [], "pending", None
    gateway.connectivity_type, gateway.ec2_backend, gateway._eni = "public", ec2, None
    gateway._created_at = utcnow()
    gateway.availability_mode = "regional"
    gateway.auto_scaling_ips = gateway.auto_provision_zones = "enabled"
    gateway.route_table_id = ec2.create_route_table(vpc_id).id
    tags = [item for each in call.get("TagSpecifications") or [] for item in each.get("Tags") or []]
    gateway.add_tags({tag["Key"]: tag["Value"] for tag in tags})
    ec2.nat_gateways[gateway.id] = gateway
    return gateway


def _become_available(call: Call, gateway: Any, failure: tuple[str, str] | None) -> None:
    if gateway.state != "pending":
        return
    if failure:
        gateway.state = "failed"
        gateway.failure_code, gateway.failure_message = failure
        call.backend.delete_route_table(gateway.route_table_id)
        return
    gateway.state = "available"
    expand(call, gateway)


def expand(call: Call, gateway: Any) -> None:
    """Into each zone in which the VPC has a subnet by now. AWS does so for interfaces, and within an hour."""
    if gateway.state != "available":
        return
    subnets = [item for zone in call.backend.subnets.values() for item in zone.values()]
    zones = {item.availability_zone for item in subnets if item.vpc_id == gateway.vpc_id}
    gateway.address_set += [
        {"PublicIp": public_address(call.world), "AvailabilityZone": zone, "Status": "succeeded", "IsPrimary": False}
        for zone in sorted(zones - {each["AvailabilityZone"] for each in gateway.address_set})
    ]


def leave(ec2: Any, gateway: Any) -> None:
    """Delete what AWS created for it."""
    gateway.state = "deleted"
    gateway.delete_time = utcnow()
    gateway.address_set = []
    if gateway.route_table_id in ec2.route_tables:
        ec2.delete_route_table(gateway.route_table_id)


def holds(ec2: Any, vpc_id: str) -> bool:
    """Whether a VPC has one, which is in no subnet, and so has no interface."""
    living = (item for item in ec2.nat_gateways.values() if item.state in ("pending", "available", "deleting"))
    return any(item.vpc_id == vpc_id and is_regional(item) for item in living)
