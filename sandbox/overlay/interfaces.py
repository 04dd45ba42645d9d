# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A VPC's ways in and out: interfaces that AWS services keep in its subnets, free addresses, its gateway."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from typing import Any

from sandbox.overlay.base import World

# AWS keeps the first four addresses of a subnet and the last one.
_FIRST_HOST = 4
# Addresses of RFC 2544: public in form, and unused
_PUBLIC = ipaddress.ip_network("198.18.0.0/15")


def create_interface(
    world: World, ec2: Any, subnet_id: str, groups: Iterable[str], requester: str, description: str
) -> Any:
    """An interface in the subnet that its owner cannot delete, with an address of the subnet."""
    subnet = ec2.get_subnet(subnet_id)
    address = free_address(world, ec2, subnet)
    interface = ec2.create_network_interface(subnet, address, group_ids=list(groups), description=description)
    if not groups:
        interface._group_set = []
    interface.requester_managed = True
    interface.requester_id = requester
    interface.interface_type = "interface"
    interface.status = "in-use"
    return interface


def free_address(world: World, ec2: Any, subnet: Any) -> str:
    """The next free address of a subnet, in a circle, so that an address is not reused at once."""
    used = {interface.private_ip_address for interface in ec2.enis.values() if interface.subnet.id == subnet.id}
    positions: dict[str, int] = world.store(dict, "addresses")
    hosts = subnet.cidr.num_addresses - 1 - _FIRST_HOST
    for _ in range(hosts):
        position = positions.get(subnet.id, 0)
        positions[subnet.id] = (position + 1) % hosts
        address = str(subnet.cidr.network_address + _FIRST_HOST + position)
        if address not in used:
            return address
    raise RuntimeError(f"no free address in subnet {subnet.id}")


def public_address(world: World) -> str:
    """A public address that was never given out before."""
    given: list[str] = world.store(list, "public addresses")
    address = str(_PUBLIC.network_address + 256 + len(given))
    given.append(address)
    return address


def node_address(world: World, interface: Any) -> str:
    """The public address of a load balancer's interface; with a data plane, one that answers."""
    return world.addresses.of("balancer", interface.id) if world.addresses else public_address(world)


def interfaces_in_vpc(ec2: Any, vpc_id: str) -> list[Any]:
    """The network interfaces in a VPC."""
    return [interface for interface in ec2.enis.values() if interface.subnet.vpc_id == vpc_id]


def gateway_of(ec2: Any, vpc_id: str) -> Any:
    """The internet gateway that is attached to a VPC, None without one."""
    return next((known for known in ec2.internet_gateways.values() if known.vpc and known.vpc.id == vpc_id), None)


def delete_interface(ec2: Any, interface: Any) -> None:
    """Remove an interface; fine when it is gone."""
    ec2.enis.pop(interface.id, None)
    ec2.tags.pop(interface.id, None)
