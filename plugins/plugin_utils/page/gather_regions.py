# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""deployment.json and status.json → regions."""

from __future__ import annotations

import typing as t

from .facts import Certificate, Check, Document, Region, Targets, Zone, text
from .tasks import Capacity, Tasks


def regions(deployed: Document, seen: t.Sequence[Document], serving: str | None, evicted: Document) -> list[Region]:
    """Regions in the order of the failover chain, then those that are not in DNS.

    :param deployed: region → its part of deployment.json.
    :param seen: the last status of the regions.
    :param evicted: region → the regions whose switch evicts it.
    """
    health = {item["name"]: item for item in seen}
    names = [*deployed, *(name for name in health if name not in deployed)]
    found = [_region(name, deployed.get(name) or {}, health.get(name) or {}, serving, evicted) for name in names]
    return sorted(found, key=lambda region: (region.place or 999, region.priority or 999, region.name))


def _region(name: str, stands: Document, seen: Document, serving: str | None, evicted: Document) -> Region:
    vpc, alb, service = (stands.get(layer) or {} for layer in ("vpc", "alb", "ecs_service"))
    switches = {seat: check for seat, item in (seen.get("switches") or {}).items() if (check := _check(item))}
    by_checks = [seat for seat, check in switches.items() if check.healthy is False]
    return Region(
        name=name,
        priority=_number(seen.get("priority") or stands.get("priority")),
        place=_number(seen.get("place")),
        role=text(seen, "role"),
        healthy=seen.get("healthy"),
        reasons=tuple(seen.get("reasons") or ()),
        serves=name == serving,
        evicted_by=tuple(evicted.get(name) or by_checks),
        vpc_id=text(vpc, "vpc_id"),
        cidr=text(vpc, "cidr"),
        zones=_zones(vpc, seen),
        load_balancer=text(alb, "dns_name"),
        service=text(service, "service"),
        targets=_targets(seen.get("targets") or {}),
        evaluates_targets=seen.get("evaluates_target_health") is not False,
        tasks=_tasks(seen.get("tasks") or {}, service),
        capacity=_capacity(seen.get("capacity")),
        endpoint=_check(seen.get("endpoint")),
        switches=switches,
        image=text(seen, "image"),
        depends_on={other: tuple(what) for other, what in (seen.get("depends_on") or {}).items()},
        certificate=_certificate(seen.get("certificate")),
        deployed_at=text(stands, "deployed_at"),
        failures=tuple(stands.get("failures") or ()),
    )


def _zones(vpc: Document, seen: Document) -> tuple[Zone, ...]:
    """The zones of the network with the subnets and NAT gateway of each. A single NAT gateway is in the first."""
    names = vpc.get("zones") or seen.get("zones") or ()
    columns = [vpc.get(key) or () for key in ("public_subnet_ids", "private_subnet_ids", "nat_public_ips")]
    return tuple(
        Zone(name=name, public_subnet=public, private_subnet=private, nat=nat)
        for index, name in enumerate(names)
        for public, private, nat in [[str(column[index]) if index < len(column) else None for column in columns]]
    )


def _targets(found: Document) -> Targets:
    return Targets(
        healthy=_number(found.get("healthy")),
        total=_number(found.get("total")),
        states={state: int(count or 0) for state, count in (found.get("states") or {}).items()},
        problem=text(found, "problem"),
    )


def _tasks(found: Document, service: Document) -> Tasks:
    """The tasks by the status, or by the deployment."""
    if found:
        names = ("desired", "running", "pending", "minimum", "maximum", "most")
        counts = {name: _number(found.get(name)) for name in names}
        source = text(found, "most_source")
        return Tasks(**counts, most_source=source, problem=text(found, "problem"))
    return Tasks(desired=_number(service.get("desired_count")), running=_number(service.get("running_count")))


def _capacity(found: Document | None) -> Capacity | None:
    if not found:
        return None
    quotas = tuple(
        f"quota '{quota.get('name')}' allows {quota.get('allowed')} vCPUs, and {quota.get('needed')} are needed"
        for quota in found.get("quotas") or ()
    )
    return Capacity(_number(found.get("needs")), bool(found.get("enough")), text(found, "reason"), quotas)


def _check(found: Document | None) -> Check | None:
    if not found:
        return None
    return Check(
        healthy=found.get("healthy"),
        checkers=_number(found.get("checkers")),
        healthy_checkers=_number(found.get("healthy_checkers")),
        reports=tuple(found.get("reports") or ()),
        failing_in=_failing(found.get("observations") or ()),
        last_failure=str((found.get("last_failure") or {}).get("status") or ""),
        failed_at=str((found.get("last_failure") or {}).get("checked_at") or ""),
    )


def _failing(observations: t.Iterable[Document]) -> tuple[str, ...]:
    """Regions with a checker that does not report success."""
    failures = [item for item in observations if not text(item, "status").lower().startswith("success")]
    return tuple(sorted({text(item, "region") for item in failures} - {""}))


def _certificate(found: Document | None) -> Certificate | None:
    if not found:
        return None
    renewal = text(found, "renewal")
    return Certificate(expires_at=text(found, "expires_at"), days=_number(found.get("days")), renewal=renewal)


def _number(value: t.Any) -> int | None:
    """The number. Variables of an inventory may be numbers in quotes; a placeholder of check mode is no number."""
    try:
        return None if value is None else int(value)
    except (TypeError, ValueError):
        return None
