# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a drill may begin, from failover_info's result and the snapshot of the region to break. Pure."""

from __future__ import annotations

import dataclasses
import typing as t

from .._failover_chain import capacity
from .fault import TAG
from .snapshot import Snapshot

Status: t.TypeAlias = "t.Mapping[str, t.Any]"
_ROLLED_OUT: t.Final = ("COMPLETED", "")


def choose_region(status: Status, wanted: str | None) -> str | None:
    """The region to break: the one that is named, or the one that serves."""
    return wanted or status.get("serving")


def choose_standby(status: Status, region: str) -> str | None:
    """The region that serves when ``region`` does not: the first healthy one of the others in DNS."""
    others = [item for item in in_dns(status) if item["name"] != region]
    return next((item["name"] for item in others if item["healthy"]), others[0]["name"] if others else None)


def in_dns(status: Status) -> list[t.Mapping[str, t.Any]]:
    """The regions in DNS, first to serve first."""
    return [item for item in status.get("regions", ()) if item.get("place")]


def region_of(status: Status, name: str | None) -> t.Mapping[str, t.Any]:
    """What failover_info returned about a region; empty for nothing."""
    return next((item for item in status.get("regions", ()) if item["name"] == name), {})


def evaluates_targets(region: t.Mapping[str, t.Any]) -> bool:
    """Whether the region's record evaluates target health, from failover_info's result about it."""
    return region.get("evaluates_target_health") is not False


def unnoticed(fault: str, region: str) -> str:
    """Why a fault that only target health checks notice moves nothing while Route 53 ignores them."""
    return (
        f"Route 53 does not judge {region} by the health of its targets (dns_evaluate_target_health is false), and the "
        f"load balancer keeps sending requests to unhealthy ones: nothing would move with {fault}. Use block_alb or "
        "stop_tasks"
    )


def switches_of(status: Status, names: t.Iterable[str]) -> dict[str, str]:
    """The switches that evict these regions: description → id of the health check."""
    return {
        f"{name} by its switch in {seat}": str(check["id"])
        for name in names
        for seat, check in (region_of(status, name).get("switches") or {}).items()
        if check
    }


@dataclasses.dataclass(frozen=True, kw_only=True)
class Demand:
    """How many healthy targets the standby needs.

    :param minimum: their number; None for the share.
    :param share: percent of the tasks of the region to break; None for one task.
    """

    minimum: int | None = None
    share: int | None = 100


def findings(status: Status, region: str, standby: str | None, observed: Snapshot, demand: Demand) -> list[str]:
    """Why the drill must not begin; empty if it may."""
    found: list[str] = []
    if status.get("serving") != region:
        found.append(f"{region} does not serve, {status.get('serving') or 'no region'} does: nothing would move")
    if not status.get("answers", True):
        found.append(f"{status.get('record')} has no answer")
    found += [f"{region}: {reason}" for reason in region_of(status, region).get("reasons", ())]
    found += [
        f"it is not known whether {name} is healthy: {reason}"
        for name in (region, standby)
        for reason in region_of(status, name).get("unknown", ())
    ]
    if standby is None:
        found.append("no other region is in DNS")
    else:
        found += _standby(region_of(status, standby), region, observed, demand)
    found += [
        f"a rollout of the service {name} in {place} is in progress ({service.rollout})"
        for place, services in ((region, observed.services), (standby, observed.standby_services))
        for name, service in services.items()
        if service and service.rollout not in _ROLLED_OUT
    ]
    marks = sorted({tags[TAG] for tags in observed.tags if TAG in tags})
    found += [f"a resource in {region} carries the tag of another drill: {mark}" for mark in marks]
    return found


def _standby(standby: Status, region: str, observed: Snapshot, demand: Demand) -> list[str]:
    name, targets = standby["name"], standby["targets"]
    found = [f"{name} could not take over: {reason}" for reason in standby["reasons"]]
    now, most = observed.desired_count, observed.most
    needed, why = demand.minimum, "set by minimum_standby"
    if needed is None:
        needed = capacity.needed(demand.share, now, most.tasks)
        why = f"{capacity.reason(region, demand.share, now, most)}; standby_capacity says what is enough"
    if targets["problem"]:
        found.append(f"{name}: {targets['problem']}")
    elif targets["healthy"] < needed:
        found.append(
            f"{name} could not carry the load: it has {targets['healthy']} healthy targets and needs {needed} ({why})"
        )
    return found
