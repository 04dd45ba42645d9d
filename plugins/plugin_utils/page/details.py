# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each region in words: the state of its health checks, load balancer and service."""

from __future__ import annotations

import typing as t

from .facts import Check, Facts, Region
from .signs import Kind, Sign, health
from .tasks import Tasks
from .words import counted, first_sentence, listed

# Text behind the date, by the value of acm_certificate's renewal
_RENEWALS: t.Final = {
    "automatic": "ACM renews it automatically",
    "in progress": "ACM is renewing it",
    "blocked": "ACM cannot renew it",
}
# A certificate should have as many days left: ACM renews it 60 days before it expires.
_RENEWAL: t.Final = 30
_HEALTH: t.Final = {
    True: "Route 53 considers it healthy",
    False: "Route 53 considers it unhealthy",
    None: "not checked",
}


class Endpoint(t.NamedTuple):
    """What the health checkers of an endpoint report.

    :param failing: the regions whose checkers report a failure; empty if all do, or none.
    :param last_failure: the last failure, unless checkers still report it.
    """

    sign: Sign
    failing: str = ""
    reports: tuple[str, ...] = ()
    last_failure: str = ""
    failed_at: str = ""


class Card(t.NamedTuple):
    """A region. Empty fields are not shown."""

    region: Region
    health: Sign
    endpoint: Endpoint | None
    switches: tuple[Sign, ...]
    targets: tuple[Sign, ...]
    tasks: Sign | None
    capacity: tuple[Sign, ...]
    depends_on: tuple[Sign, ...]
    certificate: Sign | None
    renewal: str
    failures: tuple[Sign, ...]


def cards(facts: Facts) -> tuple[Card, ...]:
    """A card for each region."""
    return tuple(_card(region) for region in facts.regions)


def _card(region: Region) -> Card:
    return Card(
        region=region,
        health=Sign(health(region.healthy), _HEALTH[region.healthy]),
        endpoint=_endpoint(region.endpoint) if region.endpoint else None,
        switches=tuple(_switch(seat, check) for seat, check in region.switches.items()),
        targets=tuple(_targets(region)),
        tasks=_tasks(region.tasks),
        capacity=tuple(_capacity(region)),
        depends_on=tuple(Sign("warn", f"{other} ({', '.join(what)})") for other, what in region.depends_on.items()),
        certificate=_certificate(region),
        renewal=_RENEWALS.get(region.certificate.renewal, "") if region.certificate else "",
        failures=tuple(Sign("bad", f"failed: {failure}") for failure in region.failures),
    )


def _endpoint(check: Check) -> Endpoint:
    if check.checkers is None:
        return Endpoint(sign=Sign(health(check.healthy), "no checker has reported yet"))
    seen = f"{check.healthy_checkers} of {counted(check.checkers, 'checker')} report success"
    reports = tuple(dict.fromkeys(first_sentence(report) for report in check.reports))
    failure = first_sentence(check.last_failure)
    return Endpoint(
        sign=Sign(health(check.healthy), seen),
        # If all fail, or none, the places say nothing.
        failing=listed(check.failing_in) if len(reports) > 1 else "",
        reports=reports,
        last_failure="" if failure in reports else failure,
        failed_at=check.failed_at,
    )


def _switch(seat: str, check: Check) -> Sign:
    if check.healthy is False:
        return Sign("warn", f"{seat}: sends users away")
    return Sign(health(check.healthy), f"{seat}: {'not known' if check.healthy is None else 'off'}")


def _targets(region: Region) -> t.Iterator[Sign]:
    """The targets by state, and whether Route 53 evaluates them."""
    targets = region.targets
    if targets.problem:
        yield Sign("none", targets.problem)
    elif targets.total is not None:
        states = [f"{count} {state}" for state, count in sorted(targets.states.items())]
        yield Sign(None, listed(states) or "none registered")
    if not region.evaluates_targets:
        yield Sign(None, "Route 53 does not evaluate them: only endpoint checks and switches decide")


def _tasks(tasks: Tasks) -> Sign | None:
    if tasks.problem:
        return Sign("none", tasks.problem)
    counts = {"desired": tasks.desired, "running": tasks.running, "pending": tasks.pending}
    known = [f"{count} {name}" for name, count in counts.items() if count is not None]
    return Sign(None, ", ".join(known)) if known else None


def _capacity(region: Region) -> t.Iterator[Sign]:
    """The limits of scaling, the most tasks of the last day, and whether a standby has enough."""
    tasks, capacity = region.tasks, region.capacity
    if tasks.minimum is not None and tasks.maximum is not None:
        yield Sign(None, f"scales from {tasks.minimum} to {counted(tasks.maximum, 'task')}")
    if tasks.most:
        source = f", by {tasks.most_source}" if tasks.most_source else ""
        yield Sign(None, f"{tasks.most} at most in 24 hours{source}")
    if capacity and capacity.needs:
        what = "could carry the load" if capacity.enough else "could not carry the load"
        needs = f"needs {counted(capacity.needs, 'healthy target')}"
        yield Sign("good" if capacity.enough else "warn", f"{what}: {needs} ({capacity.reason})")
    for quota in capacity.quotas if capacity else ():
        yield Sign("warn", quota)


def _certificate(region: Region) -> Sign | None:
    """How long the certificate is valid; the template adds the date."""
    if region.certificate is None:
        return None
    days = region.certificate.days
    late = days is not None and days < _RENEWAL
    kind: Kind = "warn" if late or region.certificate.renewal == "blocked" else "good"
    return Sign(kind, "until" if days is None else f"{counted(days, 'day')} left, until")
