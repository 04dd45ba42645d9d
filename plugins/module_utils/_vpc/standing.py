# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which observed resource stands for which address. Pure.

Tags say what is ours. Which of ours it is, AWS says better than the tag ``Resource`` where it can (a subnet's network,
a NAT gateway's subnet, the address in use by a NAT gateway), so a lost tag is repaired rather than a twin made.
"""

from __future__ import annotations

import dataclasses
import ipaddress
import typing as t

from .._aws.owner import Owner
from .._resources.security_group import SecurityGroup
from .model import Address, Endpoint, InternetGateway, NatGateway, RouteTable, Snapshot, Subnet, Tags, Vpc
from .spec import SLOTS, letter, s3_service, subnet_networks

Item = t.TypeVar("Item", RouteTable, NatGateway, Address, Endpoint, InternetGateway)
TABLE_NAMES: t.Final = ("public", *(f"private-{slot}" for slot in SLOTS))
NAT_NAMES: t.Final = tuple(f"nat-{slot}" for slot in SLOTS)
_KINDS: t.Final = frozenset({"internet_gateway", "subnet", "route_table", "nat_gateway", "vpc_endpoint"})


@dataclasses.dataclass(frozen=True, kw_only=True)
class Standing:
    """What stands, by name, and what is ours but stands for nothing (``spare_…``): twins, failed ones, leftovers.

    :param foreign_gateway: the internet gateway of our VPC, if it is not ours.
    :param strayed_gateways: ours, attached to a VPC that is not.
    :param leaving: NAT gateways that AWS is deleting; until it is done they hold their subnet and address.
    """

    vpc: Vpc | None
    gateway: InternetGateway | None
    subnets: t.Mapping[str, Subnet]
    tables: t.Mapping[str, RouteTable]
    nats: t.Mapping[str, NatGateway]
    addresses: t.Mapping[str, Address]
    endpoint: Endpoint | None
    default_group: SecurityGroup | None
    leaving: tuple[NatGateway, ...]
    foreign_gateway: InternetGateway | None
    strayed_gateways: tuple[InternetGateway, ...]
    spare_gateways: tuple[InternetGateway, ...]
    spare_subnets: tuple[Subnet, ...]
    spare_tables: tuple[RouteTable, ...]
    spare_nats: tuple[NatGateway, ...]
    spare_addresses: tuple[Address, ...]
    spare_endpoints: tuple[Endpoint, ...]

    @property
    def letters(self) -> tuple[str, ...]:
        """The zones in use, by letter: those that have a subnet or a private route table."""
        names = [*self.subnets, *(name for name in self.tables if name != "public")]
        return tuple(sorted({name[-1] for name in names}))


def is_ours(owner: Owner, tags: Tags) -> bool:
    """True if something inside our VPC is ours.

    There, one lost tag does not make it foreign, if all others are there. Another value does.
    """
    identity = owner.identity()
    right = sum(tags.get(key) == value for key, value in identity.items())
    lost = sum(key not in tags for key in identity)
    if (right, lost) == (len(identity) - 1, 1):
        return tags.get("Resource", "").partition("/")[0] in _KINDS
    return right == len(identity)


def resolve(snapshot: Snapshot) -> Standing:
    """What stands for what."""
    vpc = snapshot.vpc
    owner = snapshot.owner
    s3 = s3_service(snapshot.region)
    subnets, spare_subnets = _subnets(snapshot)
    tables, spare_tables = _tables(snapshot, subnets)
    nats, spare_nats, leaving = _nats(snapshot, subnets, tables)
    addresses, spare_addresses = _addresses(snapshot, nats, spare_nats)
    gateways = _Gateways.of(snapshot)
    endpoints = sorted(
        (item for item in snapshot.endpoints if is_ours(owner, item.tags) and item.service == s3),
        key=lambda item: (-len(item.route_table_ids), item.id),
    )
    defaults = [group for group in snapshot.groups if vpc and group.vpc_id == vpc.id and group.name == "default"]
    return Standing(
        vpc=vpc,
        gateway=gateways.ours[0] if gateways.ours else None,
        foreign_gateway=gateways.foreign,
        strayed_gateways=gateways.strayed,
        subnets=subnets,
        tables=tables,
        nats=nats,
        addresses=addresses,
        endpoint=endpoints[0] if endpoints else None,
        default_group=defaults[0] if defaults else None,
        leaving=leaving,
        spare_gateways=gateways.ours[1:],
        spare_subnets=spare_subnets,
        spare_tables=spare_tables,
        spare_nats=spare_nats,
        spare_addresses=spare_addresses,
        spare_endpoints=tuple(endpoints[1:]),
    )


def identify(snapshot: Snapshot) -> dict[str, dict[str, str]]:
    """Address → what is known of what stands there."""
    standing = resolve(snapshot)
    found = {
        **{f"subnet/{name}": item.id for name, item in standing.subnets.items()},
        **{f"route_table/{name}": item.id for name, item in standing.tables.items()},
        **{f"nat_gateway/{name}": item.id for name, item in standing.nats.items()},
    }
    single = {
        "vpc/main": standing.vpc,
        "internet_gateway/main": standing.gateway,
        "vpc_endpoint/s3": standing.endpoint,
        "security_group/default": standing.default_group,
    }
    found |= {address: item.id for address, item in single.items() if item}
    known = {address: {"id": resource_id} for address, resource_id in found.items()}
    for name, item in standing.addresses.items():
        known[f"elastic_ip/{name}"] = {"id": item.id, "public_ip": item.public_ip}
    return known


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Gateways:
    ours: tuple[InternetGateway, ...]
    foreign: InternetGateway | None
    strayed: tuple[InternetGateway, ...]

    @classmethod
    def of(cls, snapshot: Snapshot) -> _Gateways:
        vpc_id = snapshot.vpc.id if snapshot.vpc else ""
        attached = [item for item in snapshot.gateways if item.vpc_id and item.vpc_id == vpc_id]
        ours = [item for item in attached if is_ours(snapshot.owner, item.tags)]
        foreign = [item for item in attached if item not in ours]
        tagged = [item for item in snapshot.gateways if snapshot.owner.owns(item.tags) and item not in attached]
        detached = sorted((item for item in tagged if not item.vpc_id), key=lambda item: item.id)
        return cls(
            ours=(*ours, *detached),
            foreign=foreign[0] if foreign else None,
            strayed=tuple(item for item in tagged if item.vpc_id),
        )


def _subnets(snapshot: Snapshot) -> tuple[dict[str, Subnet], tuple[Subnet, ...]]:
    networks = subnet_networks(ipaddress.IPv4Network(snapshot.vpc.cidr)) if snapshot.vpc else {}
    names = {str(network): name for name, network in networks.items()}
    standing: dict[str, Subnet] = {}
    spare = []
    for subnet in snapshot.subnets:
        if not is_ours(snapshot.owner, subnet.tags):
            continue
        name = names.get(subnet.cidr)
        if name and name[-1] == letter(subnet.zone):
            standing[name] = subnet
        else:
            spare.append(subnet)
    return standing, tuple(spare)


def _tables(
    snapshot: Snapshot, subnets: t.Mapping[str, Subnet]
) -> tuple[dict[str, RouteTable], tuple[RouteTable, ...]]:
    names = {subnet.id: "public" if name.startswith("public") else name for name, subnet in subnets.items()}

    def name_of(table: RouteTable) -> str:
        tagged = _tagged("route_table", table.tags)
        used_by = [names[link.subnet_id] for link in table.associations if link.subnet_id in names]
        return tagged if tagged in TABLE_NAMES or not used_by else used_by[0]

    ours = [table for table in snapshot.route_tables if is_ours(snapshot.owner, table.tags)]
    return _first_by_name(ours, name_of, TABLE_NAMES, lambda table: -len(table.associations))


def _nats(
    snapshot: Snapshot, subnets: t.Mapping[str, Subnet], tables: t.Mapping[str, RouteTable]
) -> tuple[dict[str, NatGateway], tuple[NatGateway, ...], tuple[NatGateway, ...]]:
    owner = snapshot.owner
    own_addresses = {address.id for address in snapshot.addresses if owner.owns(address.tags)}
    there = {address.id for address in snapshot.addresses}
    names = {subnet.id: f"nat-{name[-1]}" for name, subnet in subnets.items() if name.startswith("public")}
    routed = {table.default_target for table in tables.values()}
    ours = [nat for nat in snapshot.nats if is_ours(owner, nat.tags) or nat.allocation_id in own_addresses]

    def name_of(nat: NatGateway) -> str:
        works = nat.usable and nat.allocation_id in there
        return names.get(nat.subnet_id, "") if works else ""

    staying = [nat for nat in ours if nat.state != "deleting"]
    standing, spare = _first_by_name(
        staying, name_of, NAT_NAMES, lambda nat: (nat.id not in routed) * 2 + (nat.state != "available")
    )
    return standing, spare, tuple(nat for nat in ours if nat.state == "deleting")


def _addresses(
    snapshot: Snapshot, nats: t.Mapping[str, NatGateway], spare_nats: t.Iterable[NatGateway]
) -> tuple[dict[str, Address], tuple[Address, ...]]:
    users = {nat.allocation_id: name for name, nat in nats.items()}
    # It cannot be used again before its holder is deleted, which comes last: a new one is taken instead.
    taken = {nat.allocation_id for nat in spare_nats if nat.usable} - users.keys()
    ours = [item for item in snapshot.addresses if item.id in users or snapshot.owner.owns(item.tags)]
    return _first_by_name(
        ours,
        lambda item: "" if item.id in taken else users.get(item.id) or _tagged("elastic_ip", item.tags),
        NAT_NAMES,
        lambda item: (item.id not in users) * 2 + item.associated,
    )


def _tagged(kind: str, tags: Tags) -> str:
    tagged_kind, _slash, name = tags.get("Resource", "").partition("/")
    return name if tagged_kind == kind else ""


def _first_by_name(
    items: t.Iterable[Item],
    name_of: t.Callable[[Item], str],
    names: t.Container[str],
    rank: t.Callable[[Item], int],
) -> tuple[dict[str, Item], tuple[Item, ...]]:
    """By name the item with the lowest rank (by id among equals), and all others."""
    standing: dict[str, Item] = {}
    spare = []
    for item in sorted(items, key=lambda item: (rank(item), item.id)):
        name = name_of(item)
        if name in names and name not in standing:
            standing[name] = item
        else:
            spare.append(item)
    return standing, tuple(spare)
