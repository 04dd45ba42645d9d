# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Elastic IP addresses and network interfaces: quota, and no release while in use."""

from __future__ import annotations

from typing import Any

from moto.ec2.responses import EC2Response

from sandbox.overlay import quotas
from sandbox.overlay.base import AwsError, Call, World, override
from sandbox.overlay.ec2.common import backend
from sandbox.overlay.interfaces import public_address


class Addresses:
    """The operations on addresses and interfaces that moto is too lenient with."""

    def __init__(self, world: World) -> None:
        self._world = world

    def allocate(self, call: Call) -> Any:
        """AllocateAddress keeps the quota and gives an address that looks public."""
        ec2 = backend(call)
        if len(ec2.addresses) >= quotas.limit(self._world, call.account, call.region, quotas.ADDRESSES):
            raise AwsError("AddressLimitExceeded", "The maximum number of addresses has been reached.")
        result = call.proceed()
        address = ec2.address_by_allocation([result["AllocationId"]])[0]
        if not call.get("Address"):
            address.public_ip = result["PublicIp"] = public_address(self._world)
        address.network_border_group = result["NetworkBorderGroup"] = call.region
        address.public_ipv4_pool = result["PublicIpv4Pool"] = "amazon"
        return result

    def release(self, call: Call) -> Any:
        """ReleaseAddress refuses what is associated."""
        ec2 = backend(call)
        if call.get("AllocationId"):
            address = ec2.address_by_allocation([call.get("AllocationId")])[0]
        else:
            address = ec2.address_by_ip([call.get("PublicIp")])[0]
        if address.association_id:
            raise AwsError("InvalidIPAddress.InUse", f"Address {address.public_ip} is in use.")
        identifier = address.allocation_id
        result = call.proceed()
        ec2.tags.pop(identifier, None)
        return result

    def disassociate(self, call: Call) -> Any:
        """DisassociateAddress leaves the addresses of AWS's own interfaces alone."""
        identifier = call.get("AssociationId")
        for address in backend(call).addresses:
            if address.association_id == identifier and address.eni and address.eni.requester_managed:
                raise AwsError("OperationNotPermitted", "You are not allowed to manage 'ela-attach' attachments.")
        return call.proceed()

    def delete_interface(self, call: Call) -> Any:
        """DeleteNetworkInterface refuses what a service uses."""
        interface = backend(call).get_network_interface(call.get("NetworkInterfaceId"))
        if interface.requester_managed:
            raise AwsError("InvalidParameterValue", f"Network interface '{interface.id}' is currently in use.")
        result = call.proceed()
        backend(call).tags.pop(interface.id, None)
        return result


def install(world: World) -> None:
    """Correct addresses and interfaces."""
    addresses = Addresses(world)
    override(EC2Response, "AllocateAddress", addresses.allocate)
    override(EC2Response, "ReleaseAddress", addresses.release)
    override(EC2Response, "DisassociateAddress", addresses.disassociate)
    override(EC2Response, "DeleteNetworkInterface", addresses.delete_interface)
