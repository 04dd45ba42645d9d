# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The typed options of failover_info. Pure."""

from __future__ import annotations

import dataclasses
import typing as t

from .._aws.limits import REGION_NAME
from .._aws.owner import DNS, Owner, parse_owner, parse_service_names
from .._engine.errors import SpecError
from .._probe.network import parse_over_https
from .._route53.names import parse_parent_zone, parse_zone_and_record, readable

_MORE: t.Final = ("alarms", "tasks", "certificates", "observations", "dns", "request")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Spec:
    """A report as requested.

    :param regions: to report even while they are not in DNS.
    :param services: those that decide the failover.
    :param more: which of the options in _MORE are on.
    :param start: the zone from which names are resolved.
    :param over_https: URL of the resolver to use where port 53 is closed; empty for none.
    """

    owner: Owner
    zone: str
    zone_id: str | None
    record_name: str
    regions: tuple[str, ...]
    services: tuple[str, ...]
    more: frozenset[str]
    start: str
    over_https: str
    best_effort: bool
    account_id: str | None


def parse(params: t.Mapping[str, t.Any]) -> Spec:
    """The spec from the module's parameters. Raises SpecError."""
    zone, record_name = parse_zone_and_record(params)
    for item in params["regions"]:
        if not REGION_NAME.fullmatch(item["name"]):
            raise SpecError("regions.name", f"{item['name']!r} is not the name of a region.")
    return Spec(
        owner=parse_owner({**params, "tags": {}}, DNS),
        zone=zone,
        zone_id=params["zone_id"] or None,
        record_name=record_name,
        regions=tuple(item["name"] for item in params["regions"]),
        services=parse_service_names(params["services"]),
        more=frozenset(option for option in _MORE if params[option]),
        start=readable(parse_parent_zone(params, zone)),
        over_https=parse_over_https(params["dns_over_https_url"]),
        best_effort=params["best_effort"],
        account_id=params["account_id"] or None,
    )
