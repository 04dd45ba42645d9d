# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""NAT gateways and their Elastic IP addresses. Pure."""

from __future__ import annotations

import typing as t

from .._engine.plan import Change, Wait
from .plan_data import NewAddress, NewNat
from .plan_target import NAT_AVAILABLE, Target, create, nat_deleted, repair


def plan_nats(target: Target) -> tuple[tuple[Change, ...], tuple[Wait, ...]]:
    """The wanted NAT gateways with an address each, and the waits until they can be used."""
    changes: list[Change] = []
    waits: list[Wait] = []
    for name in target.nats:
        changes += _address(target, name)
        nat = target.standing.nats.get(name)
        if nat is not None:
            changes += repair(target.spec, f"nat_gateway/{name}", nat.id, nat.tags, {}, {})
        else:
            holders = _holders(target, name)
            waits += holders
            changes.append(_new_nat(target, name, holders))
        if nat is None or nat.state == "pending":
            waits.append(_available(target, name))
    return tuple(changes), tuple(waits)


def _address(target: Target, name: str) -> t.Iterator[Change]:
    address = target.standing.addresses.get(name)
    if address is None:
        besides = frozenset(item.id for item in target.standing.spare_addresses)
        data = NewAddress(tags=target.spec.owner.tags(f"elastic_ip/{name}"), besides=besides)
        yield create(f"elastic_ip/{name}", {"domain": "vpc"}, data)
    else:
        yield from repair(target.spec, f"elastic_ip/{name}", address.id, address.tags, {}, {})


def _new_nat(target: Target, name: str, holders: t.Iterable[Wait]) -> Change:
    subnet = f"subnet/public-{name[-1]}"
    elastic_ip = f"elastic_ip/{name}"
    # Without an attached internet gateway it would end in state failed (Gateway.NotAttached).
    needs = [subnet, elastic_ip, "internet_gateway/main", *(wait.address for wait in holders)]
    return create(
        f"nat_gateway/{name}",
        {"subnet": f"public-{name[-1]}", "elastic_ip": name},
        NewNat(subnet=subnet, elastic_ip=elastic_ip, tags=target.spec.owner.tags(f"nat_gateway/{name}")),
        needs=needs,
        reason=_why(target, name),
    )


def _why(target: Target, name: str) -> str:
    subnet = target.standing.subnets.get(f"public-{name[-1]}")
    for nat in target.standing.spare_nats:
        if subnet and nat.subnet_id == subnet.id:
            if nat.state == "failed":
                return f"missing: {nat.id} failed ({nat.failure})"
            return f"missing: {nat.id} has lost its Elastic IP address"
    return "missing"


def _holders(target: Target, name: str) -> list[Wait]:
    """The wait for a NAT gateway that AWS is still deleting, and that holds the address we want to use again."""
    address = target.standing.addresses.get(name)
    return [
        nat_deleted(target.spec, nat) for nat in target.standing.leaving if address and nat.allocation_id == address.id
    ]


def _available(target: Target, name: str) -> Wait:
    return Wait(
        kind=NAT_AVAILABLE,
        name=name,
        what=f"NAT gateway {name} to be available",
        timeout=target.spec.wait_timeout,
        needs=frozenset({f"nat_gateway/{name}"}),
        data=f"nat_gateway/{name}",
    )
