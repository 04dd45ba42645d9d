# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The observations that say which region serves, and why. Pure."""

from __future__ import annotations

import dataclasses
import datetime
import typing as t

from .._probe.answers import Answer, Delegation
from .._probe.http import Reply
from .._route53 import health
from . import chain, health_checks
from .health_checks import Check
from .held import Held
from .targets import Targets
from .tasks import Tasks
from .vcpus import Quota


@dataclasses.dataclass(frozen=True, kw_only=True)
class Dns:
    """What DNS answers, resolved from the parent zone down.

    :param parent_zone: None if resolving began at the zone itself, so that the delegation is not known.
    :param region: the region whose addresses are the answer.
    """

    parent_zone: str | None
    delegation: Delegation
    answer: Answer
    region: str | None


@dataclasses.dataclass(frozen=True, kw_only=True)
class Request:
    """A request from this machine, as users make it.

    :param address: of the DNS answer, the last one that was tried; empty if none was.
    :param note: the source of the address, if it was not the zone's name servers.
    """

    url: str
    address: str
    reply: Reply
    note: str = ""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Status:
    """Everything that was observed.

    :param record: the name that users resolve, without trailing dot, as ``zone``.
    :param regions: those in DNS, first to serve first, then other requested ones.
    :param checks: those in use, one for each region and role.
    :param observations: HealthCheckObservations by the id of the check.
    :param unseen: ids of checks whose status could not be read.
    :param certificates: region → when its certificate expires.
    :param failures: the HealthCheckObservations of last failures by the id of the check; None if they were not read.
    :param answer: of DNS, for a request; else of TestDNSAnswer, which shows that there is one, not which one users get.
    :param zone_name_servers: from the zone's apex.
    :param now: when this was observed.
    :param quotas: standby region → what Fargate's quotas allow, as far as known.
    :param held: the switches that evict a region in DNS, and what holds them.
    :param account_problem: why the account could not be checked; empty if it is the right one.
    :param problem: why Route 53's API could not be read; empty if it could.
    """

    record: str
    members: tuple[chain.Member, ...]
    regions: tuple[str, ...]
    checks: tuple[Check, ...]
    observations: t.Mapping[str, t.Sequence[t.Mapping[str, t.Any]]]
    targets: t.Mapping[str, Targets]
    alarms: t.Mapping[str, t.Any]
    answer: t.Mapping[str, t.Any] | None
    now: datetime.datetime
    tasks: t.Mapping[str, Tasks] = dataclasses.field(default_factory=dict)
    certificates: t.Mapping[str, datetime.datetime | None] = dataclasses.field(default_factory=dict)
    quotas: t.Mapping[str, t.Mapping[Quota, float]] = dataclasses.field(default_factory=dict)
    failures: t.Mapping[str, t.Sequence[t.Mapping[str, t.Any]]] | None = None
    dns: Dns | None = None
    request: Request | None = None
    zone: str = ""
    zone_id: str | None = None
    zone_name_servers: tuple[str, ...] = ()
    held: tuple[Held, ...] = ()
    account_problem: str = ""
    problem: str = ""
    unseen: frozenset[str] = frozenset()

    @property
    def in_dns(self) -> list[str]:
        """The regions in DNS, first to serve first."""
        return [member.region for member in self.members]

    def evaluates_targets(self, region: str) -> bool:
        """Whether the region's record evaluates target health; also True if the region is not in DNS."""
        return all(member.balancer.evaluate_target_health for member in self.members if member.region == region)

    def evicted(self) -> dict[str, list[str]]:
        """Region in DNS → the seats of the switches that evict it."""
        switches = self._switches()
        return {
            region: [seat for seat, check in switches if check.region == region and self.is_healthy(check) is False]
            for region in self.in_dns
        }

    def knows_switches(self) -> bool:
        """Whether the status of every switch of a region in DNS is known."""
        return all(self.is_healthy(check) is not None for _seat, check in self._switches())

    def _switches(self) -> list[tuple[str, Check]]:
        """(seat, check) of the switches of regions in DNS."""
        checks = [check for check in self.checks if check.region in self.in_dns]
        return [(seat, check) for check in checks if (seat := health_checks.seat_of(check.role))]

    def check(self, region: str, name: str) -> Check | None:
        """The region's check of that role."""
        return next((check for check in self.checks if (check.region, check.role) == (region, name)), None)

    def is_healthy(self, check: Check) -> bool | None:
        """The status of a check; a CALCULATED one's from its children, since Route 53 does not return it.

        None if not known: it could not be read, or Route 53's wording is not known.
        """
        if check.id in self.unseen:
            return None
        if check.role != health_checks.CALCULATED:
            return health.is_healthy(self.observations.get(check.id, ()), check.config)
        leaves = {leaf.id: self.is_healthy(leaf) for leaf in self.checks if leaf.role != health_checks.CALCULATED}
        # A check that was not read counts as healthy, as a new one does.
        children = [leaves.get(child, True) for child in check.children]
        best = health.is_calculated_healthy(sum(child is not False for child in children), check.config)
        worst = health.is_calculated_healthy(sum(child is True for child in children), check.config)
        return best if best == worst else None
