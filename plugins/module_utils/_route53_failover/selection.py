# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Selects the regions that are in the chain after this run, with the reasons against others. Pure."""

from __future__ import annotations

import dataclasses
import itertools
import typing as t

from .._failover_chain import chain, health_checks
from .._route53.records import AliasTarget
from .snapshot import Snapshot
from .spec import Spec

# Record types that lead clients to an address. Beside the chain's records, they would bypass the chain.
ADDRESS_TYPES: t.Final = frozenset({"A", "AAAA", "CNAME", "HTTPS"})


@dataclasses.dataclass(frozen=True, kw_only=True)
class Selection:
    """The selected regions.

    :param members: the chain, first to serve first.
    :param not_ready: listed region → why it is not added to DNS, or not updated there.
    :param unlisted: regions of the stack that are not listed, in DNS or only with health checks.
    """

    members: tuple[chain.Member, ...]
    not_ready: t.Mapping[str, str]
    unlisted: tuple[str, ...]

    @property
    def regions(self) -> tuple[str, ...]:
        """The names of the regions in the chain."""
        return tuple(member.region for member in self.members)


def select(spec: Spec, snapshot: Snapshot) -> Selection:
    """The chain: listed regions that are in DNS or ready for it, and unlisted ones that are in DNS.

    For ``absent``: those in DNS without the listed regions; none if no region is listed.
    """
    if spec.absent:
        return _remaining(spec, snapshot)
    in_dns = {m.region: m for m in chain.members_of(spec.owner, spec.record_name, snapshot.records)}
    balancers: dict[str, AliasTarget] = {region: member.balancer for region, member in in_dns.items()}
    not_ready = {name: found.problem for name, found in snapshot.readiness.items() if found.problem}
    for name in spec.names:
        found = snapshot.readiness[name]
        if found.balancer is not None and not (found.problem and name not in in_dns):
            balancers[name] = found.balancer
    listed = [name for name in spec.names if name in balancers]
    order = chain.merge(listed, tuple(in_dns))
    members = tuple(_member(spec, snapshot, region, balancers[region]) for region in order)
    unread = {region: reason for region, reason in snapshot.unread.items() if region in order}
    with_checks = sorted({check.region for check in snapshot.checks} - set(order))
    unlisted = tuple(region for region in (*order, *with_checks) if region not in spec.names)
    return Selection(members=members, not_ready={**unread, **not_ready}, unlisted=unlisted)


def _remaining(spec: Spec, snapshot: Snapshot) -> Selection:
    in_dns = chain.members_of(spec.owner, spec.record_name, snapshot.records)
    members = tuple(member for member in in_dns if not is_removed(spec, member.region))
    return Selection(members=members, not_ready=snapshot.unread, unlisted=())


def begins(spec: Spec, snapshot: Snapshot) -> bool:
    """Whether the failover name has no address records yet.

    Then records need not wait for endpoint checks, which start disabled and count as healthy (Route 53 API,
    HealthCheckConfig). They are enabled once all name servers know the names that they resolve. If users are already
    served, a region is probed before it joins.
    """
    return not any(item.name == spec.record_name and item.type in ADDRESS_TYPES for item in snapshot.records)


def switch_pairs(snapshot: Snapshot, regions: t.Sequence[str]) -> tuple[tuple[str, str], ...]:
    """(evicted region, seat) of every wanted switch: each region can be evicted by each other one.

    Without an answer about a seat's alarms no switch is made there; existing ones stay.
    """
    return tuple(
        (evicted, seat)
        for evicted, seat in itertools.permutations(regions, 2)
        if seat in snapshot.alarms or health_checks.address(evicted, health_checks.switch(seat)) in snapshot.kept
    )


def is_removed(spec: Spec, region: str, other: str | None = None) -> bool:
    """For ``absent``: whether a resource of ``region``, in the region ``other``, is removed with either of them."""
    return not spec.regions or region in spec.names or other in spec.names


def _member(spec: Spec, snapshot: Snapshot, region: str, balancer: AliasTarget) -> chain.Member:
    address = health_checks.address(region, health_checks.CALCULATED)
    alias = dataclasses.replace(balancer, evaluate_target_health=spec.evaluate)
    return chain.Member(region=region, balancer=alias, health_check_id=snapshot.check_id(spec, address))
