# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A switch as requested: one region is to serve, or health is to decide again. Pure."""

from __future__ import annotations

import dataclasses
import typing as t

from .._aws.owner import DNS, Owner, parse_owner, parse_service_names
from .._engine.errors import SpecError
from .._failover_chain.capacity import parse_share
from .._failover_chain.regions import parse_regions
from .._route53.names import parse_parent_zone, parse_zone_and_record, readable

AUTO: t.Final = "auto"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Spec:
    """A switch as requested.

    :param account_id: the account that the credentials must belong to; None for any.
    :param start: the zone from which names are resolved.
    :param regions: names by priority.
    :param services: those that decide the failover.
    :param target: the region to serve; None if health is to decide.
    :param interval: seconds between two data points.
    :param hold: seconds to keep publishing if neither DNS nor Route 53 can show the effect.
    :param timeout: seconds until DNS has to answer the target.
    :param share: percent of the serving region's tasks that the target needs; None for one task.
    """

    owner: Owner
    account_id: str | None
    zone: str
    zone_id: str | None
    record_name: str
    start: str
    regions: tuple[str, ...]
    services: tuple[str, ...]
    target: str | None
    force: bool
    interval: float
    hold: float
    timeout: float
    share: int | None

    @property
    def record(self) -> str:
        return readable(self.record_name)


def parse(params: t.Mapping[str, t.Any]) -> Spec:
    """The spec from the module's parameters. Raises SpecError."""
    zone, record_name = parse_zone_and_record(params)
    regions = tuple(region.name for region in parse_regions(params["regions"], present=True))
    target = None if params["to"] == AUTO else params["to"]
    if target is not None and target not in regions:
        raise SpecError("to", f"{target!r} is not a region of the inventory.", f"Use {', '.join(regions)}, or {AUTO}.")
    for option, least, most in (("interval", 1, 60), ("hold", 0, 3600), ("timeout", 1, 7200)):
        if not least <= params[option] <= most:
            raise SpecError(option, f"{params[option]} is out of range.", f"Use {least} to {most}.")
    return Spec(
        owner=parse_owner({**params, "tags": {}}, DNS),
        account_id=params["account_id"] or None,
        zone=zone,
        zone_id=params["zone_id"] or None,
        record_name=record_name,
        start=readable(parse_parent_zone(params, zone)),
        regions=regions,
        services=parse_service_names(params["services"]),
        target=target,
        force=params["force"],
        interval=float(params["interval"]),
        hold=float(params["hold"]),
        timeout=float(params["timeout"]),
        share=parse_share(params["standby_capacity"]),
    )
