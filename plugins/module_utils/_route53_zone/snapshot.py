# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was observed of the zone."""

from __future__ import annotations

import dataclasses
import typing as t

from .._resources.log_group import LogGroup
from .._route53.records import RecordSet
from .._route53.zones import Zone


@dataclasses.dataclass(frozen=True, kw_only=True)
class QueryConfig:
    """The zone's configuration for query logging."""

    id: str
    log_group_arn: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class Snapshot:
    """The account's zones of the name.

    :param zone: the zone in use; None if there is none.
    :param own: the stack's zones; several only after concurrent runs.
    :param name_servers: of ``zone``, as Route 53 writes them, sorted.
    :param tags: of ``zone``, if it is the stack's.
    :param served: if there is no zone, names outside of it at which the stack serves its users.
    :param leftovers: for a deletion, record sets that are not deleted with their zones.
    :param query_config: of ``zone``; this and the next two are read only if query logging is on or off.
    :param log_group: with the name of the zone's own one.
    :param log_policies: documents of CloudWatch Logs' resource policies, by name.
    :param dry_run: whether in check mode, in which other layers have not deleted their records.
    """

    zone: Zone | None = None
    own: tuple[Zone, ...] = ()
    name_servers: tuple[str, ...] = ()
    tags: t.Mapping[str, str] = dataclasses.field(default_factory=dict)
    served: tuple[str, ...] = ()
    leftovers: tuple[RecordSet, ...] = ()
    query_config: QueryConfig | None = None
    log_group: LogGroup | None = None
    log_policies: t.Mapping[str, str] = dataclasses.field(default_factory=dict)
    dry_run: bool = False

    @property
    def owned(self) -> bool:
        """Whether the zone in use is the stack's."""
        return self.zone is not None and self.zone in self.own


def deletable(own: tuple[Zone, ...], zone_id: str | None) -> tuple[Zone, ...]:
    """The zones that ``state: absent`` deletes: the stack's, or of those the given one."""
    return tuple(zone for zone in own if zone_id in (None, zone.zone_id))
