# Copyright (c) Everlook contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong with an environment and what to do, one sentence each, the most important first. Pure."""

from __future__ import annotations

import datetime
import re
import typing as t

from ..module_utils._engine.unread import GLOBAL
from ..module_utils._route53.health import short_reason
from . import status_alarms as alarms
from . import status_images as images
from . import status_takeover as takeover
from .status_look import Document, Look, cause, observations, succeeded

_SOON_DAYS: t.Final = 30
# In the reason of a change: a release that the inventory does not know
_IMAGE: t.Final = re.compile(r"\bcontainers\.[^,]+\.image\b")
# A more recent failure may come back.
_RECENT_SECONDS: t.Final = 600


def advise(look: Look) -> t.Iterator[str]:
    """The sentences."""
    for check in _CHECKS:
        yield from check(look)


def _journal(look: Look) -> t.Iterator[str]:
    if look.journal:
        if look.journal.get("phase") == "planned":
            yield "A drill is about to begin, or was stopped before it broke anything: drill.yml and site.yml close it."
            return
        what = look.journal.get("text") or "something is broken on purpose"
        yield (
            f"A drill is in progress or was interrupted: {what}; drill.yml and site.yml heal it first. "
            f"By hand: {look.journal.get('by_hand') or 'see drill-journal.json'}."
        )


def _delegation(look: Look) -> t.Iterator[str]:
    found = look.info.get("delegation")
    if not found or found["delegated"]:
        return
    parent, zone = found["parent_zone"], look.info.get("zone")
    if found["parent_answers"]:
        servers = ", ".join(found["parent_answers"])
        yield (
            f"{parent} delegates {zone} to name servers that are not the zone's own ({servers}), so resolvers query "
            "the wrong ones: run site.yml, which corrects the delegation."
        )
    elif look.dns and look.dns.get("response_code"):
        yield (
            f"{parent} does not delegate {zone}, so {look.record} does not resolve: run site.yml, which writes the "
            "delegation."
        )
    else:
        yield f"DNS cannot be queried ({cause(found['problem'])}): try again from another network."


def _answer(look: Look) -> t.Iterator[str]:
    delegated = (look.info.get("delegation") or {}).get("delegated", True)
    if not look.route53_problem and not look.in_dns:
        yield f"No region of {look.name} is in DNS: run site.yml, and see its report if none is added."
    elif look.dns and not look.dns["response_code"] and delegated:
        yield f"DNS cannot be queried ({cause(look.dns['problem'])}): try again from another network."
    elif look.dns and not look.dns["addresses"] and delegated:
        problem = cause(look.dns["problem"])
        yield f"DNS has no address for {look.record} ({problem}): run site.yml --check --diff to see what is missing."


def _route53(look: Look) -> t.Iterator[str]:
    problem = look.unread(GLOBAL) or ("" if look.refused(GLOBAL) else look.route53_problem)
    if problem and look.route53_problem:
        yield (
            f"Route 53's API does not answer, and {look.serving or 'no region'} serves: failover works without it, so "
            "change nothing, and use switch.yml if traffic has to move."
        )
    elif problem:
        yield f"Route 53's API does not answer everything ({problem}): check again in a minute."


def _no_region_healthy(look: Look) -> t.Iterator[str]:
    if not look.in_dns or any(region["healthy"] is not False for region in look.in_dns):
        return
    if len(look.evicted()) == len(look.in_dns):
        yield f"The switches evict every region, so Route 53 answers with {look.expected}: run switch.yml -e to=auto."
        return
    why = "; ".join(f"{region['name']}: {', '.join(region['reasons'])}" for region in look.in_dns)
    yield (
        f"No region is healthy ({why}), so Route 53 answers with the first, {look.expected}: repair the one "
        "that is quickest to repair; traffic follows automatically."
    )


def _unknown(look: Look) -> t.Iterator[str]:
    for region in look.in_dns:
        if region["healthy"] is None:
            yield (
                f"It is not known whether {region['name']} is healthy ({', '.join(region['unknown'])}): see "
                "its health checks in Route 53's console."
            )


def _late(look: Look) -> t.Iterator[str]:
    if look.differing:
        yield (
            f"The name servers of {look.info.get('zone')} do not answer with the same region "
            f"({'; '.join(look.differing)}): a change has not reached all of them; check again in a minute."
        )
    elif look.dns and look.dns["addresses"] and look.expected and look.serving != look.expected:
        now = look.serving or ", ".join(look.dns["addresses"])
        yield (
            f"By health {look.expected} should serve, but DNS still answers {now}: it follows when health checkers "
            "agree; check again in a minute."
        )


def _switched(look: Look) -> t.Iterator[str]:
    if any(region["healthy"] for region in look.in_dns):
        for name, seats in look.evicted().items():
            points = [item["newest_data_point"] or "" for item in look.held if item["region"] == name]
            newest = max(points, default="")
            last = f" (newest data point {newest[11:19]} UTC)" if newest else ""
            yield (
                f"{name} gets no traffic because the switch in {' and '.join(seats)} evicts it{last}: to let it serve "
                "again, run switch.yml -e to=auto."
            )


def _unheld(look: Look) -> t.Iterator[str]:
    """Switches that Route 53 may forget, because nothing publishes their data points."""
    for item in look.held:
        if item["warning"]:
            warning = f"{item['warning'][:1].upper()}{item['warning'][1:]}"
            yield f"{warning}: run site.yml, or switch.yml -e to={item['switch_in']} again."
        elif item["problem"]:
            yield (
                f"It is not known whether the switch in {item['switch_in']} that evicts {item['region']} is held "
                f"({cause(item['problem'])}): check again when {item['switch_in']} answers."
            )


def _failed_over(look: Look) -> t.Iterator[str]:
    if not any(region["healthy"] for region in look.in_dns):
        return
    for region in look.in_dns:
        if region["name"] == look.expected:
            return
        if region["healthy"] is False and region["name"] not in look.evicted():
            yield (
                f"{look.expected} serves because {region['name']} is unhealthy ({', '.join(region['reasons'])}): "
                f"repair it; traffic returns automatically, unless switch.yml -e to={look.expected} holds it."
            )


def _unlisted_or_missing(look: Look) -> t.Iterator[str]:
    for region in look.regions if look.in_dns and not look.route53_problem else ():
        if not region.get("place"):
            yield f"{region['name']} is not in DNS: run site.yml, which adds it when its targets are healthy."
        elif region["name"] not in look.priorities:
            yield (
                f"{region['name']} is in DNS, but not in the inventory: put it back, and run "
                f"destroy.yml --limit {region['name']} -e confirm={look.environment} if it is to go."
            )


def _rollouts(look: Look) -> t.Iterator[str]:
    for region in look.regions:
        rollout = (region.get("tasks") or {}).get("rollout")
        if rollout:
            remedy = "run site.yml to see why" if "failed" in rollout else "check again when it has ended"
            yield f"The service in {region['name']} is not stable ({rollout}): {remedy}."


def _checkers(look: Look) -> t.Iterator[str]:
    """Health checkers that disagree with the others: all those of one region, or some of several."""
    lost: dict[str, list[str]] = {}
    for region in look.in_dns:
        seen = observations(region)
        failing = [item for item in seen if not succeeded(item)]
        if not failing or not region["endpoint"].get("healthy"):
            continue
        places = sorted({str(item["region"]) for item in failing})
        if any(succeeded(item) for item in seen if item["region"] in places):
            yield (
                f"{len(failing)} of {len(seen)} health checkers do not reach {region['name']} "
                f"({short_reason(failing[0]['status'])}): it may become unhealthy; check again in a minute."
            )
        else:
            lost.setdefault(" and ".join(places), []).append(str(region["name"]))
    for checkers, regions in lost.items():
        yield (
            f"Route 53's health checkers in {checkers} do not reach {' and '.join(regions)}, but those elsewhere do: "
            "more than 18 % are enough, so do nothing unless it lasts."
        )


def _flapping(look: Look) -> t.Iterator[str]:
    now = datetime.datetime.fromisoformat(look.at)
    for region in look.in_dns:
        failure = (region.get("endpoint") or {}).get("last_failure")
        if not failure or not failure["checked_at"] or not all(map(succeeded, observations(region))):
            continue
        moment = datetime.datetime.fromisoformat(failure["checked_at"])
        known = region["name"] in look.evicted() or look.drilled(region["name"], moment.timestamp())
        if (now - moment).total_seconds() <= _RECENT_SECONDS and not known:
            seen_at = f"{moment:%H:%M:%S} UTC ({short_reason(failure['status'])})"
            remedy = _hold(look, region)
            yield f"{region['name']} is healthy, but failed at {seen_at}: if it flaps, {remedy}."


def _hold(look: Look, region: Document) -> str:
    """What to do about a flapping region: move traffic away if it serves and another region is healthy."""
    well = [other["name"] for other in look.in_dns if other is not region and other["healthy"]]
    if region["name"] == look.expected and well:
        return f"hold traffic in {well[0]} with switch.yml -e to={well[0]} until it is repaired"
    return "find out why before it has to serve"


def _certificates(look: Look) -> t.Iterator[str]:
    for region in look.regions:
        certificate = region.get("certificate")
        if certificate and certificate["days"] < _SOON_DAYS:
            ends = f"expires in {certificate['days']} days" if certificate["days"] >= 0 else "has expired"
            yield (
                f"The certificate in {region['name']} {ends} ({certificate['expires_at']}): ACM renews it "
                "automatically while its validation record is in the zone; check it in ACM."
            )
    for name, result in look.certificates.items():
        if result.get("renewal_problem"):
            yield f"The certificate in {name} cannot be renewed: {result['renewal_problem']}."


def _lost(look: Look) -> t.Iterator[str]:
    for name, regions in look.lost.items():
        yield (
            f"The service {name} is in {' and '.join(regions)}, but not in the inventory: put it back, or remove it as "
            "the README says under Several services."
        )


def _drift(look: Look) -> t.Iterator[str]:
    if look.drift.changes:
        differs = f"Something differs from the inventory ({look.drift.kinds}):"
        if any(_IMAGE.search(str(change.get("reason"))) for change in look.drift.changes):
            yield (
                f"{differs} it names another image than the one that runs, and site.yml would release that. Put the "
                "one that is to run into the inventory, then run site.yml, or preview it with --check --diff."
            )
        else:
            yield f"{differs} run site.yml, or preview it with --check --diff."
    if look.drift.summary == "unknown":
        more = "More drift" if look.drift.changes else "Drift"
        yield f"{more} from the inventory could not be determined ({cause(look.drift.problem)})."


_CHECKS: t.Final[tuple[t.Callable[[Look], t.Iterator[str]], ...]] = (
    _journal,
    _delegation,
    _answer,
    _no_region_healthy,
    _route53,
    _unknown,
    takeover.unread,
    takeover.refused,
    _late,
    _failed_over,
    _switched,
    _unheld,
    takeover.capacity,
    takeover.quotas,
    takeover.checks,
    takeover.switches,
    _unlisted_or_missing,
    alarms.rings,
    _rollouts,
    _flapping,
    _checkers,
    images.different,
    _certificates,
    alarms.unconfirmed_subscriptions,
    _lost,
    _drift,
)
