# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reads for the status, in parallel with those of the plan. Their errors do not fail the run."""

from __future__ import annotations

import dataclasses
import datetime
import functools
import typing as t

from .._engine.context import Context, Unread
from .._engine.gather import of_prefix
from .._engine.unread import GLOBAL, guarded
from .._failover_chain import chain, health_checks, status_calls
from .._failover_chain.dns_calls import ask_zone, resolve
from .._failover_chain.health_checks import Check
from .._failover_chain.load_balancer_calls import read_targets
from .._failover_chain.request import request
from .._failover_chain.status import Dns, Status
from .._failover_chain.status_details import name_servers_of
from .._route53 import health
from .._route53.names import readable
from .._route53.records import RecordSet
from .snapshot import Alarm, Snapshot
from .spec import Spec

Found: t.TypeAlias = tuple[Alarm, ...] | Unread
_TARGETS: t.Final = "targets "
_CHECK: t.Final = "check "


@dataclasses.dataclass(frozen=True, kw_only=True)
class World:
    """The first round of reads: global resources, and the alarms of listed regions. Without tags."""

    zone_id: str | None
    records: tuple[RecordSet, ...]
    checks: tuple[Check, ...]
    alarms: t.Mapping[str, Found]


def target_readers(ctx: Context, spec: Spec, regions: t.Iterable[str]) -> dict[str, t.Callable[[], t.Any]]:
    """The readers of the targets in these regions."""
    if not spec.status:
        return {}
    return {
        f"{_TARGETS}{name}": functools.partial(read_targets, ctx, name, spec.owner, spec.services) for name in regions
    }


def switch_readers(ctx: Context, spec: Spec, world: World) -> dict[str, t.Callable[[], t.Any]]:
    """The readers of the status of switches that were ever set."""
    if spec.absent:
        return {}
    checks = [check for check in _checks(spec, world) if health_checks.seat_of(check.role)]
    readers = status_calls.readers(ctx, None, spec.record_name, checks, _states(world))
    return {name: functools.partial(guarded, ctx, GLOBAL, reader) for name, reader in readers.items()}


def pulled(world: World, found: t.Mapping[str, t.Any]) -> frozenset[tuple[str, str]]:
    """(evicted region, seat) of the switches that evict, from the results of switch_readers."""
    observations = {name: seen for name, seen in of_prefix(found, _CHECK).items() if not isinstance(seen, Unread)}
    return frozenset(
        (check.region, seat)
        for check in world.checks
        if (seat := health_checks.seat_of(check.role)) and health.is_healthy(observations.get(check.id, ())) is False
    )


def status_readers(ctx: Context, spec: Spec, world: World) -> dict[str, t.Callable[[], t.Any]]:
    """The readers of Route 53's status, and of the targets in regions that are in DNS and not listed."""
    if not spec.status:
        return {}
    members = chain.members_of(spec.owner, spec.record_name, world.records)
    ask = functools.partial(ask_zone, spec.zone, spec.record_name, world.records, spec.over_https)
    readers = status_calls.readers(
        ctx,
        world.zone_id,
        spec.record_name,
        _checks(spec, world),
        _states(world),
        ask if spec.request and members else None,
    )
    others = (member.region for member in members if member.region not in spec.names)
    return {
        **{name: functools.partial(guarded, ctx, GLOBAL, reader) for name, reader in readers.items()},
        **({"dns": functools.partial(_resolve, spec)} if spec.dns else {}),
        **target_readers(ctx, spec, others),
    }


def _resolve(spec: Spec) -> Dns:
    return resolve(spec.zone, spec.record_name, spec.names, spec.start, spec.over_https)


def status_of(spec: Spec, world: World, found: t.Mapping[str, t.Any]) -> Status | None:
    """The status, with the targets in ``found``. None if it was not requested, or could not be read."""
    observations, answer = of_prefix(found, _CHECK), found.get("answer")
    if not spec.status or any(isinstance(item, Unread) for item in (*observations.values(), answer)):
        return None
    members, checks = chain.members_of(spec.owner, spec.record_name, world.records), _checks(spec, world)
    record = readable(spec.record_name)
    return Status(
        record=record,
        zone=readable(spec.zone),
        zone_id=world.zone_id,
        members=members,
        regions=tuple(dict.fromkeys([*(member.region for member in members), *spec.names])),
        checks=tuple(checks),
        observations=observations,
        targets=of_prefix(found, _TARGETS),
        alarms={},
        answer=answer,
        request=request(record, checks, answer) if spec.request else None,
        now=datetime.datetime.now(datetime.UTC),
        dns=found.get("dns"),
        zone_name_servers=name_servers_of(spec.zone, world.records),
    )


def with_targets(snapshot: Snapshot, found: t.Mapping[str, t.Any]) -> Snapshot:
    """Add these targets to the snapshot's status."""
    if snapshot.status is None:
        return snapshot
    targets = {**snapshot.status.targets, **of_prefix(found, _TARGETS)}
    return dataclasses.replace(snapshot, status=dataclasses.replace(snapshot.status, targets=targets))


def _checks(spec: Spec, world: World) -> list[Check]:
    """The checks in use of the regions in DNS and of the listed ones."""
    members = chain.members_of(spec.owner, spec.record_name, world.records)
    return status_calls.checks_of(world.checks, members, spec.names)


def _states(world: World) -> dict[str, t.Any]:
    """The alarms' states by region, where they could be read."""
    return {name: [a.state for a in found] for name, found in world.alarms.items() if not isinstance(found, Unread)}
