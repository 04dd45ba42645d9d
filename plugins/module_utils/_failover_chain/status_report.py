# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""failover_info's result. Pure."""

from __future__ import annotations

import collections
import typing as t

from .._route53 import health
from . import chain, health_checks
from .dependencies import by_region
from .health_checks import Check
from .status import Status
from .status_details import (
    describe_certificate,
    describe_delegation,
    describe_dns,
    describe_observations,
    describe_request,
    describe_switch,
    last_failure,
    url_of,
)


def report(found: Status) -> dict[str, t.Any]:
    """Return the result."""
    in_dns = found.in_dns
    reasons = {region: _reasons(found, region) for region in found.regions}
    unknown = {region: _unknown(found, region) for region in found.regions}
    healthy = {region: False if reasons[region] else None if unknown[region] else True for region in found.regions}
    serving = health.serving(in_dns, healthy)
    answers = bool(found.answer and found.answer["response_code"] == "NOERROR" and found.answer["values"])
    return {
        "record": found.record,
        "zone": found.zone,
        "zone_id": found.zone_id,
        "serving": serving,
        "serving_reason": _why(found, serving, reasons, unknown),
        "url": _url(found),
        "answers": answers,
        "answer": dict(found.answer) if found.answer else None,
        "request": describe_request(found.request),
        "regions": [_region(found, region, reasons[region], unknown[region], serving) for region in found.regions],
        "problems": _problems(found, answers),
        "route53_problem": found.problem,
        "dns": describe_dns(found.dns, found.answer),
        "delegation": describe_delegation(found.dns, found.zone_name_servers),
        "held_switches": [held.describe(found.now) for held in found.held],
        "switch": None if found.problem else describe_switch(in_dns, found.evicted(), known=found.knows_switches()),
    }


def _url(found: Status) -> str | None:
    """The service's URL, from an endpoint check; None while no region has one."""
    endpoint = next((check for check in found.checks if check.role == health_checks.ENDPOINT), None)
    return url_of(endpoint, found.record) if endpoint else None


def _problems(found: Status, answers: bool) -> list[str]:
    """The problems of the deployment. Eviction by a switch is none, nor are old reports of checkers."""
    problems = [f"Route 53's API cannot be read: {found.problem}"] if found.problem else []
    problems += [] if answers or not found.members else [f"{found.record} has no answer from Route 53's name servers"]
    for member in found.members:
        targets = found.targets[member.region]
        reason = targets.problem or targets.missing or targets.reason()
        problems += [f"{member.region}: {reason}"] if reason else []
    return problems


def _reasons(found: Status, region: str) -> list[str]:
    """Why Route 53 considers the region's record unhealthy; empty if it considers it healthy."""
    reasons = [found.targets[region].reason()] if found.evaluates_targets(region) else []
    calculated = _calculated_check(found, region)
    if calculated and found.is_healthy(calculated) is False:
        reasons += [_leaf_reason(found, check) for check in found.checks if check.id in calculated.children]
        if not any(reasons):
            reasons.append("its CALCULATED health check is inverted or has another threshold than its children")
    return [reason for reason in reasons if reason]


def _unknown(found: Status, region: str) -> list[str]:
    """Why it is not known whether Route 53 considers the region's record healthy; empty if it is."""
    calculated = _calculated_check(found, region)
    if calculated is None or found.is_healthy(calculated) is not None:
        return []
    unread = [check for check in found.checks if check.id in calculated.children and found.is_healthy(check) is None]
    return [_unknown_words(found, check) for check in unread]


def _unknown_words(found: Status, check: Check) -> str:
    if check.id in found.unseen:
        return f"{_name(check)} could not be read"
    words = health.unknown_words(found.observations[check.id])[0]
    return f"{_name(check)} says {words!r}, which is not known, and CloudWatch has no HealthCheckStatus of it"


def _name(check: Check) -> str:
    seat = health_checks.seat_of(check.role)
    return f"the check of the switch in {seat}" if seat else "the endpoint check"


def _calculated_check(found: Status, region: str) -> Check | None:
    """The CALCULATED check of the region's record; for a region that is not in DNS, the one made for it."""
    calculated = found.check(region, health_checks.CALCULATED)
    members = [member for member in found.members if member.region == region]
    return calculated if not members or (calculated and calculated.id == members[0].health_check_id) else None


def _leaf_reason(found: Status, check: Check) -> str:
    if found.is_healthy(check) is not False:
        return ""
    seat = health_checks.seat_of(check.role)
    if seat:
        return f"evicted by the switch in {seat}"
    reports = _reports(found.observations.get(check.id, ()))
    return f"health checkers fail: {health.short_reason(reports[0])}" if reports else "its endpoint check is inverted"


def _why(
    found: Status,
    serving: str | None,
    reasons: t.Mapping[str, t.Sequence[str]],
    unknown: t.Mapping[str, t.Sequence[str]],
) -> str:
    if serving is None and found.in_dns and not found.problem:
        region = next(region for region in found.in_dns if unknown[region])
        return f"it is not known whether {region} is healthy ({', '.join(unknown[region])})"
    if serving is None:
        return "Route 53's API cannot be read" if found.problem else "no region is in DNS"
    if reasons[serving]:
        return f"no region is healthy, so Route 53 answers with the first: {'; '.join(reasons[serving])}"
    before = found.in_dns[: found.in_dns.index(serving)]
    if not before:
        return "the first region is healthy"
    return "; ".join(f"{region} is unhealthy ({', '.join(reasons[region])})" for region in before)


def _region(
    found: Status, region: str, reasons: t.Sequence[str], unknown: t.Sequence[str], serving: str | None
) -> dict[str, t.Any]:
    place = found.in_dns.index(region) + 1 if region in found.in_dns else None
    switches = [check for check in found.checks if check.region == region and health_checks.seat_of(check.role)]
    tasks = found.tasks.get(region)
    return {
        "name": region,
        "place": place,
        "role": chain.role(place) if place else "unknown" if found.problem else "not in DNS",
        "healthy": False if reasons else None if unknown else True,
        "reasons": list(reasons),
        "unknown": list(unknown),
        "summary": f"{_part(found, place, reasons, unknown, region == serving)}, {found.targets[region].summary()}",
        "targets": found.targets[region].describe(),
        "evaluates_target_health": found.evaluates_targets(region),
        "health_check": _check(found, _calculated_check(found, region)),
        "endpoint": _check(found, found.check(region, health_checks.ENDPOINT)),
        "switches": {str(health_checks.seat_of(check.role)): _check(found, check) for check in switches},
        "alarms": found.alarms.get(region),
        "tasks": tasks.describe() if tasks else None,
        "image": tasks.image if tasks else None,
        "fargate_quotas": {quota.code: allowed for quota, allowed in found.quotas.get(region, {}).items()},
        "depends_on": by_region(tasks.dependencies) if tasks else None,
        "certificate": describe_certificate(found.certificates.get(region), found.now),
    }


def _part(found: Status, place: int | None, reasons: t.Sequence[str], unknown: t.Sequence[str], serves: bool) -> str:
    unhealthy = f" although unhealthy ({'; '.join(reasons)})" if reasons else ""
    if place is None:
        return "place not known" if found.problem else "not in DNS"
    if serves:
        return f"serves{unhealthy}"
    if unknown and not reasons:
        return f"health not known ({'; '.join(unknown)})"
    return f"does not serve ({'; '.join(reasons)})" if reasons else "stands by"


def _check(found: Status, check: Check | None) -> dict[str, t.Any] | None:
    if check is None:
        return None
    seen = found.observations.get(check.id, ())
    shown: dict[str, t.Any] = {"id": check.id, "healthy": found.is_healthy(check)}
    if check.role != health_checks.CALCULATED:
        shown |= {"checkers": len(seen), "healthy_checkers": len(health.successes(seen)), "reports": _reports(seen)}
    if check.role == health_checks.ENDPOINT:
        shown["observations"] = None if found.failures is None else describe_observations(seen)
        shown["last_failure"] = last_failure(found.failures.get(check.id, ())) if found.failures else None
    return shown


def _reports(seen: t.Sequence[t.Mapping[str, t.Any]]) -> list[str]:
    """The checkers' distinct reports: failures before successes, the most frequent first."""
    texts = collections.Counter(health.status_text(item) for item in seen)
    return sorted(texts, key=lambda text: (text.lower().startswith("success"), -texts[text], text))
