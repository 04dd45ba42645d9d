# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is ours and no longer wanted, in an order in which nobody loses the way out: first the new route. Pure."""

from __future__ import annotations

import dataclasses
import typing as t

from .._engine.plan import Change, Wait
from .model import Address, NatGateway
from .plan_target import Target, nat_deleted, remove


@dataclasses.dataclass(frozen=True)
class _Going:
    """A NAT gateway that is being deleted, by us (``change``) or already by AWS."""

    nat: NatGateway
    change: Change | None
    wait: Wait


def plan_removals(target: Target, kept: t.Iterable[Change]) -> tuple[tuple[Change, ...], tuple[Wait, ...]]:
    """Deletions, and the waits for NAT gateways that hold what is to be deleted.

    :param kept: the rest of the plan; what it changes comes first.
    """
    before = frozenset(change.address for change in kept)
    going = tuple(_nats(target, before))
    addresses = tuple(_addresses(target, going))
    subnets = tuple(_subnets(target, going))
    needed = frozenset().union(*(change.needs for change in (*addresses, *subnets)))
    changes = (
        *(item.change for item in going if item.change),
        *addresses,
        *subnets,
        *_tables(target, before, subnets),
        *(remove("internet_gateway", gateway.id, "a twin of ours") for gateway in target.standing.spare_gateways),
    )
    return changes, tuple(item.wait for item in going if item.wait.address in needed)


def _nats(target: Target, before: frozenset[str]) -> t.Iterator[_Going]:
    routes = frozenset(address for address in before if address.startswith("route/"))
    standing = target.standing
    for nat in standing.leaving:
        yield _Going(nat, None, nat_deleted(target.spec, nat))
    unwanted = [
        (name, nat, f"not wanted with nat_gateways {target.spec.nat_gateways}")
        for name, nat in standing.nats.items()
        if name not in target.nats and not target.keeps(name)
    ]
    spare = [("", nat, _why_spare(nat)) for nat in standing.spare_nats]
    for name, nat, reason in (*unwanted, *spare):
        change = remove("nat_gateway", nat.id, reason, name=name, needs=routes)
        yield _Going(nat, change, nat_deleted(target.spec, nat, needs=[change.address]))


def _why_spare(nat: NatGateway) -> str:
    return f"failed ({nat.failure})" if nat.state == "failed" else "another takes its place"


def _addresses(target: Target, going: t.Sequence[_Going]) -> t.Iterator[Change]:
    holders = {item.nat.allocation_id: item.wait.address for item in going}
    unwanted: list[tuple[str, Address]] = [
        (name, address)
        for name, address in target.standing.addresses.items()
        if name not in target.nats and not target.keeps(name)
    ]
    for name, address in (*unwanted, *(("", address) for address in target.standing.spare_addresses)):
        holder = holders.get(address.id)
        if holder is None and address.associated:
            continue  # someone uses it for something else
        yield remove(
            "elastic_ip",
            address.id,
            "no NAT gateway needs it",
            name=name,
            before={"public_ip": address.public_ip},
            needs=[holder] if holder else [],
        )


def _subnets(target: Target, going: t.Sequence[_Going]) -> t.Iterator[Change]:
    for name, subnet in target.standing.subnets.items():
        if name in target.subnets or target.keeps(name):
            continue
        yield remove(
            "subnet",
            subnet.id,
            "its zone is not wanted any more",
            name=name,
            before={"cidr": subnet.cidr, "zone": subnet.zone},
            needs=[item.wait.address for item in going if item.nat.subnet_id == subnet.id],
        )


def _tables(target: Target, before: frozenset[str], subnets: t.Iterable[Change]) -> t.Iterator[Change]:
    associations = {address for address in before if address.startswith("route_table_association/")}
    needs = {*associations, "vpc_endpoint/s3", *(change.address for change in subnets)}
    for name, table in target.standing.tables.items():
        # A main route table cannot be deleted; it goes with the VPC.
        if name not in target.tables and not target.keeps(name) and not table.main:
            yield remove("route_table", table.id, "its zone is not wanted any more", name=name, needs=needs)
    for table in target.standing.spare_tables:
        if not table.main:
            yield remove("route_table", table.id, "a twin of ours", needs=needs)
