# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The changes of a run, with region and layer. Pure."""

from __future__ import annotations

import typing as t

if t.TYPE_CHECKING:
    from .report import Result, Run

Change = dict[str, t.Any]
# Option of the report modules → the layer of the environment whose result it takes
SHARED: t.Final = {
    "zone": "route53_zone",
    "delegation": "route53_zone_delegation",
    "failover": "route53_failover",
    "alarms": "failover_alarms",
}
_SERVICE: t.Final = "ecs_service"


def made(run: Run) -> list[Change]:
    """What the run has changed, or in check mode would change."""
    if run.check_mode or not run.absent:
        return left(run)
    # A region whose removal failed had no check run: its results are those of the removal.
    regions = {region.name: region.removal or (region.results if region.failures else {}) for region in run.regions}
    return _changes(run, run.removed, regions)


def left(run: Run) -> list[Change]:
    """The changes in the results at the end of the run: after a removal, what the check run would still delete."""
    return _changes(run, run.shared, {region.name: region.results for region in run.regions})


def _changes(run: Run, shared: t.Mapping[str, Result], regions: t.Mapping[str, t.Mapping[str, Result]]) -> list[Change]:
    found = [(layer, "", result) for layer, result in shared.items()]
    for region in run.only:
        results = regions.get(region, {})
        found += [(_named(layer, results), region, result) for layer, result in results.items()]
    return [
        {"region": region, "layer": layer, **change}
        for layer, region, result in found
        for change in result.get("changes") or ()
    ]


def _named(layer: str, results: t.Mapping[str, Result]) -> str:
    """``ecs_service api`` if there are several services, else the layer."""
    several = sum(name.partition(" ")[0] == _SERVICE for name in results) > 1
    name = (results[layer].get("ecs_service_item") or {}).get("name")
    return f"{layer} {name}" if several and name and layer == _SERVICE else layer


def unread(run: Run) -> list[str]:
    """What the layers could not read, so that its changes are not known."""
    found = (
        f"{place}: not read in {item['region']}: {item['reason']}"
        for place, result in _placed(run)
        for item in result.get("unread") or ()
    )
    return list(dict.fromkeys(found))


def untagged(run: Run) -> list[str]:
    """What a removal leaves, because its tags do not name the stack."""
    return [
        f"{place}: {item['kind']} {item['id']} stays, because its tags do not say that it belongs to {run.title}. "
        f"If it does, tag it again ({item['tags']}) and repeat the command."
        for place, result in _placed(run)
        for item in result.get("untagged") or ()
    ]


def _placed(run: Run) -> t.Iterator[tuple[str, Result]]:
    """The results at the end of the run, with region and layer."""
    yield from run.shared.items()
    for region in run.regions:
        yield from ((f"{region.name} {layer}", result) for layer, result in region.results.items())
