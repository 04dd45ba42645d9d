# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is in a region's network, asked of EC2 by boto3 and by nothing of the collection."""

from __future__ import annotations

import dataclasses
import itertools
import typing as t

from sandbox import Sandbox
from sandbox.resources import Resource

OURS = {"ManagedBy": "everlook.failover", "Stack": "hello", "Environment": "dev", "Component": "network"}
Item = dict[str, t.Any]


def own() -> list[Item]:
    return [{"Name": f"tag:{key}", "Values": [value]} for key, value in OURS.items()]


def tags(item: Item) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in item.get("Tags") or ()}


def address(item: Item) -> str:
    return tags(item).get("Resource", "")


@dataclasses.dataclass(frozen=True)
class Witness:
    """EC2 of one region, with a client that does not retry."""

    ec2: t.Any

    @classmethod
    def of(cls, aws: Sandbox, region: str = "us-east-1") -> Witness:
        return cls(aws.client("ec2", account="dev", region=region))

    def find(self, operation: str, key: str) -> list[Item]:
        answer = getattr(self.ec2, operation)(Filters=own())
        return list(answer[key])

    @property
    def vpcs(self) -> list[Item]:
        return self.find("describe_vpcs", "Vpcs")

    @property
    def vpc_id(self) -> str:
        (vpc,) = self.vpcs
        return str(vpc["VpcId"])

    @property
    def subnets(self) -> dict[str, Item]:
        return self._by_address(self.find("describe_subnets", "Subnets"))

    @property
    def tables(self) -> dict[str, Item]:
        return self._by_address(self.find("describe_route_tables", "RouteTables"))

    @property
    def addresses(self) -> dict[str, Item]:
        return self._by_address(self.find("describe_addresses", "Addresses"))

    @property
    def gateway(self) -> Item:
        (gateway,) = self.find("describe_internet_gateways", "InternetGateways")
        return gateway

    @property
    def endpoint(self) -> Item:
        (endpoint,) = self.find("describe_vpc_endpoints", "VpcEndpoints")
        return endpoint

    @property
    def nats(self) -> dict[str, Item]:
        """Those that work or will."""
        states = [{"Name": "state", "Values": ["pending", "available"]}]
        return self._by_address(self.ec2.describe_nat_gateways(Filter=[*own(), *states])["NatGateways"])

    @property
    def default_group(self) -> Item:
        filters = [{"Name": "vpc-id", "Values": [self.vpc_id]}, {"Name": "group-name", "Values": ["default"]}]
        (group,) = self.ec2.describe_security_groups(Filters=filters)["SecurityGroups"]
        return dict(group)

    def attribute(self, name: str) -> bool:
        answer = self.ec2.describe_vpc_attribute(VpcId=self.vpc_id, Attribute=name)
        return bool(answer[name[0].upper() + name[1:]]["Value"])

    def table_of(self, subnet: str) -> str:
        """The address of the route table that a subnet is associated with."""
        subnet_id = self.subnets[subnet]["SubnetId"]
        links = ((table, link) for table in self.tables.values() for link in table["Associations"])
        (found,) = (address(table) for table, link in links if link.get("SubnetId") == subnet_id)
        return found

    def exit_of(self, table: str) -> str:
        """Where a route table's default route leads to: an address, an id of others, or nothing."""
        routes = [r for r in self.tables[table]["Routes"] if r.get("DestinationCidrBlock") == "0.0.0.0/0"]
        if not routes:
            return ""
        assert routes[0]["State"] == "active", routes[0]
        target = routes[0].get("NatGatewayId") or routes[0]["GatewayId"]
        known = {nat["NatGatewayId"]: name for name, nat in self.nats.items()}
        known[self.gateway["InternetGatewayId"]] = "internet_gateway/main"
        return str(known.get(target, target))

    @staticmethod
    def _by_address(items: list[Item]) -> dict[str, Item]:
        found = [address(item) for item in items]
        assert len(found) == len(set(found)), f"duplicates among {sorted(found)}"
        return {address(item): item for item in items}


def assert_network(
    aws: Sandbox, *, cidr: str = "10.10", slots: str = "ab", nats: t.Mapping[str, str], endpoint: bool = True
) -> None:
    """The network is whole, and there is nothing else of ours.

    :param nats: private zone → zone of the NAT gateway that it leaves through; empty for none.
    """
    seen = Witness.of(aws)
    (vpc,) = seen.vpcs
    assert vpc["CidrBlock"] == f"{cidr}.0.0/16"
    assert seen.attribute("enableDnsSupport")
    assert seen.attribute("enableDnsHostnames")
    assert [link["VpcId"] for link in seen.gateway["Attachments"]] == [vpc["VpcId"]]
    networks = {
        f"subnet/{tier}-{slot}": (f"{cidr}.{16 * 'abcdefgh'.index(slot) + offset}.0/20", f"us-east-1{slot}")
        for (tier, offset), slot in itertools.product((("public", 0), ("private", 128)), slots)
    }
    assert {name: (item["CidrBlock"], item["AvailabilityZone"]) for name, item in seen.subnets.items()} == networks
    assert not any(item["MapPublicIpOnLaunch"] for item in seen.subnets.values())
    assert seen.exit_of("route_table/public") == "internet_gateway/main"
    for slot in slots:
        assert seen.table_of(f"subnet/public-{slot}") == "route_table/public"
        assert seen.table_of(f"subnet/private-{slot}") == f"route_table/private-{slot}"
        assert seen.exit_of(f"route_table/private-{slot}") == (f"nat_gateway/nat-{nats[slot]}" if slot in nats else "")
    assert set(seen.tables) == {"route_table/public", *(f"route_table/private-{slot}" for slot in slots)}
    _assert_nats(seen, set(nats.values()))
    group = seen.default_group
    assert (group["IpPermissions"], group["IpPermissionsEgress"]) == ([], [])
    # AWS makes it without, and only who may tag foreign groups could tag it.
    assert tags(group) == {}
    if endpoint:
        assert set(seen.endpoint["RouteTableIds"]) == {table["RouteTableId"] for table in seen.tables.values()}
    else:
        assert seen.find("describe_vpc_endpoints", "VpcEndpoints") == []


def _assert_nats(seen: Witness, slots: set[str]) -> None:
    assert set(seen.nats) == {f"nat_gateway/nat-{slot}" for slot in slots}
    assert set(seen.addresses) == {f"elastic_ip/nat-{slot}" for slot in slots - {"regional"}}
    for slot in slots:
        nat = seen.nats[f"nat_gateway/nat-{slot}"]
        if slot == "regional":
            assert (nat["AvailabilityMode"], nat["VpcId"], nat.get("SubnetId")) == ("regional", seen.vpc_id, None)
            continue
        assert nat["SubnetId"] == seen.subnets[f"subnet/public-{slot}"]["SubnetId"]
        allocation = seen.addresses[f"elastic_ip/nat-{slot}"]["AllocationId"]
        assert [item["AllocationId"] for item in nat["NatGatewayAddresses"]] == [allocation]


def ours(aws: Sandbox) -> list[Resource]:
    """Everything with our tags, in all regions; deleted NAT gateways are shown for an hour, and don't count."""
    gone = {"deleted", "failed"}
    return [
        item
        for item in aws.snapshot()
        if OURS.items() <= item.tags.items() and item.content.get("State", item.content.get("state")) not in gone
    ]


def others(aws: Sandbox) -> list[Resource]:
    """Everything else."""
    return [item for item in aws.snapshot() if not OURS.items() <= item.tags.items()]
