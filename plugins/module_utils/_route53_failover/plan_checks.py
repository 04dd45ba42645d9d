# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan of the health checks: per region an endpoint, a switch for each other region, and the sum of them."""

from __future__ import annotations

import dataclasses
import typing as t

from .._aws.owner import Owner
from .._engine.compare import update
from .._engine.plan import Action, Change
from .._failover_chain import health_checks, record_names
from .._failover_chain.health_checks import Check
from . import configs
from .alarms import alarm_address
from .selection import check_id, switch_pairs
from .snapshot import Snapshot
from .spec import Spec

# The steps others wait for; see plan_records.
REGIONAL: t.Final = "record_sets/regional"
FAILOVER: t.Final = "record_sets/failover"
INSYNC: t.Final = "record_change/insync"


@dataclasses.dataclass(frozen=True, kw_only=True)
class CheckData:
    """What apply needs for a health check.

    :param placeholders: of ids inside ``config`` → the address that gives the id once it is known.
    :param tags: those to set.
    """

    owner: Owner
    region: str
    role: str
    config: t.Mapping[str, t.Any]
    tags: t.Mapping[str, str]
    placeholders: t.Mapping[str, str] = dataclasses.field(default_factory=dict)
    check_id: str = ""
    same_config: bool = False


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Wanted:
    region: str
    role: str
    config: t.Mapping[str, t.Any]
    needs: frozenset[str]
    placeholders: t.Mapping[str, str] = dataclasses.field(default_factory=dict)

    @property
    def address(self) -> str:
        return health_checks.address(self.region, self.role)


def check_changes(spec: Spec, snapshot: Snapshot, regions: t.Sequence[str]) -> tuple[Change, ...]:
    """The changes that give every region in the chain its checks, and take away what they replace."""
    pairs = switch_pairs(snapshot, regions)
    wanted = [_endpoint(spec, region) for region in regions]
    wanted += [_switch(spec, evicted, seat) for evicted, seat in pairs]
    wanted += [_calculated(spec, snapshot, region, pairs) for region in regions]
    changes = (_converge(spec, snapshot, item) for item in wanted)
    surplus = _delete_surplus(snapshot, {item.address for item in wanted})
    return (*(change for change in changes if change), *surplus)


def _endpoint(spec: Spec, region: str) -> _Wanted:
    # The name exists before it is probed: a checker's resolver would remember for minutes that it does not.
    return _Wanted(
        region=region,
        role=health_checks.ENDPOINT,
        config=configs.endpoint(spec.endpoint, record_names.regional_name(region, spec.record_name)),
        needs=frozenset({REGIONAL}),
    )


def _switch(spec: Spec, evicted: str, seat: str) -> _Wanted:
    return _Wanted(
        region=evicted,
        role=health_checks.switch(seat),
        config=configs.switch(spec.owner, evicted, seat),
        needs=frozenset({alarm_address(evicted, seat)}),
    )


def _calculated(spec: Spec, snapshot: Snapshot, region: str, pairs: t.Sequence[tuple[str, str]]) -> _Wanted:
    roles = [health_checks.ENDPOINT, *(health_checks.switch(seat) for evicted, seat in pairs if evicted == region)]
    addresses = {check_id(spec, snapshot.kept, address): address for address in _addresses(region, roles)}
    return _Wanted(
        region=region,
        role=health_checks.CALCULATED,
        config=configs.calculated(addresses),
        needs=frozenset(addresses.values()),
        placeholders={known: address for known, address in addresses.items() if address not in snapshot.kept},
    )


def _addresses(region: str, roles: t.Iterable[str]) -> t.Iterator[str]:
    return (health_checks.address(region, role) for role in roles)


def _converge(spec: Spec, snapshot: Snapshot, wanted: _Wanted) -> Change | None:
    tags = spec.owner.tags(wanted.address)
    kept = snapshot.kept.get(wanted.address)
    data = CheckData(
        owner=spec.owner,
        region=wanted.region,
        role=wanted.role,
        config=wanted.config,
        tags=tags,
        placeholders=wanted.placeholders,
    )
    if kept is None:
        return _create(snapshot, wanted, data)
    drift = spec.owner.tag_drift(kept.tags, wanted.address)
    data = dataclasses.replace(
        data,
        check_id=kept.id,
        tags=drift,
        same_config=all(kept.config.get(key) == value for key, value in wanted.config.items()),
    )
    return update(
        "health_check",
        wanted.address.partition("/")[2],
        {**kept.config, "Tags": {key: kept.tags.get(key) for key in tags}},
        {**wanted.config, "Tags": tags},
        needs=wanted.needs,
        data=data,
    )


def _create(snapshot: Snapshot, wanted: _Wanted, data: CheckData) -> Change:
    replaced = [check for check in snapshot.surplus if check.address == wanted.address]
    keys = [key for key in configs.IMMUTABLE if replaced and replaced[0].config.get(key) != wanted.config.get(key)]
    reason = f"replaces one that differs in {', '.join(keys)}, which cannot be changed" if keys else "missing"
    return Change(
        kind="health_check",
        name=wanted.address.partition("/")[2],
        action=Action.CREATE,
        reason=reason,
        after={**configs.for_create(wanted.config), "Tags": dict(data.tags)},
        needs=wanted.needs,
        data=data,
    )


def _delete_surplus(snapshot: Snapshot, wanted: t.Collection[str]) -> t.Iterator[Change]:
    """Away with what is replaced or double, once nothing refers to it any more."""
    for check in snapshot.surplus:
        if check.address in wanted:
            calculated = health_checks.address(check.region, health_checks.CALCULATED)
            parents = {snapshot.address_of(other) for other in snapshot.surplus if check.id in other.children}
            needs = {FAILOVER, INSYNC} if check.role == health_checks.CALCULATED else {calculated, *parents}
            yield delete_check(check, snapshot.address_of(check), "replaced or double", needs)


def delete_check(check: Check, address: str, reason: str, needs: t.Iterable[str]) -> Change:
    """The change that deletes a health check."""
    return Change(
        kind="health_check",
        name=address.partition("/")[2],
        action=Action.DELETE,
        reason=reason,
        before={"Id": check.id, **check.config},
        needs=frozenset(needs),
        data=check,
    )
