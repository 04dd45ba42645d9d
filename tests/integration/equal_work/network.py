# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Drifts of the network."""

from __future__ import annotations

import typing as t

from .drifts import World, drift

TABLES = ("describe_route_tables", "RouteTables")


def ec2(world: World) -> t.Any:
    return world.client("ec2")


def subnet(world: World) -> str:
    return str(world.tagged("subnet/public-a", "describe_subnets", "Subnets")["SubnetId"])


def table(world: World, name: str) -> str:
    return str(world.tagged(f"route_table/{name}", *TABLES)["RouteTableId"])


def untag(world: World, identifier: str) -> None:
    ec2(world).delete_tags(Resources=[identifier], Tags=[{"Key": "Name"}])


@drift("vpc dns support", "vpc/main")
def _(world: World) -> None:
    ec2(world).modify_vpc_attribute(VpcId=world.vpc, EnableDnsHostnames={"Value": False})
    ec2(world).modify_vpc_attribute(VpcId=world.vpc, EnableDnsSupport={"Value": False})


@drift("vpc dns hostnames", "vpc/main")
def _(world: World) -> None:
    ec2(world).modify_vpc_attribute(VpcId=world.vpc, EnableDnsHostnames={"Value": False})


@drift("vpc tags", "vpc/main")
def _(world: World) -> None:
    untag(world, world.vpc)


@drift("vpc ipv6 network", "vpc/main", stays=True)
def _(world: World) -> None:
    ec2(world).associate_vpc_cidr_block(VpcId=world.vpc, AmazonProvidedIpv6CidrBlock=True)


def default_group(world: World) -> str:
    filters = [{"Name": "vpc-id", "Values": [world.vpc]}, {"Name": "group-name", "Values": ["default"]}]
    return str(ec2(world).describe_security_groups(Filters=filters)["SecurityGroups"][0]["GroupId"])


def admit(world: World, group: str, direction: str = "ingress", **peers: t.Any) -> None:
    call = getattr(ec2(world), f"authorize_security_group_{direction}")
    ports = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22}
    call(GroupId=group, IpPermissions=[{**ports, **peers}])


def prefix_list(world: World) -> str:
    found = ec2(world).describe_managed_prefix_lists()["PrefixLists"]
    return str(found[0]["PrefixListId"])


for owner, address in (
    ("default group", "security_group/default"),
    ("balancer group", "security_group/alb"),
    ("service group", "security_group/service"),
):

    def _group(world: World, owner: str = owner) -> str:
        if owner == "default group":
            return default_group(world)
        layer = "alb" if owner == "balancer group" else "ecs_service"
        return str(world.of(layer)["security_group_id"])

    def _ipv6(world: World, group: t.Callable[[World], str] = _group) -> None:
        admit(world, group(world), Ipv6Ranges=[{"CidrIpv6": "::/0"}])

    def _lists(world: World, group: t.Callable[[World], str] = _group) -> None:
        admit(world, group(world), PrefixListIds=[{"PrefixListId": prefix_list(world)}])

    def _wide(world: World, group: t.Callable[[World], str] = _group) -> None:
        admit(world, group(world), IpRanges=[{"CidrIp": "0.0.0.0/0"}])

    def _peer(world: World, group: t.Callable[[World], str] = _group) -> None:
        admit(world, group(world), UserIdGroupPairs=[{"GroupId": default_group(world)}])

    def _protocol(world: World, group: t.Callable[[World], str] = _group) -> None:
        admit(world, group(world), "egress", IpProtocol="udp", IpRanges=[{"CidrIp": "203.0.113.0/24"}])

    def _untagged(world: World, group: t.Callable[[World], str] = _group) -> None:
        untag(world, group(world))

    def _closed(world: World, group: t.Callable[[World], str] = _group) -> None:
        identifier = group(world)
        rules = ec2(world).describe_security_groups(GroupIds=[identifier])["SecurityGroups"][0]["IpPermissions"]
        ec2(world).revoke_security_group_ingress(GroupId=identifier, IpPermissions=rules)

    drift.put(f"{owner} ipv6{' rules' if owner == 'default group' else ''}", address, _ipv6)
    drift.put(f"{owner} prefix lists", address, _lists)
    if owner == "default group":
        drift.put(f"{owner} rules", address, _peer)
        continue
    drift.put(f"{owner} tags", address, _untagged)
    drift.put(f"{owner} ports", address, _wide)
    drift.put(f"{owner} ingress", address, _closed)
    if owner == "balancer group":
        drift.put(f"{owner} protocol", address, _protocol)
        drift.put(f"{owner} peers", address, _peer)
    else:
        drift.put(f"{owner} egress", address, _protocol)


@drift("subnet tags", "subnet/public-a")
def _(world: World) -> None:
    untag(world, subnet(world))


for name, attribute in (
    ("public addresses", "MapPublicIpOnLaunch"),
    ("ipv6 addresses", "AssignIpv6AddressOnCreation"),
    ("a records", "EnableResourceNameDnsARecordOnLaunch"),
):

    def _attribute(world: World, attribute: str = attribute) -> None:
        ec2(world).modify_subnet_attribute(SubnetId=subnet(world), **{attribute: {"Value": True}})

    drift.put(f"subnet {name}", "subnet/public-a", _attribute)


def gateway(world: World) -> str:
    found = world.tagged("internet_gateway/main", "describe_internet_gateways", "InternetGateways")
    return str(found["InternetGatewayId"])


@drift("internet gateway tags", "internet_gateway/main")
def _(world: World) -> None:
    untag(world, gateway(world))


@drift("address tags", "elastic_ip/nat-a")
def _(world: World) -> None:
    untag(world, str(world.tagged("elastic_ip/nat-a", "describe_addresses", "Addresses")["AllocationId"]))


def nat(world: World) -> str:
    return str(world.tagged("nat_gateway/nat-a", "describe_nat_gateways", "NatGateways")["NatGatewayId"])


@drift("nat gateway tags", "nat_gateway/nat-a")
def _(world: World) -> None:
    untag(world, nat(world))


@drift("route table tags", "route_table/public")
def _(world: World) -> None:
    untag(world, table(world, "public"))


@drift("public route gone", "route/public-default")
def _(world: World) -> None:
    ec2(world).delete_route(RouteTableId=table(world, "public"), DestinationCidrBlock="0.0.0.0/0")


@drift("private route elsewhere", "route/private-a-default")
def _(world: World) -> None:
    ec2(world).replace_route(
        RouteTableId=table(world, "private-a"), DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway(world)
    )


def association(world: World) -> str:
    (found,) = [
        link["RouteTableAssociationId"]
        for link in world.tagged("route_table/private-a", *TABLES)["Associations"]
        if link.get("SubnetId")
    ]
    return str(found)


@drift("subnet in another table", "route_table_association/private-a")
def _(world: World) -> None:
    ec2(world).replace_route_table_association(AssociationId=association(world), RouteTableId=table(world, "public"))


@drift("subnet in no table", "route_table_association/private-a")
def _(world: World) -> None:
    ec2(world).disassociate_route_table(AssociationId=association(world))


def endpoint(world: World) -> str:
    return str(world.tagged("vpc_endpoint/s3", "describe_vpc_endpoints", "VpcEndpoints")["VpcEndpointId"])


@drift("endpoint tags", "vpc_endpoint/s3")
def _(world: World) -> None:
    untag(world, endpoint(world))


@drift("endpoint route tables", "vpc_endpoint/s3")
def _(world: World) -> None:
    ec2(world).modify_vpc_endpoint(VpcEndpointId=endpoint(world), RemoveRouteTableIds=[table(world, "public")])
