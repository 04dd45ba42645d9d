# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the inventory says, as far as preflight looks at it. Says nothing about whether it can work."""

from __future__ import annotations

import dataclasses
import typing as t

PRESENT: t.Final = "present"
ABSENT: t.Final = "absent"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Region:
    """A region of the inventory, as it stands there.

    :param priority: anything YAML can hold; None when it is not set.
    :param cidr: empty when it is not set.
    :param zones: names of the zones to use; empty: the first zone_count ones.
    """

    name: str
    priority: t.Any = None
    cidr: str = ""
    zones: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True, kw_only=True)
class PreflightSpec:
    """What is to be looked at.

    :param regions: every region of the inventory.
    :param only: names of those that this run changes.
    :param zone_count: how many zones a region uses that names none.
    :param nat_gateways: ``per_zone``, ``single`` or ``none``.
    :param unset: variables that are needed and have no value.
    """

    stack: str
    environment: str
    state: str
    account_id: str
    regions: tuple[Region, ...]
    only: tuple[str, ...]
    domain: str
    parent_domain: str
    health_path: str
    delegation_role_arn: str
    zone_count: int
    nat_gateways: str
    unset: tuple[str, ...] = ()

    @property
    def run(self) -> tuple[Region, ...]:
        """The regions that this run changes."""
        return tuple(region for region in self.regions if region.name in self.only)

    def zones(self, region: Region) -> int:
        """How many zones the region uses."""
        return len(region.zones) or self.zone_count


@dataclasses.dataclass(frozen=True)
class Problem:
    """Why a run cannot work.

    :param variable: what to change, as it stands in the inventory or in the environment.
    """

    variable: str
    what: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.variable}: {self.what} {self.remedy}".rstrip()


def parse(params: t.Mapping[str, t.Any]) -> PreflightSpec:
    """The spec from the module's parameters. Accepts everything that the argument spec does."""
    regions = tuple(
        Region(
            name=region["name"],
            priority=region["priority"],
            cidr=region["cidr"] or "",
            zones=tuple(region["zones"] or ()),
        )
        for region in params["regions"]
    )
    only = params["only"]
    return PreflightSpec(
        stack=params["stack"],
        environment=params["environment"],
        state=params["state"],
        account_id=params["account_id"],
        regions=regions,
        only=tuple(region.name for region in regions) if only is None else tuple(only),
        domain=_domain(params["domain"]),
        parent_domain=_domain(params["parent_domain"] or ""),
        health_path=params["health_path"],
        delegation_role_arn=params["delegation_role_arn"] or "",
        zone_count=params["zone_count"],
        nat_gateways=params["nat_gateways"],
        unset=tuple(name for name, value in params["needed"].items() if value in (None, "", [])),
    )


def _domain(name: str) -> str:
    return name.rstrip(".").lower()
