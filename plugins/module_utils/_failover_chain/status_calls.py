# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reads of a failover's status: the answer for its name, and the status of its health checks."""

from __future__ import annotations

import functools
import typing as t

from .._engine.context import Context
from .._engine.unknown import is_unknown
from .._probe.answers import Answer
from .._route53.caller_references import made_at
from . import chain, health_checks, switches
from .health_check_calls import read_status
from .health_checks import Check, in_use

States: t.TypeAlias = "t.Mapping[str, t.Any]"


def checks_of(checks: t.Sequence[Check], members: t.Sequence[chain.Member], regions: t.Iterable[str]) -> list[Check]:
    """The check in use for each address of the regions in DNS (``members``) and of ``regions``."""
    wanted = {*(member.region for member in members), *regions}
    return [check for _address, check in sorted(in_use(checks, members).items()) if check.region in wanted]


def has_status(check: Check, states: States) -> bool:
    """Whether a check's status has to be read.

    Route 53 refuses it for CALCULATED checks, and a switch that was never set is healthy.

    :param states: region → result of read_alarm_states, where it was read; ``error`` where that failed.
    """
    seat = health_checks.seat_of(check.role)
    if seat is None:
        return check.role != health_checks.CALCULATED
    known = states.get(seat)
    state = next((item for item in known if item["evicts"] == check.region), None) if isinstance(known, list) else None
    return state is None or not switches.is_unused(state, made_at(check.reference))


def readers(
    ctx: Context,
    zone_id: str | None,
    record_name: str,
    checks: t.Iterable[Check],
    states: States,
    ask: t.Callable[[], Answer] | None = None,
) -> dict[str, t.Callable[[], t.Any]]:
    """``answer``, if there is a zone, and ``check <id>`` for each check whose status has to be read.

    :param ask: queries DNS; without it Route 53's API says whether there is an answer.
    """
    found: dict[str, t.Callable[[], t.Any]] = {
        f"check {check.id}": functools.partial(read_status, ctx, check.id)
        for check in checks
        if has_status(check, states)
    }
    if zone_id and not is_unknown(zone_id):
        found["answer"] = functools.partial(_answer, ctx.client("route53"), zone_id, record_name, ask)
    return found


def _answer(client: t.Any, zone_id: str, name: str, ask: t.Callable[[], Answer] | None) -> dict[str, t.Any]:
    """The answer of DNS; without ``ask``, or if DNS cannot be queried, that of TestDNSAnswer.

    The latter shows only that there is one: AWS does not say that TestDNSAnswer takes health checks into account.
    """
    asked = ask() if ask else Answer()
    if asked.rcode:
        return {
            "response_code": asked.rcode,
            "values": sorted(asked.addresses),
            "name_server": asked.name_servers[-1] if asked.name_servers else "",
            "note": asked.note,
        }
    answer = client.test_dns_answer(HostedZoneId=zone_id, RecordName=name, RecordType="A")
    note = f"it cannot be queried here ({asked.problem}), so TestDNSAnswer was, which need not follow health checks"
    return {
        "response_code": answer["ResponseCode"],
        "values": sorted(answer.get("RecordData", ())),
        "name_server": answer.get("Nameserver", ""),
        "note": note if ask else "",
    }
