# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reads of failover_info."""

from __future__ import annotations

import dataclasses
import datetime
import functools
import typing as t

from .._aws.stack_names import load_balancer
from .._engine.context import Context, Unread
from .._engine.gather import gather, of_prefix
from .._engine.unread import GLOBAL, account_problem, guarded
from .._failover_chain import chain, health_checks, status_calls
from .._failover_chain.dns_calls import ask_zone, resolve
from .._failover_chain.health_check_calls import read_last_failure, read_own_checks
from .._failover_chain.health_checks import Check
from .._failover_chain.held_calls import with_held
from .._failover_chain.limit_calls import with_quotas
from .._failover_chain.load_balancer_calls import read_expiry, read_targets
from .._failover_chain.request import request
from .._failover_chain.status import Dns, Status
from .._failover_chain.status_details import name_servers_of
from .._failover_chain.switch_calls import read_alarm_states
from .._failover_chain.task_calls import read_tasks
from .._probe.answers import Answer
from .._route53.names import readable
from .._route53.records import RecordSet
from .._route53.zones import read_zone
from .spec import Spec

# The readers of the second round that call Route 53, by the first word of their names
_OF_ROUTE53: t.Final = frozenset({"check", "answer", "failure"})


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Global:
    """The first round of reads: Route 53's API, DNS, and the alarms of the listed regions."""

    zone_id: str | None = None
    records: tuple[RecordSet, ...] = ()
    checks: tuple[Check, ...] = ()
    dns: Dns | None = None
    alarms: t.Mapping[str, t.Any] = dataclasses.field(default_factory=dict)
    problem: str = ""
    account_problem: str = ""


def observe(ctx: Context, spec: Spec) -> Status:
    """Read everything that is to be reported. Raises FailoverError."""
    # A region that is down must not delay the others.
    ctx = ctx.with_short_timeouts() if spec.best_effort else ctx
    readers: dict[str, t.Callable[[], t.Any]] = {"chain": functools.partial(_observe_chain, ctx, spec)}
    readers |= {
        region: functools.partial(read_targets, ctx, region, spec.owner, spec.services) for region in spec.regions
    }
    found = gather(readers)
    status: Status = found.pop("chain")
    status = dataclasses.replace(status, targets={**found, **status.targets})
    return with_quotas(ctx, with_held(ctx, spec.owner, status))


def _observe_chain(ctx: Context, spec: Spec) -> Status:
    """Read everything but the targets in the listed regions."""
    world = _read_global(ctx, spec)
    members = chain.members_of(spec.owner, spec.record_name, world.records)
    checks = status_calls.checks_of(world.checks, members, spec.regions)
    regions = tuple(dict.fromkeys([*(member.region for member in members), *spec.regions]))
    readers = _readers(ctx, spec, world, checks, regions)
    if spec.best_effort:
        readers |= {
            name: functools.partial(guarded, ctx, GLOBAL, reader)
            for name, reader in readers.items()
            if name.partition(" ")[0] in _OF_ROUTE53
        }
    results = gather(readers)
    found = {name: item for name, item in results.items() if not isinstance(item, Unread)}
    record, answer = readable(spec.record_name), found.get("answer")
    return Status(
        record=record,
        members=members,
        regions=regions,
        checks=tuple(checks),
        observations=of_prefix(found, "check "),
        unseen=frozenset(of_prefix(results, "check ").keys() - of_prefix(found, "check ")),
        targets=of_prefix(found, "targets "),
        alarms={**world.alarms, **of_prefix(found, "alarms ")} if "alarms" in spec.more else {},
        answer=answer,
        request=request(record, checks, answer) if "request" in spec.more else None,
        now=datetime.datetime.now(datetime.UTC),
        tasks=of_prefix(found, "tasks "),
        certificates=of_prefix(found, "certificate "),
        failures=of_prefix(found, "failure ") if "observations" in spec.more else None,
        dns=_of_unlisted(spec, world.dns, regions),
        zone=readable(spec.zone),
        zone_id=world.zone_id,
        zone_name_servers=name_servers_of(spec.zone, world.records),
        account_problem=world.account_problem,
        problem=world.problem,
    )


def _of_unlisted(spec: Spec, dns: Dns | None, regions: t.Sequence[str]) -> Dns | None:
    """The DNS answer. If it is of no listed region, it may be of one that is in DNS all the same."""
    if dns is None or dns.region or not dns.answer.addresses or not {*regions} - {*spec.regions}:
        return dns
    return resolve(spec.zone, spec.record_name, regions, spec.start, spec.over_https)


def _read_global(ctx: Context, spec: Spec) -> _Global:
    readers: dict[str, t.Callable[[], t.Any]] = {
        "zone": lambda: read_zone(ctx, spec.owner, spec.zone, spec.zone_id),
        "checks": lambda: read_own_checks(ctx, spec.owner),
    }
    if spec.best_effort:
        readers = {name: functools.partial(guarded, ctx, GLOBAL, reader) for name, reader in readers.items()}
    if "dns" in spec.more:
        readers["dns"] = functools.partial(
            resolve, spec.zone, spec.record_name, spec.regions, spec.start, spec.over_https
        )
    for region in spec.regions:
        # They show which switches, one for each pair of regions, were ever set.
        readers[f"alarms {region}"] = functools.partial(_alarms, ctx, spec, region)
    if spec.account_id:
        readers["account"] = functools.partial(account_problem, ctx, spec.account_id, ctx.region)
    found = gather(readers)
    rest = _Global(
        dns=found.get("dns"),
        alarms={region: found[f"alarms {region}"] for region in spec.regions},
        account_problem=found.get("account") or "",
    )
    unread = next((item for item in found.values() if isinstance(item, Unread)), None)
    if unread is not None:
        return dataclasses.replace(rest, problem=unread.reason)
    zone_id, records = found["zone"]
    return dataclasses.replace(rest, zone_id=zone_id, records=records, checks=found["checks"])


def _readers(
    ctx: Context, spec: Spec, found: _Global, checks: t.Sequence[Check], regions: t.Sequence[str]
) -> dict[str, t.Callable[[], t.Any]]:
    client = ctx.client("route53")
    readers = status_calls.readers(ctx, found.zone_id, spec.record_name, checks, found.alarms, _ask(spec, found))
    for check in checks:
        if check.role == health_checks.ENDPOINT and "observations" in spec.more:
            readers[f"failure {check.id}"] = functools.partial(read_last_failure, client, check.id)
    for region in regions:
        if region not in spec.regions:
            readers[f"targets {region}"] = functools.partial(read_targets, ctx, region, spec.owner, spec.services)
        if "alarms" in spec.more and region not in found.alarms:
            readers[f"alarms {region}"] = functools.partial(_alarms, ctx, spec, region)
        if "tasks" in spec.more:
            readers[f"tasks {region}"] = functools.partial(
                read_tasks, ctx, region, spec.owner, spec.services, images=True
            )
        if "certificates" in spec.more:
            readers[f"certificate {region}"] = functools.partial(_certificate, ctx, spec, region)
    return readers


def _ask(spec: Spec, found: _Global) -> t.Callable[[], Answer] | None:
    """How to find the address for a request: the DNS answer, or the zone's own name servers. None without a request."""
    if "request" not in spec.more or not found.records:
        return None
    answer = found.dns.answer if found.dns else Answer()
    if answer.addresses:
        return lambda: answer
    return functools.partial(ask_zone, spec.zone, spec.record_name, found.records, spec.over_https)


def _alarms(ctx: Context, spec: Spec, region: str) -> t.Any:
    found = guarded(ctx, region, lambda: read_alarm_states(ctx, region, spec.owner))
    return {"error": found.reason} if isinstance(found, Unread) else found


def _certificate(ctx: Context, spec: Spec, region: str) -> t.Any:
    """When the first certificate expires; None without one, or if it could not be read."""
    found = guarded(ctx, region, lambda: read_expiry(ctx, region, load_balancer(spec.owner)))
    return None if isinstance(found, Unread) else found
