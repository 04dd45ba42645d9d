# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reads before and during a switch: all in parallel, and a region that is down does not delay others."""

from __future__ import annotations

import dataclasses
import functools
import typing as t

from .._aws.stack_names import switch_alarm_prefix, switch_namespace
from .._engine.context import Context, Unread
from .._engine.gather import gather, of_prefix
from .._engine.unread import GLOBAL, account_problem, guarded
from .._failover_chain import chain, health_checks
from .._failover_chain.health_check_calls import read_own_checks, read_status
from .._failover_chain.health_checks import Check, in_use
from .._failover_chain.load_balancer_calls import read_targets
from .._failover_chain.schedule_calls import read_schedule
from .._failover_chain.schedules import Schedule
from .._failover_chain.switch_calls import read_newest
from .._failover_chain.task_calls import read_tasks
from .._resources.metric_alarm_calls import describe_alarms
from .._route53 import health
from .._route53.zones import read_zone
from .capacity_calls import read_counts
from .snapshot import Route53, Seat, Snapshot
from .spec import Spec


def observe(ctx: Context, spec: Spec) -> Snapshot:
    """Read everything except DNS. Raises SpecError if the credentials belong to another account."""
    readers: dict[str, t.Callable[[], t.Any]] = {"route53": lambda: read_route53(ctx, spec)}
    for region in spec.regions:
        readers[f"seat {region}"] = functools.partial(_read_seat, ctx, spec, region)
        schedule = functools.partial(read_schedule, ctx, region, spec.owner)
        readers[f"schedule {region}"] = functools.partial(guarded, ctx, region, schedule)
    if spec.target:
        readers["targets"] = functools.partial(read_targets, ctx, spec.target, spec.owner, spec.services)
        readers["tasks"] = functools.partial(read_tasks, ctx, spec.target, spec.owner, spec.services, images=False)
        if spec.share is not None:
            for region in spec.regions:
                readers[f"counts {region}"] = functools.partial(read_counts, ctx, region, spec.owner, spec.services)
    if spec.account_id:
        readers["account"] = functools.partial(account_problem, ctx, spec.account_id, spec.target or spec.regions[0])
    found = gather(readers)
    seats = {region: _with_schedule(found[f"seat {region}"], found[f"schedule {region}"]) for region in spec.regions}
    return Snapshot(
        route53=found["route53"],
        seats=seats,
        targets=found.get("targets"),
        tasks=found.get("tasks"),
        counts=of_prefix(found, "counts "),
        account_problem=found.get("account", ""),
    )


def read_route53(ctx: Context, spec: Spec) -> Route53:
    """The chain, and the status of every switch and endpoint check."""
    found = guarded(ctx, GLOBAL, lambda: _read_route53(ctx, spec))
    return Route53(problem=found.reason) if isinstance(found, Unread) else found


def _read_route53(ctx: Context, spec: Spec) -> Route53:
    first: dict[str, t.Any] = gather(
        {
            "zone": lambda: read_zone(ctx, spec.owner, spec.zone, spec.zone_id),
            "checks": lambda: read_own_checks(ctx, spec.owner),
        }
    )
    members = chain.members_of(spec.owner, spec.record_name, first["zone"][1])
    checks = [check for check in in_use(first["checks"], members).values() if check.role != health_checks.CALCULATED]
    healthy = gather({check.address: functools.partial(_read_health, ctx, check) for check in checks})
    return Route53(
        chain=tuple(member.region for member in members),
        switches={
            (seat, check.region): healthy[check.address]
            for check in checks
            if (seat := health_checks.seat_of(check.role))
        },
        endpoint={check.region: healthy[check.address] for check in checks if check.role == health_checks.ENDPOINT},
    )


def _read_health(ctx: Context, check: Check) -> bool | None:
    return health.is_healthy(read_status(ctx, check.id), check.config)


def _read_seat(ctx: Context, spec: Spec, region: str) -> Seat:
    found = guarded(ctx, region, lambda: _read_cloudwatch(ctx, spec, region))
    return Seat(problem=found.reason) if isinstance(found, Unread) else found


def _with_schedule(seat: Seat, found: Schedule | Unread | None) -> Seat:
    if isinstance(found, Unread):
        return dataclasses.replace(seat, schedule_problem=found.reason)
    return dataclasses.replace(seat, schedule=found)


def _read_cloudwatch(ctx: Context, spec: Spec, region: str) -> Seat:
    prefix, namespace = switch_alarm_prefix(spec.owner), switch_namespace(spec.owner)
    # An alarm of an earlier release has another namespace until site.yml corrects it.
    alarms = frozenset(
        alarm["AlarmName"].removeprefix(prefix)
        for alarm in describe_alarms(ctx, region, prefix)
        if alarm.get("Namespace") == namespace
    )
    others = [other for other in spec.regions if other != region]
    last = read_newest(ctx, region, spec.owner, others)
    return Seat(last={evicted: value for evicted, (_at, value) in last.items()}, alarms=alarms)
