# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""failover_info: who serves, and why. Reads only."""

from __future__ import annotations

import dataclasses
import datetime
import functools
import os
import typing as t

from .._aws.limits import REGION_NAME
from .._aws.owner import Owner, parse_owner
from .._aws.stack_names import load_balancer
from .._engine.context import Context
from .._engine.errors import SpecError
from .._engine.gather import gather
from .._engine.job import Job
from .._engine.readings import Early
from .._engine.unknown import is_unknown
from .._failover_chain import chain, health_checks, switches
from .._failover_chain.account import check_account
from .._failover_chain.health_check_calls import read_last_failure, read_own_checks, read_status
from .._failover_chain.health_checks import Check, most_used_first
from .._failover_chain.load_balancer_calls import read_expiry, read_service_targets
from .._failover_chain.services import parse_services
from .._failover_chain.switch_calls import read_alarm_states
from .._failover_chain.targets import Targets
from .._failover_chain.task_calls import read_tasks
from .._failover_chain.tasks import Tasks
from .._failover_chain.unread import Unread, guarded
from .._failover_chain.zone_calls import read_zone
from .._probe.network import Network
from .._probe.regions import Regions
from .._route53.caller_references import made_at
from .._route53.names import is_within, parse_name, readable
from .._route53.records import RecordSet
from .details import Dns, name_servers_of
from .options import OPTIONS, REQUIRED_IF
from .report import Findings, report

# Options that each ask for more
_MORE: t.Final = ("alarms", "tasks", "certificates", "observations", "dns")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Question:
    """What is asked.

    :param services: those that decide the failover.
    :param more: which of the options in _MORE are on.
    :param start: the zone where questions to DNS start.
    """

    owner: Owner
    zone: str
    zone_id: str | None
    record_name: str
    regions: tuple[str, ...]
    services: tuple[str, ...]
    more: frozenset[str]
    start: str
    best_effort: bool
    account_id: str | None

    @property
    def key(self) -> t.Hashable:
        """Equal for equal questions."""
        values = {**vars(self), "owner": self.owner.title}
        return (Question, *values.values())


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Global:
    """What Route 53's API says, and DNS."""

    zone_id: str | None = None
    records: tuple[RecordSet, ...] = ()
    checks: tuple[Check, ...] = ()
    dns: Dns | None = None
    alarms: t.Mapping[str, t.Any] = dataclasses.field(default_factory=dict)
    problem: str = ""
    account_problem: str = ""


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Found:
    """All that was read. ``details`` is by the names of _readers, ``checks`` are those in use."""

    world: _Global
    members: tuple[chain.Member, ...]
    checks: tuple[Check, ...]
    details: t.Mapping[str, t.Any]


def parse_question(params: t.Mapping[str, t.Any]) -> Question:
    """The question from the module's parameters. Raises SpecError."""
    zone = parse_name("zone", params["zone"])
    record_name = parse_name("record_name", params["record_name"] or zone)
    if not is_within(record_name, zone):
        raise SpecError("record_name", f"{params['record_name']!r} is not in the zone {params['zone']!r}.")
    parent = parse_name("parent_zone", params["parent_zone"] or zone)
    if not is_within(zone, parent):
        raise SpecError("parent_zone", f"{params['zone']!r} is not in {params['parent_zone']!r}.")
    for item in params["regions"]:
        if not REGION_NAME.fullmatch(item["name"]):
            raise SpecError("regions.name", f"{item['name']!r} is not the name of a region.")
    return Question(
        owner=parse_owner({**params, "tags": {}}),
        zone=zone,
        zone_id=params["zone_id"] or None,
        record_name=record_name,
        regions=tuple(item["name"] for item in params["regions"]),
        services=parse_services(params["services"]),
        more=frozenset(option for option in _MORE if params[option]),
        start=readable(parent),
        best_effort=params["best_effort"],
        account_id=params["account_id"] or None,
    )


def run(ctx: Context) -> dict[str, t.Any]:
    """The module's result. Raises FailoverError."""
    question = parse_question(ctx.params)
    found = ctx.read(question.key, lambda: _read(ctx, question))
    if found.world.account_problem:
        ctx.warn(found.world.account_problem)
    return {
        "changed": False,
        "record": readable(question.record_name),
        "zone": readable(question.zone),
        "zone_id": found.world.zone_id,
        **report(_findings(question, found)),
    }


def read_early(ctx: Context) -> None:
    """All of it: it still holds when its turn comes if nothing was changed until then."""
    question = parse_question(ctx.params)
    ctx.read(question.key, lambda: _read(ctx, question))


def _read(ctx: Context, question: Question) -> _Found:
    # What is gone must not hold up the rest.
    ctx = ctx.hurried() if question.best_effort else ctx
    world = _read_global(ctx, question)
    members = chain.members_of(question.owner, question.record_name, world.records)
    checks = _in_use(question, world.checks, members)
    regions = tuple(dict.fromkeys([*(member.region for member in members), *question.regions]))
    details = gather(_readers(ctx, question, world, checks, regions))
    return _Found(world=world, members=members, checks=checks, details=details)


def _findings(question: Question, found: _Found) -> Findings:
    world, details = found.world, found.details

    def named(prefix: str) -> dict[str, t.Any]:
        return {name.removeprefix(prefix): item for name, item in details.items() if name.startswith(prefix)}

    return Findings(
        record=readable(question.record_name),
        members=found.members,
        regions=tuple(named("targets ")),
        checks=found.checks,
        observations=named("check "),
        targets=named("targets "),
        alarms={**world.alarms, **named("alarms ")} if "alarms" in question.more else {},
        answer=details.get("answer"),
        now=datetime.datetime.now(datetime.UTC),
        tasks=named("tasks "),
        certificates=named("certificate "),
        failures=named("failure ") if "observations" in question.more else None,
        dns=world.dns,
        zone_name_servers=name_servers_of(question.zone, world.records),
        problem=world.problem,
    )


def _read_global(ctx: Context, question: Question) -> _Global:
    readers: dict[str, t.Callable[[], t.Any]] = {
        "zone": lambda: read_zone(ctx, question.owner, question.zone, question.zone_id),
        "checks": lambda: read_own_checks(ctx, question.owner),
    }
    if question.best_effort:
        readers = {name: functools.partial(guarded, "the global endpoint", reader) for name, reader in readers.items()}
    if "dns" in question.more:
        readers["dns"] = functools.partial(_ask_dns, question)
    for region in question.regions:
        # They tell which of the switches, one for each pair of regions, there is anything to ask of.
        readers[f"alarms {region}"] = functools.partial(_alarms, ctx, question, region)
    if question.account_id:
        readers["account"] = functools.partial(check_account, ctx, question.account_id, ctx.region)
    found = gather(readers)
    states = {name.removeprefix("alarms "): item for name, item in found.items() if name.startswith("alarms ")}
    rest = _Global(dns=found.get("dns"), alarms=states, account_problem=found.get("account") or "")
    unread = next((item for item in found.values() if isinstance(item, Unread)), None)
    if unread is not None:
        return dataclasses.replace(rest, problem=unread.reason)
    zone_id, records = found["zone"]
    return dataclasses.replace(rest, zone_id=zone_id, records=records, checks=found["checks"])


def _ask_dns(question: Question) -> Dns:
    # Here, since to import dnspython takes as long as several calls, and few runs ask DNS.
    from .._probe.resolver import Walker  # noqa: PLC0415

    walker = Walker(Network.from_environment(os.environ), question.start)
    record = readable(question.record_name)
    answer = walker.ask(record)
    return Dns(
        parent_zone=walker.zone if walker.zone != readable(question.zone) else None,
        delegation=walker.delegation(readable(question.zone)),
        answer=answer,
        region=Regions(walker, record, tuple(question.regions)).region_of(answer.addresses),
    )


def _in_use(question: Question, checks: t.Sequence[Check], members: t.Sequence[chain.Member]) -> tuple[Check, ...]:
    """One check an address: the one a record or a CALCULATED check refers to, else the oldest."""
    wanted = {member.region for member in members} | set(question.regions)
    kept: dict[str, Check] = {}
    for check in most_used_first(checks, {member.health_check_id for member in members if member.health_check_id}):
        if check.region in wanted:
            kept.setdefault(check.address, check)
    return tuple(kept[address] for address in sorted(kept))


def has_status(check: Check, states: t.Mapping[str, t.Any]) -> bool:
    """Whether Route 53 is to be asked for a check's status: it refuses CALCULATED ones, and a switch that was never set
    is as it was made, healthy.

    :param states: region → what read_alarm_states says, as far as it was asked; a region that did not answer has
        ``error``.
    """
    seat = health_checks.seat_of(check.role)
    if seat is None:
        return check.role != health_checks.CALCULATED
    known = states.get(seat)
    state = next((item for item in known if item["evicts"] == check.region), None) if isinstance(known, list) else None
    return state is None or not switches.is_unused(state, made_at(check.reference))


def _readers(
    ctx: Context, question: Question, found: _Global, checks: t.Sequence[Check], regions: t.Sequence[str]
) -> dict[str, t.Callable[[], t.Any]]:
    client, zone_id = ctx.client("route53"), found.zone_id
    readers: dict[str, t.Callable[[], t.Any]] = {}
    if zone_id and not is_unknown(zone_id):
        readers["answer"] = functools.partial(_answer, client, zone_id, question.record_name)
    for check in checks:
        if has_status(check, found.alarms):
            readers[f"check {check.id}"] = functools.partial(read_status, client, check.id)
        if check.role == health_checks.ENDPOINT and "observations" in question.more:
            readers[f"failure {check.id}"] = functools.partial(read_last_failure, client, check.id)
    for region in regions:
        readers[f"targets {region}"] = functools.partial(_targets, ctx, question, region)
        if "alarms" in question.more and region not in found.alarms:
            readers[f"alarms {region}"] = functools.partial(_alarms, ctx, question, region)
        if "tasks" in question.more:
            readers[f"tasks {region}"] = functools.partial(_tasks, ctx, question, region)
        if "certificates" in question.more:
            readers[f"certificate {region}"] = functools.partial(_certificate, ctx, question, region)
    return readers


def _answer(client: t.Any, zone_id: str, name: str) -> dict[str, t.Any]:
    """What Route 53's name servers answer now (TestDNSAnswer)."""
    answer = client.test_dns_answer(HostedZoneId=zone_id, RecordName=name, RecordType="A")
    return {
        "response_code": answer["ResponseCode"],
        "values": sorted(answer.get("RecordData", ())),
        "name_server": answer.get("Nameserver", ""),
    }


def _targets(ctx: Context, question: Question, region: str) -> Targets:
    found = guarded(region, lambda: read_service_targets(ctx, region, question.owner, question.services))
    return Targets(problem=found.reason) if isinstance(found, Unread) else found


def _alarms(ctx: Context, question: Question, region: str) -> t.Any:
    found = guarded(region, lambda: read_alarm_states(ctx, region, question.owner))
    return {"error": found.reason} if isinstance(found, Unread) else found


def _tasks(ctx: Context, question: Question, region: str) -> Tasks:
    found = guarded(region, lambda: read_tasks(ctx, region, question.owner, question.services, images=True))
    return Tasks(problem=found.reason) if isinstance(found, Unread) else found


def _certificate(ctx: Context, question: Question, region: str) -> t.Any:
    """When the certificate of the HTTPS listener that expires first does so; None without one, or if it is unread."""
    found = guarded(region, lambda: read_expiry(ctx, region, load_balancer(question.owner)))
    return None if isinstance(found, Unread) else found


JOB: t.Final = Job(
    name="failover_info",
    argument_spec=OPTIONS,
    required_if=REQUIRED_IF,
    run=run,
    early=Early(options=tuple(OPTIONS), read=read_early),
)
