# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The regions of a report. Pure."""

from __future__ import annotations

import typing as t

if t.TYPE_CHECKING:
    from .report import Region, Result, Run

LAYERS: t.Final = ("vpc", "acm_certificate", "alb", "ecr", "ecs_service", "cloudwatch_alarms")
# Keys of results that are about the run, not about the resources
_NOT_OUTPUTS: t.Final = frozenset(
    {
        *("changed", "changes", "diff", "pending", "timeline", "status", "unread", "untagged", "not_done", "summary"),
        *("failed", "msg", "skipped", "skip_reason", "false_condition"),
        *("invocation", "warnings", "deprecations", "exception"),
        *("ansible_facts", "ansible_loop_var", "ansible_index_var", "ecs_service_item", "ecs_service_index"),
    }
)


def results_in(region: Result) -> dict[str, Result]:
    """Layer → result, from what a playbook has registered for a region.

    A layer that runs for several services has a list of results. The first is called like the layer, the others have
    their service's name appended: ``ecs_service worker``.
    """
    found: dict[str, Result] = {}
    for layer in LAYERS:
        registered = region.get(layer) or {}
        for number, result in enumerate(registered.get("results") or [registered]):
            if result:
                service = (result.get(f"{layer}_item") or {}).get("name", number)
                found[f"{layer} {service}" if number else layer] = result
    return found


def regions(run: Run) -> t.Iterator[tuple[str, dict[str, t.Any]]]:
    """Name and document of each region."""
    for region in run.regions:
        if not run.absent or region.name not in run.only or region.failures:
            yield region.name, _region(run, region)


def outputs(result: Result) -> dict[str, t.Any]:
    """The part of a result that is about the resources."""
    return {key: value for key, value in result.items() if key not in _NOT_OUTPUTS}


def _region(run: Run, region: Region) -> dict[str, t.Any]:
    """What is known of a region. If it is not in the run, or failed, what the last report said."""
    status = statuses(run).get(region.name, {})
    before = run.previous.get("regions", {}).get(region.name, {})
    layers = dict.fromkeys([*LAYERS, *region.results])
    known = {layer: _known(layer, region.results.get(layer, {})) for layer in layers}
    if region.name not in run.only:
        return {**before, "priority": region.priority, "status": status}
    if run.partial:
        layered = _updated(before, known)
    else:
        layered = {layer: known[layer] or (before.get(layer, {}) if region.failures else {}) for layer in layers}
    return {
        "priority": region.priority,
        "deployed_at": run.at,
        **layered,
        "failures": region.failures,
        "status": status,
    }


def _known(layer: str, result: Result) -> dict[str, t.Any]:
    """The outputs; of a service also what the run did not wait for. Other layers have tasks that do so later."""
    of_service = layer.partition(" ")[0] == "ecs_service" and "pending" in result
    return {**outputs(result), **({"pending": result["pending"]} if of_service else {})}


def _updated(before: Result, known: t.Mapping[str, Result]) -> dict[str, Result]:
    """The layers of the last report, updated by a run of some layers or some services."""
    found: dict[str, Result] = {layer: old for layer, old in before.items() if layer.partition(" ")[0] in LAYERS}
    places = {old.get("component"): layer for layer, old in found.items() if old.get("component")}
    for layer, result in known.items():
        place = places.get(result.get("component"), layer)
        found[place] = {**found.get(place, {}), **result}
    return found


def statuses(run: Run) -> dict[str, Result]:
    """Region → its part of failover_info's result."""
    return {region["name"]: region for region in run.status.get("regions", [])}
