# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""failover_info: who serves, and why. Reads only."""

from __future__ import annotations

import dataclasses
import functools
import typing as t

from .._aws.ownership import Owner, parse_owner
from .._engine.context import Context
from .._engine.errors import SpecError
from .._engine.gather import gather
from .._engine.job import Job
from .._engine.unknown import is_unknown
from .._route53.names import is_within, parse_name, readable
from . import chain, identity, reads
from .assemble import most_used_first, own_checks
from .info_report import Findings, Targets, report
from .observe import Unread, guarded, read_zone_of
from .spec import REGION_NAME
from .state import Check

INFO_OPTIONS: t.Final[dict[str, dict[str, t.Any]]] = {
    "stack": {"type": "str", "required": True},
    "environment": {"type": "str", "required": True},
    "zone": {"type": "str", "required": True},
    "zone_id": {"type": "str"},
    "record_name": {"type": "str"},
    "regions": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": {"name": {"type": "str", "required": True}, "target_group_arn": {"type": "str"}},
    },
    "alarms": {"type": "bool", "default": False},
}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Question:
    """What is asked.

    :param groups: region → ARN of its target group, None to look it up.
    """

    owner: Owner
    zone: str
    zone_id: str | None
    record_name: str
    groups: t.Mapping[str, str | None]
    alarms: bool


def parse_question(params: t.Mapping[str, t.Any]) -> Question:
    """The question from the module's parameters. Raises SpecError."""
    zone = parse_name("zone", params["zone"])
    record_name = parse_name("record_name", params["record_name"] or zone)
    if not is_within(record_name, zone):
        raise SpecError("record_name", f"{params['record_name']!r} is not in the zone {params['zone']!r}.")
    for item in params["regions"]:
        if not REGION_NAME.fullmatch(item["name"]):
            raise SpecError("regions.name", f"{item['name']!r} is not the name of a region.")
    groups = {item["name"]: item["target_group_arn"] or None for item in params["regions"]}
    return Question(
        owner=parse_owner({**params, "tags": {}}),
        zone=zone,
        zone_id=params["zone_id"] or None,
        record_name=record_name,
        groups={region: None if is_unknown(arn) else arn for region, arn in groups.items()},
        alarms=params["alarms"],
    )


def run(ctx: Context) -> dict[str, t.Any]:
    """The module's result. Raises FailoverError."""
    question = parse_question(ctx.params)
    client = ctx.client("route53")
    readers: dict[str, t.Callable[[], t.Any]] = {
        "zone": lambda: read_zone_of(client, question.owner, question.zone, question.zone_id),
        "checks": lambda: own_checks(question.owner, reads.read_checks(client)),
    }
    first = gather(readers)
    zone_id, records = first["zone"]
    members = chain.members_of(question.owner, question.record_name, records)
    checks = _in_use(question, first["checks"], members)
    regions = tuple(dict.fromkeys([*(member.region for member in members), *question.groups]))
    second = gather(_readers(ctx, question, zone_id, checks, regions))
    findings = Findings(
        record=readable(question.record_name),
        members=members,
        regions=regions,
        checks=checks,
        observations={check.id: second[f"check {check.id}"] for check in checks if f"check {check.id}" in second},
        targets={region: second[f"targets {region}"] for region in regions},
        alarms={region: second[f"alarms {region}"] for region in regions if question.alarms},
        answer=second.get("answer"),
    )
    return {
        "changed": False,
        "record": readable(question.record_name),
        "zone": readable(question.zone),
        "zone_id": zone_id,
        **report(findings),
    }


def _in_use(question: Question, checks: t.Sequence[Check], members: t.Sequence[chain.Member]) -> tuple[Check, ...]:
    """One check an address: the one a record or a CALCULATED check refers to, else the oldest."""
    wanted = {member.region for member in members} | set(question.groups)
    kept: dict[str, Check] = {}
    for check in most_used_first(checks, {member.health_check_id for member in members if member.health_check_id}):
        if check.region in wanted:
            kept.setdefault(check.address, check)
    return tuple(kept[address] for address in sorted(kept))


def _readers(
    ctx: Context, question: Question, zone_id: str | None, checks: t.Sequence[Check], regions: t.Sequence[str]
) -> dict[str, t.Callable[[], t.Any]]:
    client = ctx.client("route53")
    readers: dict[str, t.Callable[[], t.Any]] = {}
    if zone_id and not is_unknown(zone_id):
        readers["answer"] = functools.partial(_answer, client, zone_id, question.record_name)
    for check in checks:
        if check.role != identity.CALCULATED:
            readers[f"check {check.id}"] = functools.partial(reads.read_status, client, check.id)
    for region in regions:
        readers[f"targets {region}"] = functools.partial(_targets, ctx, question, region)
        if question.alarms:
            readers[f"alarms {region}"] = functools.partial(_alarms, ctx, question, region)
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
    name = identity.balancer_name(question.owner)
    found = guarded(region, lambda: reads.read_named_targets(ctx, region, name, question.groups.get(region)))
    if isinstance(found, Unread):
        return Targets(problem=found.reason)
    if found is None:
        return Targets(problem=f"there is no target group {name} in {region}")
    return Targets(states=tuple(found))


def _alarms(ctx: Context, question: Question, region: str) -> t.Any:
    prefix = identity.alarm_prefix(question.owner)
    found = guarded(region, lambda: reads.read_alarm_states(ctx, region, prefix))
    return {"error": found.reason} if isinstance(found, Unread) else found


JOB: t.Final = Job(name="failover_info", argument_spec=INFO_OPTIONS, run=run)
