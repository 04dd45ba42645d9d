# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was observed: the snapshot the plan is made from."""

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

    :param seat: the region it is in.
    :param evicted: the region whose switch it is, from its name.
    :param owned: its description or its tags say that it is this stack's.
    :param settings: of switch_alarm.FIELDS.
    :param actions: what others have attached (AlarmActions, …), which a change has to repeat.
    :param tags: where they were read.
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
    """What was found of a listed region.

    :param balancer: the alias to its load balancer; None if there is none, or the region could not be read.
    :param problem: why the region could not be added to DNS now; empty if it could.
    """

    balancer: AliasTarget | None
    problem: str = ""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Snapshot:
    """Everything that was read.

    :param zone_id: a placeholder where the zone does not exist yet; None where it does not exist any more.
    :param kept: the check in use for each address. At most one, and none that would have to be replaced.
    :param surplus: the stack's checks beside them: to be replaced, or left by runs that were cut off or ran side by
        side.
    :param readiness: by listed region.
    :param alarms: by region; a region that could not be read is in ``unread`` instead, with the reason.
    :param schedules: by region that could be read; None where there is none.
    :param pulled: (evicted region, seat) of the switches that Route 53 shows as evicting.
    :param latched: (evicted region, seat) of the switches that hold traffic back and are about to go.
    :param alternates: region that is about to be judged by its targets → services that have a second target group.
    :param protections: in the zone, as far as they are known; read for a removal alone.
    :param status: before the run's changes; None if it was not asked for.
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
        """The address of a check that exists: its own, made unique for one beside the one in use."""
        in_use = self.kept.get(check.address)
        return check.address if in_use is not None and in_use.id == check.id else f"{check.address}-{check.id}"

    def check_id(self, spec: Spec, address: str) -> str:
        """The id of the check in use at the address, or its placeholder."""
        check = self.kept.get(address)
        return check.id if check else spec.placeholder(address)

    def knows(self, region: str) -> bool:
        """True if a health check of the stack is about the region: its names are then the stack's, too."""
        return any(check.region == region for check in self.checks)
