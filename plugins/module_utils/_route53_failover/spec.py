# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The desired state: a name in a zone that answers with the first healthy region."""

from __future__ import annotations

import dataclasses
import re
import typing as t

from .._aws.limits import PORTS
from .._aws.owner import DNS, Owner, parse_owner, parse_service_names
from .._aws.validation import check_range, parse_permissions_boundary
from .._engine.errors import SpecError
from .._engine.unknown import unknown
from .._failover_chain.regions import Region, parse_regions
from .._probe.network import parse_over_https
from .._route53.names import normalise, parse_name, parse_parent_zone, parse_zone_and_record, readable
from .options import OPTIONS

# HealthCheckRegion in the Route 53 API.
CHECKER_REGIONS: t.Final = tuple(OPTIONS["health_check"]["options"]["checker_regions"]["choices"])
_FEWEST_CHECKER_REGIONS: t.Final = 3
_STANDBY: t.Final = re.compile(r"standby-[0-9]+\.")
_DEFAULT_PORTS: t.Final = {"HTTP": 80, "HTTPS": 443}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Endpoint:
    """How Route 53's checkers probe a region: HealthCheckConfig in the Route 53 API.

    :param interval: seconds between two probes of one checker: 10 or 30.
    :param failure_threshold: probes in a row that change the status, either way.
    :param search_string: must be in the first 5,120 bytes of the body.
    :param checker_regions: where the checkers are; empty for all of Route 53's.
    """

    protocol: str = "HTTP"
    port: int = 80
    path: str = "/"
    interval: int = 10
    failure_threshold: int = 3
    search_string: str | None = None
    checker_regions: frozenset[str] = frozenset()
    measure_latency: bool = False

    @property
    def type(self) -> str:
        return f"{self.protocol}_STR_MATCH" if self.search_string else self.protocol


@dataclasses.dataclass(frozen=True, kw_only=True)
class Spec:
    """The desired state.

    :param scope: for placeholders: the region of the run, or ``global``.
    :param regions: by priority. For ``absent``: those to remove from DNS, none for all.
    :param services: those that decide the failover.
    :param evaluate: whether records evaluate target health as well as health checks.
    :param permissions_boundary_arn: of the switches' role.
    :param status: whether to return which region serves.
    :param request: whether the status includes a request from this machine.
    :param dns: whether the status includes what DNS answers, resolved from the zone ``start`` down.
    :param over_https: URL of the resolver to use where port 53 is closed; empty for none.
    :param timeout: seconds to wait for Route 53's name servers.
    """

    owner: Owner
    scope: str
    absent: bool
    zone: str
    zone_id: str | None
    record_name: str
    regions: tuple[Region, ...]
    services: tuple[str, ...]
    evaluate: bool
    endpoint: Endpoint
    replace_records: bool
    permissions_boundary_arn: str | None
    status: bool
    request: bool
    dns: bool
    start: str
    over_https: str
    timeout: float

    @property
    def names(self) -> tuple[str, ...]:
        """The listed regions' names, by priority."""
        return tuple(region.name for region in self.regions)

    def placeholder(self, address: str) -> str:
        """The id of a resource that does not exist yet."""
        return unknown(self.scope, address)


def parse(params: t.Mapping[str, t.Any], region: str) -> Spec:
    """The spec from the module's parameters. Raises SpecError."""
    absent = params["state"] == "absent"
    zone, record_name = parse_zone_and_record(params)
    if _STANDBY.match(record_name):
        raise SpecError("record_name", "standby-<number> names the links of the chain.", "Choose another name.")
    regions = parse_regions(params["regions"] or [], present=not absent)
    for item in regions:
        parse_name("record_name", normalise(f"{item.name}.{record_name}"))
    return Spec(
        owner=parse_owner(params, DNS),
        scope=region or "global",
        absent=absent,
        zone=zone,
        zone_id=params["zone_id"] or None,
        record_name=record_name,
        regions=regions,
        services=_services(params, absent),
        evaluate=params["evaluate_target_health"],
        endpoint=_endpoint(params["health_check"]),
        replace_records=params["replace_records"],
        permissions_boundary_arn=parse_permissions_boundary(params["permissions_boundary_arn"]),
        status=params["status"] and not absent,
        request=params["request"],
        dns=params["dns"],
        start=readable(parse_parent_zone(params, zone)),
        over_https=parse_over_https(params["dns_over_https_url"]),
        timeout=float(params["wait_timeout"]),
    )


def _services(params: t.Mapping[str, t.Any], absent: bool) -> tuple[str, ...]:
    names = params["services"] or []
    if not names and not absent:
        raise SpecError("services", "is empty.", "Name at least one service that decides the failover.")
    if len(names) > 1 and not params["evaluate_target_health"] and not absent:
        raise SpecError(
            "evaluate_target_health",
            f"is false, so that a request to one path decides, and {', '.join(names)} are to decide.",
            "Leave one service that does: set decides_failover to false for those that do not answer that path.",
        )
    return parse_service_names(names)


def _endpoint(options: t.Mapping[str, t.Any]) -> Endpoint:
    port = options["port"] or _DEFAULT_PORTS[options["protocol"]]
    check_range("health_check.port", port, *PORTS)
    check_range("health_check.failure_threshold", options["failure_threshold"], 1, 10)
    path, search = options["path"], options["search_string"] or None
    if not path.startswith("/") or len(path) > 255 or not path.isascii() or any(c.isspace() for c in path):
        raise SpecError(
            "health_check.path", f"{path!r} is not valid.", "Use up to 255 ASCII characters that start with a slash."
        )
    if search and len(search) > 255:
        raise SpecError("health_check.search_string", "is longer than 255 characters.", "Shorten it.")
    return Endpoint(
        protocol=options["protocol"],
        port=port,
        path=path,
        interval=options["interval"],
        failure_threshold=options["failure_threshold"],
        search_string=search,
        checker_regions=_checkers(options["checker_regions"]),
        measure_latency=options["measure_latency"],
    )


def _checkers(names: t.Sequence[str]) -> frozenset[str]:
    chosen = frozenset(names)
    if chosen and len(chosen) < _FEWEST_CHECKER_REGIONS:
        raise SpecError(
            "health_check.checker_regions",
            f"has {len(chosen)}; Route 53 wants at least {_FEWEST_CHECKER_REGIONS}.",
            f"Choose from {', '.join(CHECKER_REGIONS)}, or leave it empty for all.",
        )
    return frozenset() if chosen == frozenset(CHECKER_REGIONS) else chosen
