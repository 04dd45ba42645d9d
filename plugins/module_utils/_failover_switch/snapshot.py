# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was observed before a switch. Pure."""

from __future__ import annotations

import dataclasses
import typing as t

from .._failover_chain.schedules import Schedule
from .._failover_chain.targets import Targets
from .._failover_chain.tasks import Tasks
from .capacity import Counts


@dataclasses.dataclass(frozen=True, kw_only=True)
class Seat:
    """A region's switches.

    :param last: evicted region → the value of the last period with data; missing without data.
    :param alarms: the regions that an alarm there evicts.
    :param schedule: holds its switches; None if there is none, or if it could not be read (``schedule_problem``).
    :param problem: why CloudWatch could not be read; empty otherwise.
    """

    last: t.Mapping[str, float] = dataclasses.field(default_factory=dict)
    alarms: frozenset[str] = frozenset()
    schedule: Schedule | None = None
    schedule_problem: str = ""
    problem: str = ""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Route53:
    """What Route 53's API returns.

    :param chain: the regions in DNS, first to serve first.
    :param switches: (seat, evicted region) → whether that switch check is healthy, so that it does not evict; None if
        Route 53's wording is not known.
    :param endpoint: region → whether its endpoint check is healthy; None likewise.
    :param problem: why it could not be read; empty otherwise. Nothing else is set then.
    """

    chain: tuple[str, ...] = ()
    switches: t.Mapping[tuple[str, str], bool | None] = dataclasses.field(default_factory=dict)
    endpoint: t.Mapping[str, bool | None] = dataclasses.field(default_factory=dict)
    problem: str = ""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Snapshot:
    """Everything that was observed before the switch.

    :param targets: of the region to serve, as ``tasks``; None if health is to decide.
    :param counts: of every region, if one is to serve.
    :param account_problem: why the account could not be checked; empty if it is the right one.
    :param serving: the region that DNS answers; None without an answer, or if it is no region's address.
    """

    route53: Route53
    seats: t.Mapping[str, Seat]
    targets: Targets | None = None
    tasks: Tasks | None = None
    serving: str | None = None
    account_problem: str = ""
    counts: t.Mapping[str, Counts] = dataclasses.field(default_factory=dict)

    def seat(self, region: str) -> Seat:
        """The region's switches; empty for a region in DNS that is not in the inventory."""
        return self.seats.get(region, Seat())
