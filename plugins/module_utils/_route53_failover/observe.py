# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reads of the layer: global resources and all regions in parallel, then what depends on them."""

from __future__ import annotations

import dataclasses
import functools
import typing as t

from .._aws.stack_names import load_balancer, switch_role
from .._engine.context import Context, Unread
from .._engine.errors import SpecError
from .._engine.gather import gather, of_prefix
from .._engine.unknown import unknown
from .._engine.unread import GLOBAL, guarded
from .._failover_chain import chain, health_checks, record_names
from .._failover_chain.health_check_calls import read_own_checks, read_status
from .._failover_chain.health_checks import Check
from .._failover_chain.held_calls import with_held
from .._failover_chain.load_balancer_calls import (
    alias_of,
    read_alternates,
    read_balancer,
    read_service_targets,
    read_tags,
)
from .._failover_chain.schedule_calls import read_schedule
from .._failover_chain.status import Status
from .._resources.role_calls import find_role
from .._route53 import health
from .._route53.names import readable
from .._route53.protections import read_protections
from .._route53.records import AliasTarget, RecordSet
from .._route53.zones import read_zone
from .observe_status import (
    Found,
    World,
    pulled,
    status_of,
    status_readers,
    switch_readers,
    target_readers,
    with_targets,
)
from .resources.health_check import choose
from .resources.health_check_calls import read_tags as read_check_tags
from .resources.switch_alarm import attached_by_others
from .resources.switch_alarm_calls import find_alarms, with_tags
from .snapshot import Readiness, Snapshot
from .spec import Spec


def observe(ctx: Context, spec: Spec) -> Snapshot:
    """Read what the plan needs. Raises SpecError if the zone is missing, AwsError if Route 53 can't be read."""
    # In parallel with the chain, the two calls for the role take no extra time.
    found = gather(
        {
            "chain": lambda: _observe_chain(ctx, spec),
            "role": lambda: find_role(ctx, switch_role(spec.owner)),
            **target_readers(ctx, spec, spec.names),
        }
    )
    snapshot: Snapshot = dataclasses.replace(found.pop("chain"), switch_role=found.pop("role"))
    for sentence in () if spec.absent else attached_by_others(snapshot):
        ctx.warn(f"{sentence} They are left alone.")
    snapshot = with_targets(snapshot, found)
    if snapshot.status is None:
        return snapshot
    return dataclasses.replace(snapshot, status=with_held(ctx, spec.owner, snapshot.status))


def look(ctx: Context, spec: Spec) -> Status | None:
    """Read only the status. None if Route 53's API could not be read. Raises AwsError."""
    first = gather(_world_readers(ctx, spec))
    world = _world(first)
    found = gather({**status_readers(ctx, spec, world), **target_readers(ctx, spec, spec.names)})
    status = status_of(spec, world, found)
    return with_held(ctx, spec.owner, status) if status else None


def _world_readers(ctx: Context, spec: Spec) -> dict[str, t.Callable[[], t.Any]]:
    return {
        "zone": lambda: _zone(ctx, spec),
        "checks": lambda: read_own_checks(ctx, spec.owner),
        **{f"alarms {name}": functools.partial(_alarms, ctx, spec, name) for name in spec.names},
    }


def _world(found: t.Mapping[str, t.Any]) -> World:
    zone_id, records = found["zone"]
    return World(zone_id=zone_id, records=records, checks=found["checks"], alarms=of_prefix(found, "alarms "))


def _observe_chain(ctx: Context, spec: Spec) -> Snapshot:
    """Read everything but the role and the targets in the listed regions."""
    readers = _world_readers(ctx, spec)
    for name in spec.names:
        readers[f"schedule {name}"] = _reader(ctx, name, read_schedule, spec.owner)
        if not spec.absent:
            readers[f"balancer {name}"] = _reader(ctx, name, read_balancer, load_balancer(spec.owner))
    first = gather(readers)
    world = _world(first)
    zone_id, records = world.zone_id, world.records
    balancers = of_prefix(first, "balancer ")
    readers = {**switch_readers(ctx, spec, world), **status_readers(ctx, spec, world)}
    second = gather({**_second_readers(ctx, spec, world, balancers), **readers})
    checks = tuple(dataclasses.replace(check, tags=second["tags"].get(check.id, {})) for check in world.checks)
    kept, surplus = choose(spec, checks, records)
    alarms, protections = of_prefix(second, "alarms "), second.get("protections", ())
    alternates = of_prefix(second, "alternates ")
    schedules = {**of_prefix(first, "schedule "), **of_prefix(second, "schedule ")}
    return Snapshot(
        zone_id=zone_id,
        records=records,
        kept=kept,
        surplus=surplus,
        readiness=of_prefix(second, "lookup "),
        alarms={region: found for region, found in alarms.items() if not isinstance(found, Unread)},
        unread={
            region: found.reason for region, found in (*schedules.items(), *alarms.items()) if isinstance(found, Unread)
        },
        schedules={region: found for region, found in schedules.items() if not isinstance(found, Unread)},
        pulled=pulled(world, second),
        latched=second["latched"],
        alternates={name: found for name, found in alternates.items() if found and not isinstance(found, Unread)},
        protections=() if isinstance(protections, Unread) else protections,
        status=status_of(spec, world, second),
    )


def _zone(ctx: Context, spec: Spec) -> tuple[str | None, tuple[RecordSet, ...]]:
    """(id of the zone, its records). In check mode a placeholder and no records while the zone does not exist."""
    zone_id, records = read_zone(ctx, spec.owner, spec.zone, spec.zone_id)
    if zone_id is not None or spec.absent:
        return zone_id, records
    if not ctx.check_mode:
        raise SpecError(
            "zone",
            f"there is no public zone {readable(spec.zone)} {spec.zone_id or ''} in this account.",
            "Run route53_zone first, or correct zone and zone_id.",
        )
    return unknown(spec.scope, "hosted_zone/main"), ()


def _second_readers(
    ctx: Context, spec: Spec, world: World, balancers: t.Mapping[str, t.Any]
) -> dict[str, t.Callable[[], t.Any]]:
    in_dns = {m.region: m for m in chain.members_of(spec.owner, spec.record_name, world.records)}
    more = _other_regions(spec, in_dns, world.checks) - set(spec.names)
    readers: dict[str, t.Callable[[], t.Any]] = {
        "tags": lambda: read_check_tags(ctx, () if spec.absent else world.checks),
        "latched": lambda: _latched_switches(ctx, spec, world.checks),
    }
    if spec.absent and world.zone_id:
        look = functools.partial(read_protections, ctx.client("route53"), world.zone_id)
        # Read only for an early error: Route 53 itself refuses what they forbid.
        readers["protections"] = functools.partial(guarded, ctx, GLOBAL, look)
    for name in (*world.alarms, *sorted(more)):
        readers[f"alarms {name}"] = functools.partial(_tagged_alarms, ctx, spec, name, world.alarms.get(name))
    for name in sorted(more):
        readers[f"schedule {name}"] = _reader(ctx, name, read_schedule, spec.owner)
    for name, balancer in balancers.items():
        member = in_dns.get(name)
        readers[f"lookup {name}"] = functools.partial(_lookup, ctx, spec, name, balancer, member)
    for name, member in in_dns.items():
        if spec.evaluate and not (spec.absent or member.balancer.evaluate_target_health):
            readers[f"alternates {name}"] = _reader(ctx, name, read_alternates, spec.owner, spec.services)
    return readers


def _other_regions(spec: Spec, in_dns: t.Collection[str], checks: t.Sequence[Check]) -> set[str]:
    """Regions that may have alarms although they are not listed."""
    if not spec.absent:
        return set(in_dns)
    seats = {seat for check in checks if (seat := health_checks.seat_of(check.role))}
    return {*in_dns, *seats, *(check.region for check in checks)}


def _reader(ctx: Context, region: str, read: t.Callable[..., t.Any], *arguments: t.Any) -> t.Callable[[], t.Any]:
    """A guarded reader of a region."""
    return functools.partial(guarded, ctx, region, functools.partial(read, ctx, region, *arguments))


def _alarms(ctx: Context, spec: Spec, region: str) -> Found:
    return guarded(ctx, region, lambda: find_alarms(ctx, spec, region))


def _tagged_alarms(ctx: Context, spec: Spec, region: str, found: Found | None) -> Found:
    alarms = _alarms(ctx, spec, region) if found is None else found
    return alarms if isinstance(alarms, Unread) else guarded(ctx, region, lambda: with_tags(ctx, spec, region, alarms))


def _lookup(ctx: Context, spec: Spec, region: str, balancer: t.Any, member: chain.Member | None) -> Readiness:
    """Whether a listed region is ready. A load balancer is the stack's if the stack's record points at it."""
    if isinstance(balancer, Unread):
        return Readiness(balancer=None, problem=balancer.reason)
    if balancer is None:
        return _missing(ctx, spec, region)
    alias = alias_of(balancer)
    if member and record_names.plain_dns_name(member.balancer) == record_names.plain_dns_name(alias):
        return Readiness(balancer=alias)
    found = guarded(ctx, region, lambda: _inspect(ctx, spec, region, balancer, member is None))
    return Readiness(balancer=None, problem=found.reason) if isinstance(found, Unread) else found


def _missing(ctx: Context, spec: Spec, region: str) -> Readiness:
    if not ctx.check_mode:
        return Readiness(balancer=None, problem=f"there is no load balancer {load_balancer(spec.owner)} in {region}")
    address = "load_balancer/main"
    placeholder = AliasTarget(
        dns_name=unknown(region, address, "dns_name"),
        zone_id=unknown(region, address, "canonical_hosted_zone_id"),
        evaluate_target_health=True,
    )
    return Readiness(balancer=placeholder)


def _inspect(ctx: Context, spec: Spec, region: str, balancer: t.Mapping[str, t.Any], is_new: bool) -> Readiness:
    """The load balancer of a region that is new to DNS, or a new one of a region that is in DNS.

    The latter need not be healthy, because the one in DNS no longer exists.
    """
    arn = balancer["LoadBalancerArn"]
    if not spec.owner.stack_owns(read_tags(ctx, region, arn)):
        problem = f"the load balancer {load_balancer(spec.owner)} in {region} is not this stack's"
        return Readiness(balancer=None, problem=f"{problem}; delete it, or use another stack name")
    problem = read_service_targets(ctx, region, spec.owner, spec.services).unready() if is_new else ""
    return Readiness(balancer=alias_of(balancer), problem=problem)


def _latched_switches(ctx: Context, spec: Spec, checks: t.Sequence[Check]) -> tuple[tuple[str, str], ...]:
    """The switches in removed regions that evict a region that stays."""
    if not spec.absent or not spec.regions:
        return ()
    going = {
        (check.region, seat): check.id
        for check in checks
        if (seat := health_checks.seat_of(check.role)) in spec.names and check.region not in spec.names
    }
    return tuple(
        (evicted, str(seat))
        for (evicted, seat), check_id in sorted(going.items(), key=str)
        if health.is_healthy(read_status(ctx, check_id)) is False
    )
