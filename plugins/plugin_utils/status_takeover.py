# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What would stop the next failover or switch, and what to do, one sentence each. Pure."""

from __future__ import annotations

import typing as t

from ..module_utils._engine.unread import GLOBAL
from ..module_utils._failover_chain.capacity import Most, needed, reason
from ..module_utils._failover_chain.vcpus import SPOT_VCPUS, VCPUS, Vcpus, exceeded, load_from, remedy
from .status_look import Document, Look, cause


def unread(look: Look) -> t.Iterator[str]:
    """Regions whose API does not answer."""
    for region in look.regions:
        problem = _unanswered(look, region)
        if problem:
            others = _refuges(look)
            to = f" If it is down, keep traffic away from it with switch.yml -e to={others[0]}." if others else ""
            yield f"The API of {region['name']} does not answer properly ({problem}).{to}"


def _unanswered(look: Look, region: Document) -> str:
    """Why a region's API does not answer properly; empty if it does."""
    name = region["name"]
    return look.unread(name) or ("" if look.refused(name) else cause(why_unread(region)))


def _refuges(look: Look) -> list[str]:
    """The regions that traffic can be kept in: those whose API answers, evicted ones last."""
    evicted = look.evicted()
    listed = look.regions if look.route53_problem else look.in_dns
    able = [
        region["name"]
        for region in listed
        if not _unanswered(look, region) and (region["healthy"] is not False or region["name"] in evicted)
    ]
    return sorted(able, key=lambda name: name in evicted)


def refused(look: Look) -> t.Iterator[str]:
    """Regions that these credentials may not read, or only in part."""
    for name in dict.fromkeys([GLOBAL, *(region["name"] for region in look.regions), *look.places_unread]):
        problem = look.refused(name)
        if problem:
            where = "Route 53" if name == GLOBAL else name
            yield f"Not everything in {where} could be read, because a permission is missing ({problem})."


def why_unread(region: Document) -> str:
    """Why something in a region is not known; empty if all is."""
    alarms, tasks = region.get("alarms"), region.get("tasks") or {}
    problems = (region["targets"]["problem"], tasks.get("problem"), isinstance(alarms, dict) and alarms["error"])
    return next((str(problem) for problem in problems if problem), "")


def capacity(look: Look) -> t.Iterator[str]:
    """Standbys that could not take over, or only with fewer tasks, and a serving region with fewer tasks."""
    names = [region["name"] for region in look.in_dns]
    if look.expected not in names or not any(region["healthy"] for region in look.in_dns):
        return
    for region in look.in_dns[names.index(look.expected) :]:
        name, targets, tasks = region["name"], region["targets"], region.get("tasks") or {}
        desired = tasks.get("desired", 0)
        count = f"{tasks.get('running', 0)} of {desired} tasks run"
        if why_unread(region):
            continue
        serves = name == look.expected
        if not targets["healthy"] or (tasks and not desired):
            what = "will not serve for long" if serves else "could not take over"
            lack = "its services are set to run no tasks" if targets["healthy"] else "it has no healthy target"
            yield (
                f"{name} {what}, because {lack} ({count}): run site.yml, "
                "which restores the task counts of the inventory."
            )
        elif region["healthy"] is False and name not in look.evicted():
            why = ", ".join(region["reasons"])
            yield f"{name} could not take over, because it is unhealthy ({why}): repair it before it has to serve."
        elif targets["healthy"] < desired or targets["missing"]:
            what = "serves" if serves else "could take over"
            wanted = targets["missing"] or f"only {targets['healthy']} of {desired} targets"
            yield f"{name} {what} with {wanted} ({count}): run site.yml to see why."
        elif not serves:
            yield from _too_small(look, region)


def _too_small(look: Look, standby: Document) -> t.Iterator[str]:
    """A standby without problems of its own that could not carry the load of the serving region."""
    found = carries(look, standby)
    if found and not found["enough"]:
        healthy = standby["targets"]["healthy"]
        yield (
            f"{standby['name']} could take over, but not carry the load: it has {healthy} healthy targets and needs "
            f"{found['needs']} ({found['reason']}): raise its app_desired_count, or the minimum of its app_scaling, or "
            "say in standby_capacity what is enough."
        )


def carries(look: Look, standby: Document) -> dict[str, t.Any] | None:
    """How many healthy targets a standby needs to carry the load of the serving region, why, and whether it has them.

    None for the region that serves, and if that is not known.
    """
    names = [region["name"] for region in look.in_dns]
    if look.expected not in names or standby["name"] not in names[names.index(look.expected) + 1 :]:
        return None
    serving = {region["name"]: region for region in look.in_dns}[look.expected]
    if why_unread(serving) or why_unread(standby):
        return None
    tasks = serving.get("tasks") or {}
    now, most = tasks.get("desired", 0), Most(tasks.get("most", 0), tasks.get("most_source", ""))
    need = needed(look.share, now, most.tasks)
    why = reason(serving["name"], look.share, now, most)
    enough, quotas = standby["targets"]["healthy"] >= need, list(_exceeded(look.share, serving, standby))
    return {"needs": need, "enough": enough, "reason": why, "quotas": quotas}


def _exceeded(share: int | None, serving: Document, standby: Document) -> t.Iterator[dict[str, t.Any]]:
    """The standby's quotas that are too small for what the serving region may run."""
    loads = (serving.get("tasks") or {}).get("fargate") or () if share is not None else ()
    carried = sum((load_from(found).vcpus(share or 0) for found in loads), Vcpus())
    known = standby.get("fargate_quotas") or {}
    allowed = {quota: known[quota.code] for quota in (VCPUS, SPOT_VCPUS) if quota.code in known}
    for quota, needs in exceeded(carried, allowed).items():
        yield {
            "name": quota.name,
            "code": quota.code,
            "allowed": allowed[quota],
            "needed": needs,
            "remedy": remedy(standby["name"], quota, needs),
        }


def quotas(look: Look) -> t.Iterator[str]:
    """Standbys whose quotas are too small for what the serving region may run."""
    for region in look.in_dns:
        for found in (carries(look, region) or {}).get("quotas") or ():
            yield (
                f"{region['name']} could not run what {look.expected} may run: its quota '{found['name']}' "
                f"({found['code']}) allows {found['allowed']:g} vCPUs, and {found['needed']:g} are needed. "
                f"{found['remedy']}, or say in standby_capacity what is enough."
            )


def checks(look: Look) -> t.Iterator[str]:
    """Regions that DNS would still answer with when users cannot reach them."""
    for region in look.in_dns:
        endpoint, name = region.get("endpoint"), region["name"]
        if not region.get("health_check") or not endpoint:
            yield f"{name} has no health check in DNS, so users stay there when it fails: run site.yml, which adds it."
        elif region["healthy"] and endpoint["healthy"] is False:
            yield (
                f"Health checkers do not reach {name}, but its record does not depend on them, so users stay there: "
                "run site.yml, which corrects that."
            )


def switches(look: Look) -> t.Iterator[str]:
    """Switches that are missing, and those that are about to evict a region."""
    in_dns = {region["name"]: region for region in look.in_dns}
    for seat, region in in_dns.items():
        alarms = region.get("alarms")
        if not isinstance(alarms, list):
            continue
        states = {alarm["evicts"]: alarm["state"] for alarm in alarms}
        lacking = [
            name
            for name, other in in_dns.items()
            if name != seat and not (states.get(name) and seat in other["switches"])
        ]
        if lacking:
            yield (
                f"{seat} has no switch that evicts {' and '.join(lacking)}, so switch.yml -e to={seat} would not work: "
                "run site.yml, which adds it."
            )
        for name, state in states.items():
            if state == "ALARM" and name in in_dns and seat not in look.evicted().get(name, ()):
                yield (
                    f"The switch in {seat} is set to evict {name}, but Route 53 does not follow it: check again in a "
                    "minute, or run switch.yml -e to=auto."
                )
