# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The chain's health checks, which their CallerReferences identify. Pure."""

from __future__ import annotations

import dataclasses
import typing as t

from .._aws.owner import Owner
from .._route53.caller_references import reference_role
from .chain import Member

ENDPOINT: t.Final = "endpoint"
CALCULATED: t.Final = "calculated"
_SWITCH: t.Final = "switch-"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Check:
    """A health check of the stack.

    :param region: the region whose traffic it decides, from the CallerReference.
    :param role: ``endpoint``, ``calculated`` or ``switch-<region>``, likewise.
    :param config: HealthCheckConfig.
    :param copied_alarm: CloudWatchAlarmConfiguration, which Route 53 has copied from a switch's alarm.
    """

    id: str
    region: str
    role: str
    reference: str
    config: t.Mapping[str, t.Any]
    copied_alarm: t.Mapping[str, t.Any] = dataclasses.field(default_factory=dict)
    tags: t.Mapping[str, str] = dataclasses.field(default_factory=dict)

    @property
    def address(self) -> str:
        return address(self.region, self.role)

    @property
    def children(self) -> tuple[str, ...]:
        """The ids of a CALCULATED check's children."""
        return tuple(self.config.get("ChildHealthChecks", ()))


def switch(seat: str) -> str:
    """The role of the check by which the region ``seat`` evicts another one."""
    return _SWITCH + seat


def seat_of(role: str) -> str | None:
    """The region of a switch; None if the role is not a switch."""
    return role.removeprefix(_SWITCH) if role.startswith(_SWITCH) else None


def address(region: str, role: str) -> str:
    """The address of a health check in the plan."""
    return f"health_check/{region}-{role}"


def own_checks(owner: Owner, items: t.Iterable[t.Mapping[str, t.Any]]) -> tuple[Check, ...]:
    """The stack's health checks of ListHealthChecks, by their CallerReferences. Without tags."""
    return tuple(
        Check(
            id=item["Id"],
            region=place[0],
            role=place[1],
            reference=item["CallerReference"],
            config=item["HealthCheckConfig"],
            copied_alarm=item.get("CloudWatchAlarmConfiguration") or {},
        )
        for item in items
        if (place := reference_role(owner, item["CallerReference"]))
    )


def most_used_first(checks: t.Sequence[Check], referred: t.Collection[str]) -> list[Check]:
    """Sort by use, then by age: checks that records use (``referred``) and their children, then other children."""
    in_use = {*referred, *(child for check in checks if check.id in referred for child in check.children)}
    children = {child for check in checks for child in check.children}
    return sorted(checks, key=lambda check: (check.id not in in_use, check.id not in children, check.reference))


def in_use(checks: t.Sequence[Check], members: t.Iterable[Member]) -> dict[str, Check]:
    """Address → the check that a record or a CALCULATED check uses, else the oldest."""
    kept: dict[str, Check] = {}
    for check in most_used_first(checks, {member.health_check_id for member in members if member.health_check_id}):
        kept.setdefault(check.address, check)
    return kept
