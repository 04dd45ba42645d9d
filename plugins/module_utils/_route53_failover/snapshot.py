# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was observed: the snapshot from which the plan is made."""

from __future__ import annotations

import dataclasses
import typing as t

from .._failover_chain.health_checks import Check
from .._failover_chain.schedules import Schedule
from .._failover_chain.status import Status
from .._resources.role import Role
from .._route53.protections import Protection
from .._route53.records import AliasTarget, RecordSet
from .spec import Spec


@dataclasses.dataclass(frozen=True, kw_only=True)
class Alarm:
    """An alarm with the name of a switch of this stack.

    :param seat: the alarm's region.
    :param evicted: the region that its switch evicts, from its name.
    :param owned: whether its description or its tags say that it is this stack's.
    :param settings: of switch_alarm.FIELDS.
    :param actions: settings of others (AlarmActions, …), which a change has to repeat.
    :param tags: if they were read.
    :param state: see switch_calls.state_of.
    """

    name: str
    arn: str
    seat: str
    evicted: str
    owned: bool
    settings: t.Mapping[str, t.Any]
    actions: t.Mapping[str, t.Any] = dataclasses.field(default_factory=dict)
    tags: t.Mapping[str, str] = dataclasses.field(default_factory=dict)
    state: t.Mapping[str, t.Any] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Readiness:
    """The readiness of a listed region.

    :param balancer: the alias to its load balancer; None if there is none, or the region could not be read.
    :param problem: why the region could not be added to DNS now; empty if it could.
    """

    balancer: AliasTarget | None
    problem: str = ""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Snapshot:
    """Everything that was read.

    :param zone_id: a placeholder if the zone does not exist yet; None if it no longer exists.
    :param kept: address → the check in use, unless it has to be replaced.
    :param surplus: the stack's other checks: to be replaced, or left by interrupted or concurrent runs.
    :param readiness: by listed region.
    :param alarms: by region; a region that could not be read is in ``unread`` instead, with the reason.
    :param schedules: by region that could be read; None if there is none.
    :param pulled: (evicted region, seat) of the switches that Route 53 shows as evicting.
    :param latched: (evicted region, seat) of the switches that evict and will be removed.
    :param alternates: region whose record is about to evaluate target health → services with a second target group.
    :param protections: in the zone, if they could be read; only for a removal.
    :param status: before the run's changes; None if it was not requested.
    """

    zone_id: str | None
    records: tuple[RecordSet, ...] = ()
    kept: t.Mapping[str, Check] = dataclasses.field(default_factory=dict)
    surplus: tuple[Check, ...] = ()
    readiness: t.Mapping[str, Readiness] = dataclasses.field(default_factory=dict)
    alarms: t.Mapping[str, tuple[Alarm, ...]] = dataclasses.field(default_factory=dict)
    unread: t.Mapping[str, str] = dataclasses.field(default_factory=dict)
    schedules: t.Mapping[str, Schedule | None] = dataclasses.field(default_factory=dict)
    switch_role: Role | None = None
    pulled: frozenset[tuple[str, str]] = frozenset()
    latched: tuple[tuple[str, str], ...] = ()
    alternates: t.Mapping[str, tuple[str, ...]] = dataclasses.field(default_factory=dict)
    protections: tuple[Protection, ...] = ()
    status: Status | None = None

    @property
    def checks(self) -> tuple[Check, ...]:
        return (*self.kept.values(), *self.surplus)

    def address_of(self, check: Check) -> str:
        """The address of an existing check, with its id if another check is in use at the address."""
        in_use = self.kept.get(check.address)
        return check.address if in_use is not None and in_use.id == check.id else f"{check.address}-{check.id}"

    def check_id(self, spec: Spec, address: str) -> str:
        """The id of the check in use at the address, or its placeholder."""
        check = self.kept.get(address)
        return check.id if check else spec.placeholder(address)

    def knows(self, region: str) -> bool:
        """Whether the stack has a health check of the region, so that the region's names are the stack's, too."""
        return any(check.region == region for check in self.checks)
