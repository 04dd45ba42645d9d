# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Elastic IP addresses and network interfaces: quota, and no release while in use."""

from __future__ import annotations

from typing import Any

from moto.ec2.responses import EC2Response

from sandbox.overlay import quotas
from sandbox.overlay.base import AwsError, Call, corrects
from sandbox.overlay.interfaces import public_address


@corrects(EC2Response, "AllocateAddress")
def allocate(call: Call) -> Any:
    """AllocateAddress respects the quota and returns an address that looks public."""
    ec2 = call.backend
    refusal = AwsError("AddressLimitExceeded", "The maximum number of addresses has been reached.")
    quotas.ADDRESSES.keep(call, len(ec2.addresses), refusal)
    result = call.proceed()
    address = ec2.address_by_allocation([result["AllocationId"]])[0]
    if not call.get("Address"):
        address.public_ip = result["PublicIp"] = public_address(call.world)
    address.network_border_group = result["NetworkBorderGroup"] = call.region
    address.public_ipv4_pool = result["PublicIpv4Pool"] = "amazon"
    return result


@corrects(EC2Response, "ReleaseAddress")
def release(call: Call) -> Any:
    """ReleaseAddress refuses an associated address."""
    ec2 = call.backend
    if call.get("AllocationId"):
        address = ec2.address_by_allocation([call.get("AllocationId")])[0]
    else:
        address = ec2.address_by_ip([call.get("PublicIp")])[0]
    if address.association_id:
        raise AwsError("InvalidIPAddress.InUse", f"Address {address.public_ip} is in use.")
    return call.proceed()


@corrects(EC2Response, "DisassociateAddress")
def disassociate(call: Call) -> Any:
    """DisassociateAddress refuses the addresses of AWS's own interfaces."""
    identifier = call.get("AssociationId")
    for address in call.backend.addresses:
        if address.association_id == identifier and address.eni and address.eni.requester_managed:
            raise AwsError("OperationNotPermitted", "You are not allowed to manage 'ela-attach' attachments.")
    return call.proceed()


@corrects(EC2Response, "DeleteNetworkInterface")
def delete_interface(call: Call) -> Any:
    """DeleteNetworkInterface refuses an interface that a service uses."""
    interface = call.backend.get_network_interface(call.get("NetworkInterfaceId"))
    if interface.requester_managed:
        raise AwsError("InvalidParameterValue", f"Network interface '{interface.id}' is currently in use.")
    return call.proceed()
